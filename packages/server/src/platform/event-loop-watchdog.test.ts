import { limits } from '@bifrost/contract'
import { afterEach, expect, test, vi } from 'vitest'
import { startWatchdog, type Watchdog, watchedWork } from './event-loop-watchdog.ts'
import { type Log, silentLog } from './log.ts'

let watchdog: Watchdog | undefined
afterEach(() => watchdog?.stop())

/** Keeps the processor busy, as it counts its own time. */
function work(ms: number): void {
  const start = process.threadCpuUsage()
  for (;;) {
    const { user, system } = process.threadCpuUsage(start)
    if ((user + system) / 1000 > ms) return
  }
}

test('work that is too long is told of, with who caused it, and short work is not', () => {
  const logged: unknown[] = []
  const log: Log = { ...silentLog, warn: (first: unknown) => void logged.push(first) }
  watchdog = startWatchdog(log, { cpuTime: true })
  watchedWork(
    'org',
    () => 'short',
    () => work(1),
  )
  expect(watchdog.stalls).toEqual([])
  watchedWork(
    'org',
    () => 'long',
    () => work(limits.stallMs + 5),
  )
  watchedWork(
    'other',
    () => 'long',
    () => work(limits.stallMs + 5),
  )
  expect(watchdog.stalls.map(({ orgId, what }) => [orgId, what])).toEqual([
    ['org', 'long'],
    ['other', 'long'],
  ])
  // A flood of them does not flood the log.
  expect(logged).toEqual([{ organization: 'org', what: 'long', ms: expect.any(Number) }])
})

test('in ten seconds, the first stall is logged at once and the worst of each organization at the end', () => {
  vi.useFakeTimers()
  try {
    const logged: unknown[] = []
    watchdog = startWatchdog({ ...silentLog, warn: (first: unknown) => void logged.push(first) })
    const stall = (orgId: string, ms: number) =>
      watchedWork(
        orgId,
        () => `${ms} ms`,
        () => vi.advanceTimersByTime(ms),
      )
    stall('loud', 101)
    expect(logged).toEqual([{ organization: 'loud', what: '101 ms', ms: 101 }])
    for (const ms of [110, 130, 120]) stall('loud', ms)
    stall('hiding', 900)
    expect(logged).toHaveLength(1)
    vi.advanceTimersByTime(10_000)
    expect(logged.slice(1)).toEqual([
      {
        worst: [
          { organization: 'hiding', what: '900 ms', ms: 900, stalls: 1 },
          { organization: 'loud', what: '130 ms', ms: 130, stalls: 3 },
        ],
        more_organizations: 0,
      },
    ])
    // After that it starts over; where there is no second one, nothing is summed up.
    stall('hiding', 200)
    vi.advanceTimersByTime(20_000)
    expect(logged.slice(2)).toEqual([{ organization: 'hiding', what: '200 ms', ms: 200 }])
    stall('late', 200)
    stall('later', 300)
    watchdog.stop()
    expect(logged.at(-1)).toMatchObject({ worst: [{ organization: 'later' }] })
  } finally {
    vi.useRealTimers()
  }
})

test('work that is not reported is noticed by a timer that comes late', async () => {
  const logged = Promise.withResolvers<unknown>()
  watchdog = startWatchdog({ ...silentLog, warn: (first: unknown) => logged.resolve(first) })
  // A timer that keeps the process awake, so that the one of the watchdog has its turn.
  const awake = setInterval(() => {}, 10)
  await new Promise((resolve) => setTimeout(resolve, 1))
  const until = performance.now() + 3 * limits.stallMs
  while (performance.now() < until);
  expect(await logged.promise).toMatchObject({ organization: null, what: 'not known' })
  clearInterval(awake)
})
