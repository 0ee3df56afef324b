import type { Topic } from '../platform/topics.ts'
import { admitDueRates, nextRateMs, sweepForgotten } from './flow-control/admit.ts'
import { nextDueMs, promoteDue, recoverLostRuns } from './lease/sweep.ts'
import { announceEnds } from './run/child-runs.ts'
import { nextWakeMs, wakeDue } from './run/wake.ts'
import type { Engine } from './types.ts'

/** Something that is done when its time has come, by whichever scheduler comes first: it locks what it works on. */
export interface Job {
  /** For the log: `<name> failed`. */
  name: string
  /** Does all that is due. Several schedulers may call it at once. */
  run(): Promise<unknown>
  /** Milliseconds until there is something to do; null when nothing is planned. Without it, the job is looked at once a second. */
  nextMs?(): Promise<number | null>
  /** Publishing it says that there is something to do now. */
  topic?: Topic
}

const SWEEP_MS = 1000
/** What is due and was not done, because another process has it locked, is looked at again after so long. */
const AGAIN_MS = 20

/**
 * Does what time brings: planned runs, timers, runs of lost workers, and the jobs it is given. It runs no code of
 * authors and needs no worker; any number of schedulers may work on one database.
 */
export class Scheduler {
  readonly #engine: Engine
  readonly #jobs: readonly Job[]
  #sweepTimer: NodeJS.Timeout | null = null
  #dueTimer: NodeJS.Timeout | null = null
  #unsubscribe: (() => void)[] = []
  readonly #called = new Set<Job>()
  /** One pass at a time, and the next one when it has ended. */
  #passes: Promise<void> = Promise.resolve()
  #armPlanned = false
  #stopping = false

  constructor(engine: Engine, jobs: readonly Job[] = []) {
    this.#engine = engine
    this.#jobs = [
      { name: 'planned runs', run: () => promoteDue(engine), nextMs: () => nextDueMs(engine) },
      { name: 'timers', run: () => wakeDue(engine), nextMs: () => nextWakeMs(engine) },
      { name: 'lost runs', run: () => recoverLostRuns(engine) },
      { name: 'ends', run: () => announceEnds(engine), topic: 'run_ends' },
      { name: 'rates', run: () => admitDueRates(engine), nextMs: () => nextRateMs(engine) },
      { name: 'free fireTimes', run: () => sweepForgotten(engine) },
      ...jobs,
    ]
  }

  async start(): Promise<void> {
    const { notifier } = this.#engine
    this.#unsubscribe.push(notifier.subscribe('due', () => this.#planArming()))
    for (const job of this.#jobs)
      if (job.topic) this.#unsubscribe.push(notifier.subscribe(job.topic, () => this.#call(job)))
    this.#sweepTimer = setInterval(() => this.#sweep(), SWEEP_MS)
    this.#sweep()
    await this.#passes
  }

  async stop(): Promise<void> {
    this.#stopping = true
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    if (this.#sweepTimer) clearInterval(this.#sweepTimer)
    if (this.#dueTimer) clearTimeout(this.#dueTimer)
    await this.#passes
  }

  #sweep(): void {
    this.#pass(async () => {
      for (const job of this.#jobs) await this.#do(job)
      await this.#arm()
    })
  }

  #wake(): void {
    this.#pass(async () => {
      for (const job of this.#jobs) if (job.nextMs) await this.#do(job)
      await this.#arm()
    })
  }

  /** Once for all that is planned in this turn. */
  #planArming(): void {
    if (this.#armPlanned || this.#stopping) return
    this.#armPlanned = true
    this.#pass(() => {
      this.#armPlanned = false
      return this.#arm()
    })
  }

  /** Once for all that call while it waits for its turn. */
  #call(job: Job): void {
    if (this.#called.has(job)) return
    this.#called.add(job)
    this.#pass(async () => {
      this.#called.delete(job)
      await this.#do(job)
    })
  }

  #pass(work: () => Promise<void>): void {
    this.#passes = this.#passes.then(async () => {
      if (!this.#stopping) await work()
    })
  }

  /** What is planned happens on time, not at the next sweep. */
  async #arm(): Promise<void> {
    let nextMs = Number.POSITIVE_INFINITY
    for (const job of this.#jobs)
      if (job.nextMs) nextMs = Math.min(nextMs, (await this.#guarded(job, job.nextMs)) ?? nextMs)
    if (this.#dueTimer) clearTimeout(this.#dueTimer)
    this.#dueTimer = null
    if (nextMs > SWEEP_MS || this.#stopping) return
    this.#dueTimer = setTimeout(() => this.#wake(), nextMs <= 0 ? AGAIN_MS : nextMs)
  }

  #do(job: Job): Promise<unknown> {
    return this.#guarded(job, () => job.run())
  }

  async #guarded<T>(job: Job, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      if (!this.#stopping) this.#engine.log.error({ err: error }, `${job.name} failed`)
      return null
    }
  }
}
