import type { Socket } from 'node:net'
import { type CurrentRun, callerRun, type StandIn } from '../current-run.ts'
import { platformTimers } from './platform-timers.ts'

/**
 * Inside of `fetch`. Its connections are those of all runs: each request ends with its run by a signal, so that a connection
 * need not, and one run's end costs no other its answer.
 */
export class FetchCall implements StandIn {
  readonly #actor: Actor | null

  constructor(actor: Actor | null) {
    this.#actor = actor
  }

  standsFor(): CurrentRun | undefined {
    return this.#actor?.run
  }
}

/** What a call gets whose run has ended, and one that no run makes. The messages say what to do. */
export class ActorError extends Error {
  override readonly name = 'ActorError'
  readonly code: 'run_ended' | 'no_run'

  constructor(code: 'run_ended' | 'no_run') {
    super(
      code === 'run_ended'
        ? 'The run that this call belongs to has ended, so the call was not made. Await everything before the workflow returns.'
        : 'This call does not belong to a run, so it was not made. Make outbound calls inside a workflow, not in timers and callbacks of a module.',
    )
    this.code = code
  }
}

/** Whether an error, or what caused it, says that something of an ended run, or of no run, was refused. */
export function isActorError(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++)
    if (cause instanceof ActorError) return true
  return false
}

/** So often the code of an ended run is told; then its calls stay without an answer, so that it cannot spin. */
const REFUSALS_MAX = 50

/** What an actor has under way, and how it is ended. */
export interface Owned {
  /** `heir`: who takes it over, where it is a connection that may serve others; null when it only ends. */
  end(how: ActorEnd, heir: Actor | null): void
}

/** `done`: connections may be reused by later runs. `stopped`: whatever is under way is cut off. */
export type ActorEnd = 'done' | 'stopped'

/** What is under way together, and ends together. */
class Holder {
  #ended = false
  #abort: AbortController | null = null
  #owned: Set<Owned> | null = null

  get ended(): boolean {
    return this.#ended
  }

  /** Aborts at the end. Made when it is asked for: most runs need none. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  own(owned: Owned): void {
    this.#owned ??= new Set()
    this.#owned.add(owned)
  }

  release(owned: Owned): void {
    this.#owned?.delete(owned)
  }

  end(how: ActorEnd, heir: Actor | null = null): void {
    if (this.#ended) return
    this.#ended = true
    const owned = this.#owned
    this.#owned = null
    for (const one of owned ?? []) one.end(how, heir)
    this.#abort?.abort(new ActorError('run_ended'))
  }
}

/**
 * What modules have under way by themselves. They may connect to what they need while they load, and finish that while
 * the first run continues. When that ends, so does this: from then on it is unknown what a module does by itself from what a
 * run that is over left to it, in a loop, a timer or a context that it kept.
 */
export const modules = new Holder()

/** While the author's modules load, they may ask for anything. */
export const loading = { now: true }

/** Whether code that no run has called may connect, and send. */
export const mayActAlone = (): boolean => !modules.ended

/**
 * On whose account something acts outside: the code of a run, or the undoing of its steps. Everything that leaves the
 * process asks for its actor first, and ends with it: this is what makes the end of a run its end.
 */
export class Actor extends Holder {
  #refusals = 0
  /** What its code finds as its run. */
  readonly run: CurrentRun

  constructor(run: CurrentRun) {
    super()
    this.run = run
  }

  override end(how: ActorEnd, heir: Actor | null = null): void {
    super.end(how, heir)
    modules.end('stopped')
  }

  /** Whether a refusal is told; each counts. */
  tellsRefusal(): boolean {
    return this.#refusals++ < REFUSALS_MAX
  }

  /** Rejects in a later turn of the event loop, so that code which swallows errors cannot keep the process busy. */
  refuse(): Promise<never> {
    return this.tellsRefusal() ? later(new ActorError('run_ended')) : new Promise<never>(() => {})
  }
}

export const later = (error: Error): Promise<never> =>
  new Promise((_, reject) => platformTimers.setImmediate(() => reject(error)))

/** Who calls; null for code that no run has called. */
export const callerActor = (): Actor | null => (callerRun() as { actor?: Actor } | undefined)?.actor ?? null

/** A socket whose refusal is told by its error. */
export function refuseSocket(
  socket: Omit<Socket, 'connecting'> & { connecting: boolean },
  actor: Actor | null,
): void {
  // What is written meanwhile waits for the connection; otherwise each write would fail at once, and be tried again.
  socket.connecting = true
  if (actor && !actor.tellsRefusal()) return
  platformTimers.setImmediate(() => socket.destroy(new ActorError(actor ? 'run_ended' : 'no_run')))
}
