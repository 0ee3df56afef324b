import { limits } from '@bifrost/contract'
import { claimRuns } from '../engine/claim.ts'
import type { ClaimedRun, Engine } from '../engine/engine.ts'
import { giveBackUnknown } from '../engine/give-back.ts'
import type { WorkerLease } from './worker-lease.ts'

const CLAIM_MIN = 64
const CLAIM_FEW_AFTER_MS = 10

export interface SlotsOptions {
  engine: Engine
  workerId: string
  lease: Pick<WorkerLease, 'term' | 'isValid' | 'whenValid'>
  /** Takes a run that was claimed. */
  begin(run: ClaimedRun): void
  /** Whether the worker has this run. */
  has(executionId: string): boolean
}

/** How many runs a worker may have at once, and what fills the slots that are free. */
export class Slots {
  readonly #options: SlotsOptions
  #active = 0
  /** Slots that a claim under way may fill. */
  #claimable = 0
  /** Runs that are being accepted for this worker. */
  readonly #accepting = new Map<string, number>()
  /** More waits in the queue than fitted at the last claim; nobody goes before it. */
  #backlog = true
  #claimPlanned = false
  #fewTimer: NodeJS.Timeout | null = null
  #claiming = false
  #claimAgain = false
  #stopping = false

  constructor(options: SlotsOptions) {
    this.#options = options
  }

  /** Runs that are here, and those that are being claimed for here. */
  get taken(): number {
    return this.#active + this.#accepting.size + this.#claimable
  }

  reserve(executionId: string): boolean {
    const { lease } = this.#options
    if (this.#stopping || this.#backlog || this.#free <= 0 || !lease.isValid) return false
    this.#accepting.set(executionId, lease.term)
    return true
  }

  /** False when the lease has lapsed since it was reserved: the run may be somebody else's. */
  release(executionId: string): boolean {
    const term = this.#accepting.get(executionId)
    this.#accepting.delete(executionId)
    return term === this.#options.lease.term
  }

  /** A run takes a slot. */
  take(): void {
    this.#active++
  }

  /** A run leaves its slot. */
  leave(): void {
    this.#active--
    if (this.#backlog) this.claim()
  }

  /** Claims no more. */
  stop(): void {
    this.#stopping = true
    if (this.#fewTimer) clearTimeout(this.#fewTimer)
  }

  /** At the end of the turn, so that all runs that ended in it have freed their slots. */
  claim(): void {
    if (this.#claimPlanned || this.#stopping) return
    this.#claimPlanned = true
    setImmediate(() => {
      this.#claimPlanned = false
      void this.#claimNow(false)
    })
  }

  get #free(): number {
    return limits.runsPerWorkerMax - this.taken
  }

  async #claimNow(few: boolean): Promise<void> {
    if (this.#stopping || this.#claiming) {
      this.#claimAgain = this.#claiming
      return
    }
    const { engine, workerId, begin, lease } = this.#options
    if (!lease.isValid) {
      this.#backlog = true
      lease.whenValid(() => this.claim())
      return
    }
    const count = this.#free
    if (count <= 0) {
      this.#backlog = true
      return
    }
    // Many rows at once cost as much as one, so while plenty is under way a moment is worth waiting for more slots.
    if (!few && count < Math.min(CLAIM_MIN, limits.runsPerWorkerMax - count)) {
      this.#backlog = true
      this.#fewTimer ??= setTimeout(() => {
        this.#fewTimer = null
        void this.#claimNow(true)
      }, CLAIM_FEW_AFTER_MS)
      return
    }
    this.#claiming = true
    this.#claimable = count
    const { term } = lease
    try {
      const runs = await claimRuns(engine, workerId, count)
      this.#backlog = runs.length === count
      this.#claimable = 0
      // Of what was claimed before the lease lapsed, nobody knows whose it is; what is ours is given back.
      if (lease.term === term) for (const run of runs) begin(run)
    } catch (error) {
      this.#claimable = 0
      engine.log.error({ err: error }, 'claiming failed')
    }
    this.#claimed()
  }

  #claimed(): void {
    this.#claiming = false
    if (!this.#claimAgain) return
    this.#claimAgain = false
    this.claim()
  }

  /** Gives back what the queue has as ours, and nobody told us. */
  async giveBackUnknown(): Promise<void> {
    if (this.#claiming || this.#stopping) return
    this.#claiming = true
    const { engine, workerId, has } = this.#options
    try {
      await giveBackUnknown(engine, workerId, (id) => has(id) || this.#accepting.has(id))
    } finally {
      this.#claimed()
    }
  }
}
