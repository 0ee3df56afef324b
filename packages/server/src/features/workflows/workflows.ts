// What other features import of workflows.
export { createUsableWorkflows, type UsableWorkflows } from './access.ts'
export { createExecutor, type Executor } from './execute.ts'
export { type ForkAnswer, type ForkRequest, forkRun } from './fork-run.ts'
export { acceptsExtra, createRunStarter, plannedTime, type RunStarter, rerunWorkflow } from './start-run.ts'
