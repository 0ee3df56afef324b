import { limits } from '@bifrost/contract'
import { type ClaimShares, claimRuns } from '../engine/lease/claim.ts'
import { releaseOrphanedClaims } from '../engine/lease/orphaned-claims.ts'
import type { ClaimedRun, Engine } from '../engine/types.ts'
import { shareHolderOf } from '../platform/scope.ts'
import { FairShares } from './fair-shares.ts'
import { StateMachine } from './state-machine.ts'
import { claimStates } from './states.ts'
import type { WorkerLease } from './worker-lease.ts'

const CLAIM_MIN = 64
/** One claim takes at most so many. */
const CLAIM_MAX = 400
const CLAIM_FEW_AFTER_MS = 10

export interface CapacityOptions {
  engine: Engine
  workerId: string
  lease: Pick<WorkerLease, 'term' | 'isValid' | 'whenValid' | 'workers'>
  /** Takes a run that was claimed. */
  begin(run: ClaimedRun): void
  /** Whether the worker has this run. */
  has(executionId: string): boolean
}

/**
 * How many runs a worker may have at once, which customer (`shareHolderOf`) may have how many of them, and what fills what
 * is free.
 */
export class Capacity {
  readonly #options: CapacityOptions
  /** Runs that are here, and those that are being accepted for here. */
  readonly #shares = new FairShares(() => limits.runsPerWorkerMax)
  /** What a claim under way may fill. */
  #claimable = 0
  /** Runs that are being accepted for this worker. */
  readonly #accepting = new Map<string, { term: number; holder: string }>()
  /** More waits in the queue than fitted at the last claim; no run goes before it. */
  #backlog = true
  /** Customers that had all they may have at the last claim; more of theirs may wait. */
  readonly #heldBack = new Set<string>()
  #claimPlanned = false
  #fewTimer: NodeJS.Timeout | null = null
  readonly #claims = new StateMachine('Claiming', claimStates, 'free')

  constructor(options: CapacityOptions) {
    this.#options = options
  }

  /** Runs that are here, and those that are being claimed for here. */
  get taken(): number {
    return this.#shares.taken + this.#claimable
  }

  /** Whether all workers together can have so many runs of one organization. */
  mayReach(runs: number): boolean {
    return runs < this.#options.lease.workers * this.#shares.mostOfOne
  }

  /** `runsMax`: how many runs of the organization may be at work in all processes; where that may matter, only a claim sees it. */
  reserve(executionId: string, holder: string, runsMax: number | null): boolean {
    const { lease } = this.#options
    if (runsMax !== null && this.mayReach(runsMax)) return false
    if (this.#claims.is('stopped') || this.#backlog || !lease.isValid) return false
    if (this.#heldBack.has(holder) || !this.#shares.mayTake(holder, this.#claimable)) return false
    this.#accepting.set(executionId, { term: lease.term, holder })
    this.#shares.take(holder)
    return true
  }

  /** False when the lease has lapsed since it was reserved: the run may belong to another worker. */
  release(executionId: string): boolean {
    const accepting = this.#accepting.get(executionId)
    if (!accepting) return false
    this.#accepting.delete(executionId)
    this.#shares.leave(accepting.holder)
    return accepting.term === this.#options.lease.term
  }

  /** A run of this customer takes its place. */
  take(holder: string): void {
    this.#shares.take(holder)
  }

  /** A run of this customer leaves. */
  leave(holder: string): void {
    this.#shares.leave(holder)
    if (this.#backlog || this.#heldBack.size > 0) this.claim()
  }

  /** Claims no more. */
  stop(): void {
    this.#claims.become('stopped')
    if (this.#fewTimer) clearTimeout(this.#fewTimer)
  }

  /** At the end of the turn, so that all runs that ended in it have left. */
  claim(): void {
    if (this.#claimPlanned || this.#claims.is('stopped')) return
    this.#claimPlanned = true
    setImmediate(() => {
      this.#claimPlanned = false
      void this.#claimNow(false)
    })
  }

  get #freeCapacity(): number {
    return limits.runsPerWorkerMax - this.taken
  }

  async #claimNow(few: boolean): Promise<void> {
    if (this.#claims.is('claiming')) this.#claims.become('claim_again')
    if (!this.#claims.is('free')) return
    const { engine, workerId, begin, lease } = this.#options
    if (!lease.isValid) {
      this.#backlog = true
      lease.whenValid(() => this.claim())
      return
    }
    const free = this.#freeCapacity
    const count = Math.min(free, CLAIM_MAX)
    if (count <= 0) {
      this.#backlog = true
      return
    }
    // Many rows at once cost as much as one, so while plenty is under way a moment is worth waiting for more to leave.
    if (!few && this.#expected(count) < Math.min(CLAIM_MIN, this.#shares.taken)) {
      if (this.#heldBack.size === 0) this.#backlog = true
      this.#fewTimer ??= setTimeout(() => {
        this.#fewTimer = null
        void this.#claimNow(true)
      }, CLAIM_FEW_AFTER_MS)
      return
    }
    this.#claims.become('claiming')
    const shares = this.#claimShares(count)
    // Nothing is accepted for here meanwhile: the claim has been told what each customer may have.
    this.#claimable = free
    const { term } = lease
    try {
      const runs = await claimRuns(engine, workerId, count, shares)
      this.#backlog = runs.length > 0 && runs.length >= shares.general
      this.#noteHeldBack(runs, shares)
      this.#claimable = 0
      // Of what was claimed before the lease lapsed, it is unknown whose it is; claims that are still this worker's are released.
      if (lease.term === term) for (const run of runs) begin(run)
    } catch (error) {
      this.#claimable = 0
      engine.log.error({ err: error }, 'claiming failed')
    }
    this.#claimed()
  }

  /** How many runs a claim may give; where all that is known to wait is held back, no more than its customers may have. */
  #expected(count: number): number {
    if (this.#heldBack.size === 0) return count
    let expected = 0
    for (const holder of this.#heldBack) expected += this.#shares.left(holder)
    return Math.min(count, expected)
  }

  #claimShares(count: number): ClaimShares {
    const holders = [...this.#shares.holders]
    return {
      holders,
      left: holders.map((holder) => Math.min(count, this.#shares.left(holder))),
      others: Math.min(count, this.#shares.left('')),
      general: Math.min(count, Math.max(0, this.#freeCapacity - this.#shares.reserve)),
      mostOfOne: this.#shares.mostOfOne,
    }
  }

  #noteHeldBack(runs: readonly ClaimedRun[], { holders, left, others }: ClaimShares): void {
    const claimed = new Map<string, number>()
    for (const { scope } of runs) {
      const holder = shareHolderOf(scope)
      claimed.set(holder, (claimed.get(holder) ?? 0) + 1)
    }
    const lefts = new Map(holders.map((holder, index) => [holder, left[index] ?? 0]))
    this.#heldBack.clear()
    for (const holder of new Set([...holders, ...claimed.keys()]))
      if ((claimed.get(holder) ?? 0) >= (lefts.get(holder) ?? others)) this.#heldBack.add(holder)
  }

  #claimed(): void {
    if (this.#claims.is('stopped')) return
    const isAskedAgain = this.#claims.is('claim_again')
    this.#claims.become('free')
    if (isAskedAgain) this.claim()
  }

  /** Releases claims that the queue has for this worker, but that it never received. */
  async releaseOrphanedClaims(): Promise<void> {
    if (!this.#claims.is('free')) return
    this.#claims.become('claiming')
    const { engine, workerId, has } = this.#options
    try {
      await releaseOrphanedClaims(engine, workerId, (id) => has(id) || this.#accepting.has(id))
    } finally {
      this.#claimed()
    }
  }
}
