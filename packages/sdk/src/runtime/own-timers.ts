import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import timerPromises from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Actor, callerActor } from './actor.ts'
import { platformTimers } from './platform-timers.ts'

type Timer = NodeJS.Timeout | NodeJS.Immediate
type Callback = (...values: unknown[]) => void
type StartTimer = (callback: Callback, ...rest: unknown[]) => Timer

/** More timers of one run than this are looked through for those that were cleared. */
const LOOK_THROUGH_AT = 256

const timersOf = new WeakMap<Actor, OwnTimers>()

/** The timers of one actor. */
class OwnTimers {
  readonly #timers = new Set<Timer>()
  #lookThroughAt = LOOK_THROUGH_AT

  add(timer: Timer): void {
    this.#timers.add(timer)
    if (this.#timers.size < this.#lookThroughAt) return
    for (const one of this.#timers) if ((one as { _destroyed?: boolean })._destroyed) this.#timers.delete(one)
    this.#lookThroughAt = Math.max(LOOK_THROUGH_AT, this.#timers.size * 2)
  }

  delete(timer: Timer): void {
    this.#timers.delete(timer)
  }

  end(): void {
    for (const timer of this.#timers) clear(timer)
    this.#timers.clear()
  }
}

function clear(timer: Timer): void {
  if ('refresh' in timer) platformTimers.clearTimeout(timer)
  else platformTimers.clearImmediate(timer)
}

function of(actor: Actor): OwnTimers {
  let own = timersOf.get(actor)
  if (!own) {
    own = new OwnTimers()
    timersOf.set(actor, own)
    actor.own(own)
  }
  return own
}

/** A timer function whose timers end with the run that starts them. */
function owned(start: StartTimer, repeats: boolean): StartTimer {
  return (callback, ...rest) => {
    const actor = typeof callback === 'function' ? callerActor() : null
    if (!actor) return start(callback, ...rest)
    if (actor.ended) {
      // The caller expects a timer; this one never fires.
      const timer = start(() => {}, ...rest)
      clear(timer)
      return timer
    }
    const own = of(actor)
    const timer = start(
      function (this: unknown, ...values) {
        if (!repeats) own.delete(timer)
        if (!actor.ended) callback.apply(this, values)
      },
      ...rest,
    )
    own.add(timer)
    return timer
  }
}

type Waits = { signal?: AbortSignal; ref?: boolean }

/** The options of a promise of time, so that it ends with the run. */
function endsWith(actor: Actor, options: Waits | undefined): Waits {
  const signal = options?.signal ? AbortSignal.any([options.signal, actor.signal]) : actor.signal
  return { ...options, signal }
}

/** Binds the timers that authors and their libraries use to the runs that start them. */
export function ownTimers(): void {
  const pairs = [
    ['setTimeout', false],
    ['setInterval', true],
    ['setImmediate', false],
  ] as const
  const promises = { ...timerPromises }
  const wait = (ms?: number, value?: unknown, options?: Waits) => {
    const actor = callerActor()
    if (!actor) return promises.setTimeout(ms, value, options)
    return actor.ended ? actor.refuse() : promises.setTimeout(ms, value, endsWith(actor, options))
  }
  const ownPromises = {
    setTimeout: wait,
    setImmediate: (value?: unknown, options?: Waits) => {
      const actor = callerActor()
      if (!actor) return promises.setImmediate(value, options)
      return actor.ended ? actor.refuse() : promises.setImmediate(value, endsWith(actor, options))
    },
    setInterval: (ms?: number, value?: unknown, options?: Waits) => {
      const actor = callerActor()
      return promises.setInterval(ms, value, actor ? endsWith(actor, options) : options)
    },
  }
  Object.assign(timerPromises, ownPromises)
  timerPromises.scheduler.wait = ((ms: number, options?: Waits) =>
    wait(ms, undefined, options)) as typeof timerPromises.scheduler.wait
  for (const [name, repeats] of pairs) {
    const own = Object.assign(owned(platformTimers[name] as unknown as StartTimer, repeats), {
      [promisify.custom]: ownPromises[name],
    })
    Object.assign(globalThis, { [name]: own })
    Object.assign(timers, { [name]: own })
  }
  syncBuiltinESMExports()
}
