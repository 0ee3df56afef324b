// What other features import of workflows, beside its value (feature.ts).
export type { UsableWorkflows } from './access.ts'
export type { Executor } from './execute.ts'
export { type ForkAnswer, type ForkRequest, forkRun } from './fork-run.ts'
export { acceptsExtra, plannedTime, type RunStarter, rerunWorkflow } from './start-run.ts'
