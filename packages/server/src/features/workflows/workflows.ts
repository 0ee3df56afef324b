// What other features import of workflows.
export { type ForkAnswer, type ForkRequest, forkRun } from './fork-run.ts'
export { createRunStarter, type RunStarter, rerunWorkflow } from './start-run.ts'
