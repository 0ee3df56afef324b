// The whole SDK. Adding a line here is a promise.

export type { ResultOf, RunOptions } from './child-run.ts'
export type { ColumnOption, ColumnRun } from './columns.ts'
export { type ConfigItem, config } from './config.ts'
export { context } from './context.ts'
export { type Cursor, cursor } from './cursor.ts'
export type { Duration } from './durations.ts'
export { ChildRunError, FatalError, HttpError, RetryAfterError, StepError, UserError } from './errors.ts'
export {
  type EmitOptions,
  type EmittedEvent,
  events,
  type WaitForEventOptions,
  waitForEvent,
} from './events.ts'
export {
  type ExecutionDetails,
  type ExecutionInfo,
  type ExecutionLogLine,
  type ExecutionQuery,
  executions,
} from './executions.ts'
export { type FileInfo, type FileLocation, type FileOptions, files } from './files.ts'
export { graph } from './graph/graph.ts'
export type {
  ForEachOptions,
  Graph,
  GraphContext,
  GraphEventOptions,
  GraphItemContext,
  GraphOptions,
  GraphScreenOptions,
  GraphStepOptions,
} from './graph/types.ts'
export { type HttpClient, type HttpOptions, http } from './http.ts'
export {
  type IntegrationCredentialValues,
  type IntegrationInfo,
  type IntegrationMapping,
  type IntegrationScope,
  type IntegrationSetup,
  type IntegrationToken,
  integrations,
} from './integrations.ts'
export { logger } from './logger.ts'
export { type OrganizationInfo, organizations } from './organizations.ts'
export { type ConnectOptions, connect } from './outside.ts'
export { type RoleInfo, type RoleWithMembers, roles } from './roles.ts'
export { type ScreenAssignee, type ScreenOptions, type ScreenResult, screen } from './screen.ts'
export type { ScreenAnswer, ScreenFieldOptions, ScreenFields, ScreenFieldType } from './screen-fields.ts'
export type { StartManyOptions, StartManyResult } from './start-many.ts'
export { type StepContext, type StepOptions, type SuspendOptions, step } from './step.ts'
export {
  type Document,
  type TableOptions,
  type TableQuery,
  type TableScope,
  type TableTransaction,
  tables,
} from './tables.ts'
export type { ExecutionContext, FileRef, FormContext, Int, ProviderOption, Roi } from './types.ts'
export { type UserInfo, users } from './users.ts'
export { sleep, sleepUntil } from './wait.ts'
export {
  type CancelOnOptions,
  type ConcurrencyOptions,
  type DataProviderOptions,
  type DebounceOptions,
  dataProvider,
  type Executable,
  type ExecutableMetadata,
  type Json,
  type RateOptions,
  type RetryPolicyOptions,
  type ScheduleOptions,
  type SingletonOptions,
  type StartEvent,
  type StartOnOptions,
  type ToolOptions,
  tool,
  type WorkflowOptions,
  workflow,
} from './workflow.ts'
export { type StartOptions, type WorkflowInfo, workflows } from './workflows.ts'
