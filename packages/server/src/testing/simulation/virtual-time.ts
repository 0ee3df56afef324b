import { platformTimers } from '../../../../sdk/src/runtime/platform-timers.ts'
import { currentProcess, type Process, type WorldEvent } from './world.ts'

/** What `setTimeout` answers in a simulated process. */
class Timer {
  event: WorldEvent | null = null

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return true
  }

  [Symbol.dispose](): void {
    this.clear()
  }

  clear(): void {
    if (this.event) this.event.cancelled = true
    this.event = null
  }
}

type Callback = (...args: unknown[]) => void

function after(owner: Process, ms: number | undefined, callback: Callback, args: unknown[]): Timer {
  const timer = new Timer()
  const delay = Number.isFinite(ms) ? Math.max(1, ms as number) : 1
  timer.event = owner.world.plan(owner, delay, 'timer', () => callback(...args))
  return timer
}

function every(owner: Process, ms: number | undefined, callback: Callback, args: unknown[]): Timer {
  const timer = new Timer()
  const again = () => {
    timer.event = owner.world.plan(owner, Math.max(1, ms ?? 1), 'interval', () => {
      again()
      callback(...args)
    })
  }
  again()
  return timer
}

function atEndOfTurn(owner: Process, callback: Callback, args: unknown[]): Timer {
  const timer = new Timer()
  timer.event = owner.world.plan(owner, 0, 'immediate', () => callback(...args))
  return timer
}

/**
 * Time and chance as the code of simulated processes sees them: virtual, and decided by the seed. All other code of this
 * Node process, the database driver and the test runner among it, has the real ones. Returns a function that restores them.
 *
 * So production code asks for the time as any code does, and nothing in it knows of the simulation.
 */
export function installVirtualTime(): () => void {
  const real = {
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    setImmediate: globalThis.setImmediate,
    clearTimeout: globalThis.clearTimeout,
    clearInterval: globalThis.clearInterval,
    clearImmediate: globalThis.clearImmediate,
  }
  const realNow = Date.now
  const realPerformanceNow = performance.now
  const realRandom = Math.random
  const realRss = process.memoryUsage.rss
  const realAbortTimeout = AbortSignal.timeout
  const realMonotonic = process.hrtime.bigint

  const clear = (of: (timer: never) => void) => (timer: unknown) =>
    timer instanceof Timer ? timer.clear() : of(timer as never)
  const replaced = {
    setTimeout: (callback: Callback, ms?: number, ...args: unknown[]) => {
      const owner = currentProcess()
      return owner ? after(owner, ms, callback, args) : real.setTimeout(callback, ms, ...args)
    },
    setInterval: (callback: Callback, ms?: number, ...args: unknown[]) => {
      const owner = currentProcess()
      return owner ? every(owner, ms, callback, args) : real.setInterval(callback, ms, ...args)
    },
    setImmediate: (callback: Callback, ...args: unknown[]) => {
      const owner = currentProcess()
      return owner ? atEndOfTurn(owner, callback, args) : real.setImmediate(callback, ...args)
    },
    clearTimeout: clear(real.clearTimeout),
    clearInterval: clear(real.clearInterval),
    clearImmediate: clear(real.clearImmediate),
  }
  Object.assign(globalThis, replaced)
  // The runtime of a child took its own before authors' timers were bound to their runs.
  Object.assign(platformTimers, replaced)
  Date.now = () => {
    const owner = currentProcess()
    return owner ? Math.floor(owner.world.nowMs + owner.clockOffsetMs) : realNow()
  }
  performance.now = () => currentProcess()?.world.sinceBeginMs ?? realPerformanceNow.call(performance)
  // One clock for all processes of a machine, as the real one is.
  process.hrtime.bigint = () => {
    const owner = currentProcess()
    return owner ? BigInt(Math.round(owner.world.sinceBeginMs * 1e6)) : realMonotonic.call(process.hrtime)
  }
  Math.random = () => currentProcess()?.world.random.next() ?? realRandom()
  process.memoryUsage.rss = () => (currentProcess() ? 100_000_000 : realRss())
  AbortSignal.timeout = (ms) => {
    const owner = currentProcess()
    if (!owner) return realAbortTimeout.call(AbortSignal, ms)
    const controller = new AbortController()
    const late = () => controller.abort(new DOMException('The operation timed out.', 'TimeoutError'))
    after(owner, ms, late, [])
    return controller.signal
  }
  return () => {
    Object.assign(globalThis, real)
    Object.assign(platformTimers, real)
    Date.now = realNow
    performance.now = realPerformanceNow
    Math.random = realRandom
    process.hrtime.bigint = realMonotonic
    process.memoryUsage.rss = realRss
    AbortSignal.timeout = realAbortTimeout
  }
}
