// What other features import of workflows.

export { createExecutor, type Executor } from './execute.ts'
export { type ForkAnswer, type ForkRequest, forkRun } from './fork-run.ts'
export { acceptsExtra, createRunStarter, plannedTime, type RunStarter, rerunWorkflow } from './start-run.ts'
