// The face of the engine: all that features and main.ts may use of it (a test sees to that), by what it is for. What lies
// behind it may change without them. A function takes the `Engine`, or the `query` of the transaction that it is a part of;
// one of those that leaves something to tell after the commit says which function tells it.

// The engine of this process, which main.ts makes.

export { createEngine } from './create-engine.ts'
export type { Engine } from './types.ts'

// START. Whatever the trigger, work begins with one of these three.

export { type StartedExecution, startExecution, startExecutionWithin } from './start/start-execution.ts'
export { type ManySpec, type StartedItem, type StartItem, startMany } from './start/start-many.ts'
export type { CancelOnEvent, ExecutionSpec } from './types.ts'

// What a new run has of its workflow's rules, which may hold it back, and what it comes from.

export { flowOf, idempotencyKeyOf, type StoredFlow } from './flow-control/flow.ts'
export { type OriginColumns, type RunOrigin, rerunOrigin } from './start/run-origin.ts'

// CANCEL. The second one is for callers who wait no longer, and spares a run that has begun.

export { cancelExecution } from './run/cancel.ts'
export { withdrawUnstarted } from './run/withdraw-unstarted.ts'

// ANSWER what a run waits for: lock the wait, answer it, or rewind the run to an earlier step; announce after the commit.

export { answerWait, type WaitAnswer } from './run/answer.ts'
export { lockWait } from './run/lock-run.ts'
export { announceRewound, rewindRun } from './run/rewind.ts'
export { announceWoken } from './run/wake.ts'

// The same for a step that was suspended through the SDK, in a transaction of its own.

export { resumeExecution } from './run/resume.ts'

// EMIT. What an event does to runs that are there; what it starts begins with `startExecutionWithin`.

export { applyEvent } from './events/apply-event.ts'
export { lockEventName } from './events/waits.ts'

// MOVE a suspended run to another version of its code, and read what that must fit.

export { type CheckableRun, type HistoryOutcome, readCheckable } from './run/checkable.ts'
export { moveRun } from './run/park.ts'

// TIME. A scheduler does what is due, and the jobs that it is given.

export { forgetOld } from './forget-old.ts'
export { type Job, Scheduler } from './scheduler.ts'
export { createScheduleJob } from './schedules/job.ts'
export { scheduleOrigin } from './schedules/start-fire-times.ts'
