/**
 * Milliseconds of each call, one after another, after a warm-up.
 * @param {() => Promise<unknown>} call
 * @param {number} calls
 */
export async function inTurn(call, calls) {
  for (let n = 0; n < Math.min(500, calls / 2); n += 1) await call()
  const times = new Float64Array(calls)
  for (let n = 0; n < calls; n += 1) {
    const startedAt = performance.now()
    await call()
    times[n] = performance.now() - startedAt
  }
  return times
}

/**
 * Calls per second with so many under way.
 * @param {() => Promise<unknown>} call
 * @param {number} width
 * @param {number} forMs
 */
export async function atOnce(call, width, forMs) {
  const startedAt = performance.now()
  let calls = 0
  const lane = async () => {
    while (performance.now() - startedAt < forMs) {
      await call()
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
  return (calls / (performance.now() - startedAt)) * 1000
}

/**
 * Makes `calls` calls, 64 at a time, as our own clients do; returns how many milliseconds they took.
 * @param {() => Promise<unknown>} call
 * @param {number} calls
 */
export async function fill(call, calls) {
  const startedAt = performance.now()
  let left = calls
  const lane = async () => {
    while (left > 0) {
      left -= 1
      await call()
    }
  }
  await Promise.all(Array.from({ length: 64 }, lane))
  return performance.now() - startedAt
}

/**
 * The figures of a queue from what was timed.
 * @param {number} runs
 * @param {number} acceptMs
 * @param {number} drainMs
 */
export const drained = (runs, acceptMs, drainMs) => ({
  acceptedPerSecond: (runs / acceptMs) * 1000,
  drainedPerSecond: (runs / drainMs) * 1000,
  bothPerSecond: (runs / (acceptMs + drainMs)) * 1000,
})

/**
 * Counts jobs as they run: when the first began, and a promise of the last.
 * @param {number} expected
 */
export function counter(expected) {
  let seen = 0
  let firstAt = 0
  let finish = () => {}
  const all = new Promise((resolve) => {
    finish = () => resolve(undefined)
  })
  return {
    count() {
      if (seen === 0) firstAt = performance.now()
      seen += 1
      if (seen === expected) finish()
    },
    all,
    get firstAt() {
      return firstAt
    },
  }
}

/**
 * Asks again every few milliseconds until it is so.
 * @param {() => Promise<boolean>} isSo
 * @param {number} [everyMs]
 */
export async function until(isSo, everyMs = 5) {
  const giveUpAt = Date.now() + 120_000
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error('gave up after 2 minutes')
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

/** A free port of the loopback address. */
export async function freePort() {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  await new Promise((resolve) => server.close(resolve))
  return port
}
