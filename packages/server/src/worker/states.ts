import type { Transitions } from './state-machine.ts'

// The state machines of a worker: what each of its parts may be, and what may follow. `StateMachine` refuses a change that
// is not in these tables.

/**
 * What a worker does.
 *
 * - `new`: nothing. Becomes `working` when it has its lease.
 * - `working`: takes live work, and sees each run to its end. Becomes `stopping` with `stop()`.
 * - `stopping`: takes no more; runs that are here may finish for a while, and are given back after it.
 * - `stopped`: its lease is over.
 */
type WorkerMode = 'new' | 'working' | 'stopping' | 'stopped'

export const workerModes: Transitions<WorkerMode> = {
  new: ['working', 'stopping'],
  working: ['stopping'],
  stopping: ['stopped'],
  stopped: [],
}

/**
 * The lease of a worker, as the worker itself sees it.
 *
 * - `new`: not taken yet.
 * - `held`: by our own clock, as long as `isValid` says. Becomes `lapsed` when a look finds that time over.
 * - `lapsed`: others may have our runs. Becomes `held` when it was renewed and the runs of others were let go.
 * - `left`: given up. It is renewed no more.
 */
type LeaseState = 'new' | 'held' | 'lapsed' | 'left'

export const leaseStates: Transitions<LeaseState> = {
  new: ['held', 'lapsed', 'left'],
  held: ['lapsed', 'left'],
  lapsed: ['held', 'left'],
  left: [],
}

/**
 * Who asks the queue, one at a time.
 *
 * - `free`: no claim is under way. Becomes `claiming` for a claim, or to release orphaned claims.
 * - `claiming`: one is under way. Becomes `free` when it is answered, and `claim_again` when a claim is asked for meanwhile.
 * - `claim_again`: the same, and the next one follows it.
 * - `stopped`: no further one begins; what was under way is still taken.
 */
type ClaimState = 'free' | 'claiming' | 'claim_again' | 'stopped'

export const claimStates: Transitions<ClaimState> = {
  free: ['claiming', 'stopped'],
  claiming: ['free', 'claim_again', 'stopped'],
  claim_again: ['free', 'stopped'],
  stopped: [],
}

/**
 * Where an attempt is. Each of them ends when the run is stopped, when its claim is lost, or when the server stops.
 *
 * - `reading`: its code is being read. Becomes `queued` with the code, and ends when there is none.
 * - `queued`: the pool has it, and no child does: none of its code has begun. Becomes `running` in a child, and ends when
 *   the code cannot be loaded.
 * - `running`: a child was told to begin it. Becomes `queued` again when that child did not begin it in time, and ends when
 *   it is done, fails, suspends itself, or its child is gone.
 * - `ended`: nothing of it is heard any more, and what became of it is being written. Nothing follows.
 */
type AttemptPhase = 'reading' | 'queued' | 'running' | 'ended'

export const attemptPhases: Transitions<AttemptPhase> = {
  reading: ['queued', 'ended'],
  queued: ['running', 'ended'],
  running: ['queued', 'ended'],
  ended: [],
}

/**
 * How far the stop of an attempt has come. Its reason is kept beside it: a child may see its time pass, and begin to undo,
 * before the worker has said anything.
 *
 * - `none`: it may take its time. Becomes `told` by a cancel or a time limit, and `undoing` when its time is over and the
 *   child says that it undoes.
 * - `told`: the child was told, and has a short grace. An attempt that was claimed only to undo begins here. Becomes
 *   `undoing` when the child says so.
 * - `undoing`: the child undoes what the run did, for a few minutes at most.
 * - `undo_over`: that time is over as well; the child was told to let go. Nothing follows.
 */
type StopPhase = 'none' | 'told' | 'undoing' | 'undo_over'

export const stopPhases: Transitions<StopPhase> = {
  none: ['told', 'undoing'],
  told: ['undoing', 'undo_over'],
  undoing: ['undo_over'],
  undo_over: [],
}

/**
 * The life of a child process. Each of them ends with the process.
 *
 * - `blank`: it has no code, and belongs to no organization. Becomes `loading` when it gets some.
 * - `loading`: it loads the code of one organization. Becomes `serving`, or `retiring` when the code throws.
 * - `serving`: it takes runs. Becomes `retiring` when it has served enough, is idle, holds more than it may, or when what
 *   one of its runs left behind may still be continuing.
 * - `retiring`: it takes no further runs, and ends when it has none.
 * - `ended`: the process is gone, and all that it said was read.
 */
type ChildLife = 'blank' | 'loading' | 'serving' | 'retiring' | 'ended'

export const childLives: Transitions<ChildLife> = {
  blank: ['loading', 'ended'],
  loading: ['serving', 'retiring', 'ended'],
  serving: ['retiring', 'ended'],
  retiring: ['ended'],
  ended: [],
}

/**
 * Whether a child yields. `answering` becomes `asked` with a ping; with the next ping that finds the last one unanswered,
 * it is `blocked`. Any answer makes it `answering` again.
 */
type PulseState = 'answering' | 'asked' | 'blocked'

export const pulseStates: Transitions<PulseState> = {
  answering: ['asked'],
  asked: ['answering', 'blocked'],
  blocked: ['answering'],
}
