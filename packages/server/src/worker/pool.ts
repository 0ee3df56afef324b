import { type ClosedPort, type Language, languageOf, limits, type RunFailure } from '@bifrost/contract'
import { workBegan, workEnded } from '../platform/event-loop-watchdog.ts'
import type { Log } from '../platform/log.ts'
import { LoopShare } from '../platform/loop-share.ts'
import { Child, type LostReason, type RunEvents, type StartMessage } from './child.ts'
import { FairShares } from './fair-shares.ts'
import type { ChildPlace } from './spawn-child.ts'
import { WaitingRuns } from './waiting-runs.ts'

export interface PoolOptions {
  /** Starts a process; of those that live, each has another index. */
  spawn(index: number, language: Language, site?: string): ChildPlace
  /**
   * Where the packages are that code may import; null when it needs none. Rejects when they cannot be installed, or when
   * nothing here runs the language of the code: no such run waits for a process.
   */
  siteOf?: (code: PoolRun['code']) => string | Promise<string> | null
  log: Log
  /** Child processes at once; which customer may have how many of them, `FairShares` says. */
  childrenMax: number
  /** A child without work ends after so long. */
  idleMs: number
  /** What code of an organization may reach beside the public internet; nothing when absent. */
  egressAllow?: (orgId: string) => readonly string[]
  /** The platform's own port, which it may not reach whatever is allowed. */
  egressClosed?: () => ClosedPort
}

/** A run for the pool: whose it is, on which code, and what to tell. */
export interface PoolRun {
  orgId: string
  /** Whose share of the processes it counts for. */
  shareHolder: string
  code: { version: string; source: string; path: string; owner?: string | null }
  /** The packages that its code may import, once they are there. */
  site?: string
  message: StartMessage
  events: RunEvents & {
    /** The run was handed to this child; from now on its code may run. */
    started(child: Child, run: number): void
    /** The author's modules could not be loaded. */
    loadFailed(failure: RunFailure): void
  }
}

/** Whose a child is. */
interface Owner {
  orgId: string
  shareHolder: string
  /** Since when it has been at work without a pause. */
  busySinceMs: number
  /** When it ends for another organization, done or not; null for nearly all. */
  endsAtMs: number | null
}

const HEARTBEAT_MS = 250
/** What a process without much of its own takes. */
const CHILD_BYTES = 64 * 1024 * 1024
/** Each is a user of its own, and there are so many users. */
const CHILDREN_MAX = 160
/** A process that has not started after so long is replaced by another. */
const START_MS_MAX = 30_000
/** So many processes may go away while they load the code of a run. */
const LOADS_MAX = 3
const RUNS_PER_LIFE_MAX = 200_000
const RSS_BYTES_MAX = 700 * 1024 * 1024

/**
 * Child processes by organization and code version. A blank one is always ready for each language that was asked for, so
 * that the first run of an organization only waits for its code to load. Processes at work are shared fairly between customers; idle ones
 * belong to no organization, and end where another needs the place.
 */
export class Pool {
  readonly #options: PoolOptions
  readonly #children = new Set<Child>()
  readonly #indexes = new Set<number>()
  readonly #blanks = new Map<Language, Child>()
  /** What blank ones are kept of. */
  readonly #languages = new Set<Language>(['typescript'])
  readonly #waiting = new WaitingRuns()
  /** Runs whose packages are being installed. */
  readonly #installing = new Set<PoolRun>()
  readonly #owners = new Map<Child, Owner>()
  #loading = new Map<Child, PoolRun[]>()
  readonly #loads = new WeakMap<PoolRun, number>()
  /** How many children were too late to begin a run. */
  readonly #tooLate = new WeakMap<RunEvents, number>()
  readonly #heartbeat: NodeJS.Timeout
  readonly #loop = new LoopShare()
  #stopping = false
  /** What children are told leaves when this lets it. */
  goAhead: (go: () => void) => void = (go) => go()

  constructor(options: PoolOptions) {
    this.#options = options
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS)
    this.#ensureBlanks()
  }

  /** A child that has no owner yet is the platform's: its cost is counted for no organization. */
  #worked(child: Child, began: number): number {
    const owner = this.#owners.get(child)
    if (!owner) return 0
    workEnded(began, owner.orgId, () => `messages of the child process ${child.pid}`)
    return this.#loop.spend(owner.shareHolder, workBegan() - began)
  }

  get children(): ReadonlySet<Child> {
    return this.#children
  }

  run(run: PoolRun): void {
    const site = run.site ?? this.#options.siteOf?.(run.code) ?? null
    if (site instanceof Promise) void this.#runWhenInstalled(run, site)
    else this.#runNow(site === null ? run : Object.assign(run, { site }))
  }

  async #runWhenInstalled(run: PoolRun, installed: Promise<string>): Promise<void> {
    this.#installing.add(run)
    try {
      run.site = await installed
      if (this.#installing.delete(run) && !this.#stopping) this.#runNow(run)
    } catch (error) {
      if (this.#installing.delete(run) && !this.#stopping) run.events.loadFailed(cannotRun(error))
    }
  }

  #runNow(run: PoolRun): void {
    // A child has the rules that it began with: other rules are another child.
    const key = `${run.orgId}/${run.code.version}/${this.#egressAllow(run).join(' ')}`
    const warm = this.#find(key)
    const child = warm ? null : this.#takeChild(run)
    const held = warm || child ? null : this.#find(key, true)
    if (warm) this.#handOver(warm, run)
    else if (child) void this.#load(child, key, [run])
    else if (held) this.#handOver(held, run)
    else this.#waiting.add(key, run)
  }

  /** A run that its child did not begin goes to another one. */
  runElsewhere(run: PoolRun): void {
    this.#tooLate.set(run.events, (this.#tooLate.get(run.events) ?? 0) + 1)
    this.run(run)
  }

  /** The run has no child yet, not even one that loads its code. */
  hasToWait(events: PoolRun['events']): boolean {
    return this.#waiting.has(events) || this.#isInstalling(events) !== undefined
  }

  /** Withdraws a run that has not reached a child; false when it has. */
  withdraw(events: PoolRun['events']): boolean {
    if (this.#waiting.withdraw(events)) return true
    const installing = this.#isInstalling(events)
    if (installing) return this.#installing.delete(installing)
    for (const runs of this.#loading.values()) {
      const index = runs.findIndex((run) => run.events === events)
      if (index === -1) continue
      runs.splice(index, 1)
      return true
    }
    return false
  }

  #isInstalling(events: PoolRun['events']): PoolRun | undefined {
    return this.#installing.values().find((run) => run.events === events)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#heartbeat)
    for (const child of this.#children) child.kill(SERVER_STOPPED)
    while (this.#children.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  /** The child is done with a run whose code may still continue; it takes no more and ends when its others have. */
  retire(child: Child): void {
    child.retire()
    this.#afterRun(child)
  }

  /** `orHeld`: where there is no room for another child, also one in which something does not always yield. */
  #find(key: string, orHeld = false): Child | null {
    let best: Child | null = null
    for (const child of this.#children) {
      if (child.key !== key || child.isRetiring || child.pulse.isBlocked || child.ended) continue
      if (child.pulse.isHeld && !orHeld) continue
      if (this.#isFull(child)) continue
      if (!best || child.runCount < best.runCount) best = child
    }
    return best
  }

  #isFull(child: Child): boolean {
    return (this.#loading.get(child)?.length ?? child.runCount) >= child.runsMax
  }

  #handOver(warm: Child, run: PoolRun): void {
    const loading = this.#loading.get(warm)
    if (loading) loading.push(run)
    else this.#start(warm, run)
  }

  /** A child without code for the organization of this run, as far as its share goes. */
  #takeChild({ orgId, shareHolder, code, site }: PoolRun, shares = this.#shares()): Child | null {
    if (this.#stopping || !shares.mayTake(shareHolder)) return null
    const language = languageOf(code.path)
    // A blank one was started without the packages.
    const child =
      site === undefined ? (this.#blanks.get(language) ?? this.#spawn(language)) : this.#spawn(language, site)
    if (!child) {
      this.#makeRoom()
      return null
    }
    if (site === undefined) {
      this.#blanks.delete(language)
      this.#languages.add(language)
    }
    this.#owners.set(child, { orgId, shareHolder, busySinceMs: performance.now(), endsAtMs: null })
    shares.take(shareHolder)
    // After the first run had its turn: starting a process takes both cores for a moment.
    setTimeout(() => this.#ensureBlanks(), 30)
    return child
  }

  /** Who has which part of the children at work. */
  #shares(): FairShares {
    const shares = new FairShares(() => this.#options.childrenMax)
    for (const [child, { shareHolder }] of this.#owners)
      if (child.runCount > 0 || this.#loading.has(child)) shares.take(shareHolder)
    return shares
  }

  #ensureBlanks(): void {
    for (const language of this.#languages) {
      if (this.#stopping || this.#blanks.has(language)) continue
      const child = this.#spawn(language)
      if (child) this.#blanks.set(language, child)
    }
  }

  #spawn(language: Language, site?: string): Child | null {
    if (this.#stopping || this.#children.size >= this.#options.childrenMax) return null
    let index = 0
    while (this.#indexes.has(index)) index++
    const place = this.#options.spawn(index, language, site)
    this.#indexes.add(index)
    const child: Child = new Child(
      place,
      {
        worked: (one, began) => this.#worked(one, began),
        goAhead: (go) => this.goAhead(go),
        changed: (changed) => this.#afterRun(changed),
        ended: (ended) => {
          this.#children.delete(ended)
          this.#owners.delete(ended)
          this.#indexes.delete(index)
          if (this.#blanks.get(language) === ended) this.#blanks.delete(language)
          this.#next()
        },
      },
      this.#options.log,
    )
    this.#children.add(child)
    return child
  }

  async #load(child: Child, key: string, runs: [PoolRun, ...PoolRun[]]): Promise<void> {
    const [first] = runs
    this.#loading.set(child, runs)
    let isTooLong = false
    const topLevelTooLong = () => {
      isTooLong = true
      const seconds = limits.loadTimeoutMs / 1000
      child.kill({
        code: 'killed',
        message: `its top level ran longer than ${seconds} s; move long work into the workflow function.`,
      })
    }
    // On a busy machine a process may take long to start; that is not the author's time.
    let tooLong = setTimeout(() => child.kill(NOT_STARTED), START_MS_MAX)
    void child.ready.then(() => {
      clearTimeout(tooLong)
      if (this.#loading.get(child) === runs && !child.ended)
        tooLong = setTimeout(topLevelTooLong, limits.loadTimeoutMs)
    })
    try {
      const closed = this.#options.egressClosed?.() ?? null
      await child.load(key, connectionHolderOf(first), first.code, {}, this.#egressAllow(first), closed)
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
    if (child.ended || child.runCount >= child.runsMax) {
      this.run(run)
      return
    }
    const owner = this.#owners.get(child)
    if (owner && child.runCount === 0) owner.busySinceMs = performance.now()
    run.events.started(child, child.start(run.message, run.events, this.#tooLate.get(run.events) ?? 0))
  }

  #afterRun(child: Child): void {
    if (child.runsStarted > RUNS_PER_LIFE_MAX || child.rssBytes > RSS_BYTES_MAX || child.redactor.isFull)
      child.retire()
    const owner = this.#owners.get(child)
    // Those that wait for this very code come first: for them no place has to be found.
    if (
      owner &&
      child.key !== null &&
      !child.isRetiring &&
      !child.pulse.isBlocked &&
      !this.#waiting.isEmpty
    ) {
      const room = child.runsMax - child.runCount
      for (const run of this.#waiting.take(owner.shareHolder, child.key, room)) this.#start(child, run)
    }
    if (child.runCount > 0) return
    if (child.isRetiring) child.kill(RETIRED)
    else if (!this.#waiting.isEmpty) this.#next()
  }

  /** Gives what is free to organizations that wait, one child each in turn, as far as their shares go. */
  #next(): void {
    if (this.#stopping) return
    const shares = this.#shares()
    let isAnyServed = false
    for (let served = true; served; ) {
      served = false
      for (const holder of this.#waiting.holders) if (this.#serve(holder, shares)) served = true
      isAnyServed ||= served
    }
    // Those that still wait, if any, have their share; the next organization finds a child ready.
    if (!isAnyServed) this.#ensureBlanks()
  }

  #serve(holder: string, shares: FairShares): boolean {
    const next = this.#waiting.first(holder)
    if (!next) return false
    const { key, run: oldest } = next
    const warm = this.#find(key)
    if (warm) {
      for (const run of this.#waiting.take(holder, key, 1)) this.#handOver(warm, run)
      return true
    }
    const child = this.#takeChild(oldest, shares)
    if (!child) return false
    const [first, ...others] = this.#waiting.take(holder, key, child.runsMax)
    this.#waiting.served(holder)
    if (first) void this.#load(child, key, [first, ...others])
    return true
  }

  /** What is kept ready of one language makes room for another one, before a child that belongs to an organization does. */
  #makeRoom(): void {
    const [blank] = this.#blanks.values()
    if (blank) blank.kill(RETIRED)
    else this.#retireIdle()
  }

  /** Ends an idle child, of those that have most of them the one that was idle longest; one at a time. */
  #retireIdle(): void {
    const idle: Child[] = []
    const counts = new Map<string, number>()
    for (const [child, { shareHolder }] of this.#owners) {
      if (child.runCount > 0 || this.#loading.has(child)) continue
      // Its end is under way, and what waits is looked at again then.
      if (child.isRetiring) return
      idle.push(child)
      counts.set(shareHolder, (counts.get(shareHolder) ?? 0) + 1)
    }
    const countOf = (child: Child) => counts.get(this.#owners.get(child)?.shareHolder ?? '') ?? 0
    const [oldest] = idle.sort((a, b) => countOf(b) - countOf(a) || a.lastUsedMs - b.lastUsedMs)
    if (!oldest) return
    oldest.retire()
    oldest.kill(RETIRED)
  }

  /**
   * With all processes at work, an organization that has none and waits gets the place of the one that has most: its process
   * that has been at work longest takes no more runs, and ends. Durable runs continue in another process.
   */
  #takeBack(): void {
    if (this.#stopping || this.#waiting.isEmpty) return
    const shares = this.#shares()
    const isStarved = (holder: string) =>
      shares.held(holder) === 0 && this.#waiting.waitedMs(holder) > limits.childWaitMs
    if (shares.taken < this.#options.childrenMax || !this.#waiting.holders.some(isStarved)) return
    const now = performance.now()
    let chosen: { child: Child; owner: Owner; held: number } | null = null
    for (const [child, owner] of this.#owners) {
      if (owner.endsAtMs !== null) {
        if (now > owner.endsAtMs) child.kill(TAKEN_BACK)
        return
      }
      const held = shares.held(owner.shareHolder)
      if (held < 2 || now - owner.busySinceMs < limits.childHeldMs) continue
      if (
        !chosen ||
        held > chosen.held ||
        (held === chosen.held && owner.busySinceMs < chosen.owner.busySinceMs)
      )
        chosen = { child, owner, held }
    }
    if (!chosen) return
    chosen.child.retire()
    chosen.owner.endsAtMs = now + limits.childWaitMs
  }

  #beat(): void {
    const now = performance.now()
    if (!this.#waiting.isEmpty) this.#next()
    this.#takeBack()
    for (const child of this.#children) {
      // What holds it is no run that anybody waits for.
      if (child.pulse.isBlocked && child.begunRuns === 0) child.kill(HELD)
      else if (child.runCount > 0) child.ping()
      else if (child.isRetiring && !this.#loading.has(child)) child.kill(RETIRED)
      else if (
        child.key !== null &&
        !this.#loading.has(child) &&
        now - child.lastUsedMs > this.#options.idleMs
      ) {
        child.retire()
        child.kill(RETIRED)
      }
    }
  }
}

/** Checks (`history-checker.ts`) have a share of the processes of their own; their connections are those of the customer. */
const connectionHolderOf = ({ shareHolder }: PoolRun): string => shareHolder.split('/', 1)[0] ?? shareHolder

/** The same code as that of a run whose server ended without a word. */
export const SERVER_STOPPED: LostReason = { code: 'worker_lost', message: 'The server was stopped.' }
const RETIRED: LostReason = { code: 'killed', message: 'The process was retired.' }
const HELD: LostReason = { code: 'killed', message: 'Code that no run waits for held the process.' }

const NOT_STARTED: LostReason = { code: 'killed', message: 'The process did not start in time.' }

/** Its packages, or what runs its language, are missing. */
const cannotRun = (error: unknown): RunFailure => ({
  kind: 'load_failed',
  type: 'LoadError',
  message: (error as Error).message,
  stack: '',
  forUser: false,
  retry: false,
})

const TAKEN_BACK: LostReason = {
  code: 'killed',
  message:
    'Its process was ended, because its organization had been using several processes while another organization was waiting for its first. Durable waits (sleep, waitForEvent) use no process.',
}

/** How many child processes a machine has room for. One organization alone gets four ninths of them. */
export const childrenMaxOf = (cores: number, memoryBytes: number): number =>
  Math.max(9, Math.min(CHILDREN_MAX, 18 + 9 * cores, Math.floor(memoryBytes / 2 / CHILD_BYTES)))
