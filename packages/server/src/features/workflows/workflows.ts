// What other features import of workflows.
export { createRunStarter, type RunStarter, rerunWorkflow } from './start-run.ts'
