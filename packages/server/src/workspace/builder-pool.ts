import { AppError } from '@bifrost/contract'
import type { BuilderProcess } from './builder-process.ts'

/** An organization by its slug; null: everybody's files. */
export type Owner = string | null

export interface BuilderPoolOptions {
  /** A process for this owner; it starts with its first request. */
  make: (owner: Owner) => BuilderProcess
  /** Whose share the requests of this owner count for: the customer that its organization belongs to. */
  holderOf: (owner: Owner) => string
  /** Processes that exist at once, at work or idle. */
  placesMax: number
  /** Requests of one customer that wait. */
  waitingMax: number
  /** Who kept a place busy for so long, counted less the longer it is ago, leaves the last free one to others. */
  busyMs: number
}

interface Job {
  work(process: BuilderProcess): Promise<void>
  refuse(error: Error): void
}

/** What was used so long ago counts half. */
const HALF_MS = 30_000
const HOLDERS_REMEMBERED = 1_000

/**
 * Builder processes of one kind, one per owner and never one for two. There are few places, and customers share them
 * (see `shareHolderOf`), however many organizations each has: who waits is served in turn, first the customers and then
 * the organizations of each, one request of an owner at a time. A process that was idle for long makes room.
 */
export class BuilderPool {
  readonly #options: BuilderPoolOptions
  /** In the order of their last use. */
  readonly #processes = new Map<Owner, BuilderProcess>()
  /** Owners at work, and whose share they take. */
  readonly #working = new Map<Owner, string>()
  /** By customer and then by owner, both in the order of their turns. */
  readonly #waiting = new Map<string, Map<Owner, Job[]>>()
  /** How long a customer kept a place busy, as it counted when its last request ended. */
  readonly #used = new Map<string, { ms: number; at: number }>()
  #stopped = false

  constructor(options: BuilderPoolOptions) {
    this.#options = options
  }

  /** The processes that run; for tests and for `bifrost doctor`. */
  get pids(): number[] {
    return [...this.#processes.values()].flatMap((process) => process.pid ?? [])
  }

  run<T>(owner: Owner, work: (process: BuilderProcess) => Promise<T>): Promise<T> {
    if (this.#stopped) return Promise.reject(new Error('The builder was stopped.'))
    const holder = this.#options.holderOf(owner)
    const owners = this.#waiting.get(holder) ?? new Map<Owner, Job[]>()
    if (countOf(owners.values()) >= this.#options.waitingMax)
      return Promise.reject(
        new AppError(
          'rate_limited',
          'Too much code of your organizations is being read. Try again in a moment.',
        ),
      )
    return new Promise((resolve, reject) => {
      const jobs = owners.get(owner) ?? []
      jobs.push({ work: (process) => work(process).then(resolve, reject), refuse: reject })
      owners.set(owner, jobs)
      this.#waiting.set(holder, owners)
      this.#next()
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    const jobs = [...this.#waiting.values()].flatMap((owners) => [...owners.values()].flat())
    this.#waiting.clear()
    for (const job of jobs) job.refuse(new Error('The builder was stopped.'))
    await Promise.all([...this.#processes.values()].map((process) => process.stop()))
  }

  #next(): void {
    for (const [holder, owners] of this.#waiting) {
      const free = this.#options.placesMax - this.#working.size
      if (free <= 0) return
      if (this.#mayTake(holder, free)) this.#serveOne(holder, owners)
    }
  }

  /** As many as are free at most, so that a place is left for the next customer; the last one only if it kept none busy. */
  #mayTake(holder: string, free: number): boolean {
    let held = 0
    for (const one of this.#working.values()) if (one === holder) held++
    if (held > 0 && held >= free) return false
    return free > 1 || this.#working.size === 0 || this.#usedBy(holder) <= this.#options.busyMs
  }

  #serveOne(holder: string, owners: Map<Owner, Job[]>): void {
    for (const [owner, jobs] of owners) {
      if (this.#working.has(owner)) continue
      // Its next turn comes after those of all others, and so does that of its customer.
      owners.delete(owner)
      this.#waiting.delete(holder)
      const job = jobs.shift()
      if (jobs.length > 0) owners.set(owner, jobs)
      if (owners.size > 0) this.#waiting.set(holder, owners)
      if (job) void this.#serve(owner, holder, job)
      return
    }
  }

  #usedBy(holder: string): number {
    const used = this.#used.get(holder)
    return used ? used.ms * 0.5 ** ((performance.now() - used.at) / HALF_MS) : 0
  }

  async #serve(owner: Owner, holder: string, job: Job): Promise<void> {
    this.#working.set(owner, holder)
    const begunAt = performance.now()
    try {
      await job.work(await this.#processOf(owner))
    } catch (error) {
      job.refuse(error as Error)
    } finally {
      this.#note(holder, performance.now() - begunAt)
      this.#working.delete(owner)
      this.#next()
    }
  }

  async #processOf(owner: Owner): Promise<BuilderProcess> {
    const process = this.#processes.get(owner) ?? this.#options.make(owner)
    this.#processes.delete(owner)
    this.#processes.set(owner, process)
    const ends: Promise<void>[] = []
    while (this.#processes.size > this.#options.placesMax) {
      const spare = this.#spare()
      if (!spare) break
      this.#processes.delete(spare.owner)
      ends.push(spare.process.stop())
    }
    // Room is made before it is taken.
    await Promise.all(ends)
    return process
  }

  /** The idle process that makes room: of the customer that has most of them, the one that was idle for longest. */
  #spare(): { owner: Owner; process: BuilderProcess } | null {
    const { holderOf } = this.#options
    const counts = new Map<string, number>()
    for (const owner of this.#processes.keys())
      counts.set(holderOf(owner), (counts.get(holderOf(owner)) ?? 0) + 1)
    let spare: { owner: Owner; process: BuilderProcess } | null = null
    let most = 0
    for (const [owner, process] of this.#processes) {
      const count = counts.get(holderOf(owner)) ?? 0
      if (this.#working.has(owner) || count <= most) continue
      spare = { owner, process }
      most = count
    }
    return spare
  }

  #note(holder: string, ms: number): void {
    if (this.#used.size >= HOLDERS_REMEMBERED) this.#used.clear()
    this.#used.set(holder, { ms: ms + this.#usedBy(holder), at: performance.now() })
  }
}

function countOf(lists: Iterable<readonly unknown[]>): number {
  let count = 0
  for (const list of lists) count += list.length
  return count
}
