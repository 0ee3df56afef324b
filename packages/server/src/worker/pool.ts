import { limits, type RunFailure } from '@bifrost/contract'
import type { Log } from '../platform/log.ts'
import { Child, type LostReason, type RunEvents, type StartMessage } from './child.ts'
import type { ChildPlace } from './spawn-child.ts'

export interface PoolOptions {
  /** Starts a process; of those that live, each has another slot. */
  spawn(slot: number): ChildPlace
  log: Log
  /** Child processes at once. */
  childrenMax: number
  /** A child without work ends after so long. */
  idleMs: number
  /** What code of an organisation may reach beside the public internet; nothing when absent. */
  egressAllow?: (orgId: string) => readonly string[]
}

/** A run for the pool: whose it is, on which code, and what to tell. */
export interface PoolRun {
  orgId: string
  code: { version: string; source: string; path: string }
  message: StartMessage
  events: RunEvents & {
    /** The run was handed to this child; from now on its code may run. */
    started(child: Child, run: number): void
    /** The author's modules could not be loaded. */
    loadFailed(failure: RunFailure): void
  }
}

const HEARTBEAT_MS = 250
/** So many processes may go away while they load the code of a run. */
const LOADS_MAX = 3
const RUNS_PER_LIFE_MAX = 200_000
const RSS_BYTES_MAX = 700 * 1024 * 1024
/** A process that has read more, such as tokens that change by the hour, is replaced: whatever it writes is searched for all of them. */
const SECRETS_PER_LIFE_MAX = 500

/**
 * Child processes by organisation and code version. A blank one is always ready, so that the first run of an
 * organisation only waits for its code to load.
 */
export class Pool {
  readonly #options: PoolOptions
  readonly #children = new Set<Child>()
  readonly #slots = new Set<number>()
  #blank: Child | null = null
  #waiting: PoolRun[] = []
  #loading = new Map<Child, PoolRun[]>()
  readonly #loads = new WeakMap<PoolRun, number>()
  readonly #heartbeat: NodeJS.Timeout
  #stopping = false
  /** What children are told leaves when this lets it. */
  goAhead: (go: () => void) => void = (go) => go()

  constructor(options: PoolOptions) {
    this.#options = options
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS)
    this.#ensureBlank()
  }

  get children(): ReadonlySet<Child> {
    return this.#children
  }

  run(run: PoolRun): void {
    // A child has the rules that it began with: other rules are another child.
    const key = `${run.orgId}/${run.code.version}/${this.#egressAllow(run).join(' ')}`
    const warm = this.#find(key)
    if (warm) {
      const loading = this.#loading.get(warm)
      if (loading) loading.push(run)
      else this.#start(warm, run)
      return
    }
    const child = this.#takeBlank()
    if (child) void this.#load(child, key, run)
    else this.#waiting.push(run)
  }

  /** Takes a run back that has not reached a child; false when it has. */
  withdraw(events: PoolRun['events']): boolean {
    for (const runs of [this.#waiting, ...this.#loading.values()]) {
      const index = runs.findIndex((run) => run.events === events)
      if (index === -1) continue
      runs.splice(index, 1)
      return true
    }
    return false
  }

  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#heartbeat)
    for (const child of this.#children) child.kill({ code: 'killed', message: 'The server was stopped.' })
    while (this.#children.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  /** The child is done with a run whose code may still go on; it takes no more and ends when its others have. */
  retire(child: Child): void {
    child.retiring = true
    this.#afterRun(child)
  }

  #find(key: string): Child | null {
    let best: Child | null = null
    for (const child of this.#children) {
      if (child.key !== key || child.retiring || child.blocked || child.ended) continue
      if (child.runCount >= limits.runsPerChildMax) continue
      if (!best || child.runCount < best.runCount) best = child
    }
    return best
  }

  #takeBlank(): Child | null {
    const child = this.#blank ?? this.#spawn()
    this.#blank = null
    if (!child) return null
    // After the first run had its turn: starting a process takes both cores for a moment.
    setTimeout(() => this.#ensureBlank(), 30)
    return child
  }

  #ensureBlank(): void {
    if (!this.#stopping && !this.#blank && this.#children.size < this.#options.childrenMax)
      this.#blank = this.#spawn()
  }

  #spawn(): Child | null {
    if (this.#stopping) return null
    if (this.#children.size >= this.#options.childrenMax) {
      this.#retireOldestIdle()
      return null
    }
    let slot = 0
    while (this.#slots.has(slot)) slot++
    this.#slots.add(slot)
    const child: Child = new Child(
      this.#options.spawn(slot),
      {
        goAhead: (go) => this.goAhead(go),
        changed: (changed) => this.#afterRun(changed),
        ended: (ended) => {
          this.#children.delete(ended)
          this.#slots.delete(slot)
          if (this.#blank === ended) this.#blank = null
          this.#next()
        },
      },
      this.#options.log,
    )
    this.#children.add(child)
    return child
  }

  async #load(child: Child, key: string, first: PoolRun): Promise<void> {
    const runs = [first]
    this.#loading.set(child, runs)
    let isTooLong = false
    const tooLong = setTimeout(() => {
      isTooLong = true
      const seconds = limits.loadTimeoutMs / 1000
      child.kill({
        code: 'killed',
        message: `its top level ran longer than ${seconds} s; move long work into the workflow function.`,
      })
    }, limits.loadTimeoutMs)
    try {
      await child.load(key, first.code, {}, this.#egressAllow(first))
      this.#loading.delete(child)
      for (const run of runs) this.#start(child, run)
    } catch (failure) {
      this.#loading.delete(child)
      // The process went away under it, before any of the author's functions ran: another one may do better.
      const mayTryAgain = child.ended && !isTooLong && !this.#stopping
      for (const run of runs)
        if (mayTryAgain && this.#loadsOf(run) < LOADS_MAX) this.run(run)
        else run.events.loadFailed(failure as RunFailure)
      child.kill({ code: 'killed', message: 'Its code could not be loaded.' })
    } finally {
      clearTimeout(tooLong)
    }
  }

  #egressAllow(run: PoolRun): readonly string[] {
    return this.#options.egressAllow?.(run.orgId) ?? []
  }

  #loadsOf(run: PoolRun): number {
    const loads = (this.#loads.get(run) ?? 0) + 1
    this.#loads.set(run, loads)
    return loads
  }

  #start(child: Child, run: PoolRun): void {
    // While it loaded it may have filled up, or gone.
    if (child.ended || child.runCount >= limits.runsPerChildMax) this.run(run)
    else run.events.started(child, child.start(run.message, run.events))
  }

  #afterRun(child: Child): void {
    if (
      child.runsStarted > RUNS_PER_LIFE_MAX ||
      child.rssBytes > RSS_BYTES_MAX ||
      child.redactor.size > SECRETS_PER_LIFE_MAX
    )
      child.retiring = true
    if (child.runCount > 0) return
    if (child.retiring) child.kill(RETIRED)
    else if (this.#waiting.length > 0) this.#next()
  }

  /** Gives runs that wait for a child another try; they may find a warm one, or room for a new one. */
  #next(): void {
    if (this.#stopping) return
    const runs = this.#waiting
    this.#waiting = []
    for (const run of runs) this.run(run)
    if (runs.length === 0) this.#ensureBlank()
  }

  #retireOldestIdle(): void {
    let oldest: Child | null = null
    for (const child of this.#children)
      if (child.runCount === 0 && !this.#loading.has(child) && child.key !== null && !child.retiring)
        if (!oldest || child.lastUsedMs < oldest.lastUsedMs) oldest = child
    if (!oldest) return
    oldest.retiring = true
    oldest.kill(RETIRED)
  }

  #beat(): void {
    const now = performance.now()
    for (const child of this.#children) {
      if (child.runCount > 0) child.ping()
      else if (child.retiring && !this.#loading.has(child)) child.kill(RETIRED)
      else if (
        child.key !== null &&
        !this.#loading.has(child) &&
        now - child.lastUsedMs > this.#options.idleMs
      ) {
        child.retiring = true
        child.kill(RETIRED)
      }
    }
  }
}

const RETIRED: LostReason = { code: 'killed', message: 'The process was retired.' }
