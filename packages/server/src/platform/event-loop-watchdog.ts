import { limits } from '@bifrost/contract'
import type { Log } from './log.ts'

/** A stretch in which nothing else of the process could run, and who caused it. */
export interface Stall {
  /** Null: no organization in particular, or an unknown one. */
  orgId: string | null
  /** What was done, such as `POST /api/events: body`. */
  what: string
  ms: number
}

const TICK_MS = 50
const LOG_EVERY_MS = 10_000
const KEPT_MAX = 100
/** The summary names so many organizations, those with the longest stalls; and so many are told apart at all. */
const NAMED_MAX = 20
const TOLD_APART_MAX = 1000

let clock = () => performance.now()
let onStall: ((stall: Stall) => void) | null = null
/** A stretch was told of since the last tick, so that the tick does not tell of it again. */
let isKnown = false

/** The beginning of a stretch of work on the event loop; see `workEnded`. */
export const workBegan = (): number => clock()

/** The end of the stretch, in the same turn. `what` is made only when it was too long. */
export function workEnded(began: number, orgId: string | null, what: () => string): void {
  const ms = clock() - began
  if (ms > limits.stallMs) tell({ orgId, what: what(), ms })
}

/** Does work that ends before it returns. */
export function watchedWork<T>(orgId: string | null, what: () => string, work: () => T): T {
  const began = workBegan()
  try {
    return work()
  } finally {
    workEnded(began, orgId, what)
  }
}

function tell(stall: Stall): void {
  isKnown = true
  onStall?.(stall)
}

export interface Watchdog {
  /** The latest stalls whose cause is known. */
  readonly stalls: readonly Stall[]
  stop(): void
}

/**
 * Logs what holds up the event loop for longer than `limits.stallMs`, with who caused it. Where work begins and ends is
 * said by those who do it; work that is not reported is noticed by a timer that comes late. With `cpuTime` a stretch is
 * measured in time of the processor, which is the same on a busy machine, and the timer is left out.
 */
export function startWatchdog(log: Log, { cpuTime = false } = {}): Watchdog {
  const stalls: Stall[] = []
  const reports = startReports(log)
  isKnown = false
  clock = cpuTime ? threadCpuMs : () => performance.now()
  onStall = (stall) => {
    stalls.push(stall)
    if (stalls.length > KEPT_MAX) stalls.shift()
    reports.add(stall)
  }
  let expectedMs = performance.now() + TICK_MS
  const tick = () => {
    const lateMs = performance.now() - expectedMs
    if (lateMs > limits.stallMs && !isKnown) reports.add({ orgId: null, what: 'not known', ms: lateMs })
    isKnown = false
    expectedMs = performance.now() + TICK_MS
  }
  const timer = cpuTime ? null : setInterval(tick, TICK_MS)
  timer?.unref()
  return {
    stalls,
    stop() {
      if (timer) clearInterval(timer)
      onStall = null
      reports.stop()
    },
  }
}

/**
 * A flood of stalls does not flood the log, and none hides behind another's: the first is logged at once, and when
 * `LOG_EVERY_MS` have passed, one line has the worst of each organization since.
 */
function startReports(log: Log): { add(stall: Stall): void; stop(): void } {
  let since: Map<string | null, Stall & { count: number }> | null = null
  let timer: NodeJS.Timeout | undefined
  const sum = () => {
    clearTimeout(timer)
    const worst = [...(since?.values() ?? [])].sort((a, b) => b.ms - a.ms)
    since = null
    if (worst.length === 0) return
    const named = worst.slice(0, NAMED_MAX).map(({ orgId, what, ms, count }) => ({
      organization: orgId,
      what,
      ms: Math.round(ms),
      stalls: count,
    }))
    log.warn(
      { worst: named, more_organizations: worst.length - named.length },
      'more operations blocked this process; the longest of each organization',
    )
  }
  return {
    add(stall) {
      if (!since) {
        since = new Map()
        timer = setTimeout(sum, LOG_EVERY_MS).unref()
        log.warn(
          { organization: stall.orgId, what: stall.what, ms: Math.round(stall.ms) },
          'one operation blocked this process',
        )
        return
      }
      const known = since.get(stall.orgId)
      if (!known && since.size >= TOLD_APART_MAX) return
      const worse = known && known.ms >= stall.ms ? known : stall
      since.set(stall.orgId, { ...worse, count: (known?.count ?? 0) + 1 })
    },
    stop: sum,
  }
}

const threadCpuMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
