import { endLease, LEASE_SECONDS, RENEW_MS, renewLease, takeLease } from '../engine/lease/lease.ts'
import type { Engine } from '../engine/types.ts'
import { StateMachine } from './state-machine.ts'
import { leaseStates } from './states.ts'

/** Before the others may take its runs, so that what was let through just now has left. */
const MARGIN_MS = 2000
const AGAIN_MS = 200

/**
 * The lease as the worker itself sees it, by its own clock. A worker that was stopped for a while, or whose database was
 * away, cannot know whether its runs are still its own: until it has looked, no child is told to begin or to continue.
 */
export class WorkerLease {
  readonly #engine: Engine
  readonly #workerId: string
  readonly #look: () => Promise<void>
  readonly #validMs: number
  #validUntil = 0
  #workers = Number.POSITIVE_INFINITY
  /** Grows whenever the lease has lapsed: what was asked for in an earlier term may belong to another worker now. */
  #term = 0
  readonly #state = new StateMachine('The lease', leaseStates, 'new')
  #waiting: (() => void)[] = []
  #timer: NodeJS.Timeout | null = null

  /** `look`: finds out which runs are still ours, and lets go of the others. */
  constructor(
    engine: Engine,
    workerId: string,
    look: () => Promise<void>,
    validMs = LEASE_SECONDS * 1000 - MARGIN_MS,
  ) {
    this.#engine = engine
    this.#workerId = workerId
    this.#look = look
    this.#validMs = validMs
  }

  get term(): number {
    if (!this.#state.is('lapsed') && performance.now() > this.#validUntil) void this.#lapse()
    return this.#term
  }

  get isValid(): boolean {
    return !this.#state.is('lapsed') && performance.now() <= this.#validUntil
  }

  /** How many workers live, this one included, as it was when this one last said that it does. */
  get workers(): number {
    return this.#workers
  }

  async take(): Promise<void> {
    const askedMs = performance.now()
    const living = await takeLease(this.#engine, this.#workerId)
    if (living === null) throw new Error(`Another running worker has the ID ${this.#workerId}.`)
    this.#workers = living
    this.#state.become('held')
    this.#extend(askedMs)
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS)
  }

  async leave(): Promise<void> {
    this.#state.become('left')
    if (this.#timer) clearInterval(this.#timer)
    await endLease(this.#engine, this.#workerId)
  }

  /** Now, or when the lease is ours again and the runs of others are let go. */
  whenValid(go: () => void): void {
    if (this.isValid) go()
    else {
      this.#waiting.push(go)
      void this.#lapse()
    }
  }

  #extend(askedMs: number): void {
    this.#validUntil = askedMs + this.#validMs
  }

  async #renew(): Promise<void> {
    if (!this.isValid) return this.#lapse()
    const askedMs = performance.now()
    try {
      this.#workers = await renewLease(this.#engine, this.#workerId)
      if (this.isValid) this.#extend(askedMs)
      else void this.#lapse()
    } catch (error) {
      if (!this.#state.is('left')) this.#engine.log.error({ err: error }, 'renewing the lease failed')
    }
  }

  async #lapse(): Promise<void> {
    if (this.#state.is('lapsed', 'left')) return
    this.#state.become('lapsed')
    this.#term++
    for (let tries = 0; this.#state.is('lapsed'); tries++) {
      const askedMs = performance.now()
      try {
        this.#workers = await renewLease(this.#engine, this.#workerId)
        await this.#look()
        this.#extend(askedMs)
        if (performance.now() <= this.#validUntil) break
      } catch (error) {
        if (tries === 0) this.#engine.log.error({ err: error }, 'the lease has expired')
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref())
      }
    }
    if (this.#state.is('lapsed')) this.#state.become('held')
    const waiting = this.#waiting
    this.#waiting = []
    for (const go of waiting) go()
  }
}
