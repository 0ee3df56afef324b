export { ACTING_HEADERS, ACTING_PATH, actingPath } from './acting.ts'
export { type Backoff, backoffMs } from './backoff.ts'
export { ApiError, type Client, type ClientOptions, createClient, pathOf } from './client.ts'
export { isDateTime, isDay, zonedText } from './dates.ts'
export {
  type ClosedPort,
  type EgressRules,
  type EgressTarget,
  egressRules,
  type NetModule,
  type NextHop,
  nextHop,
  parseEgressRule,
  type RedirectedRequest,
} from './egress.ts'
export { type EgressAnswer, EgressRequest } from './egress-line.ts'
export { AppError, ErrorBody, type ErrorCode, errorCodes, FieldError, validationError } from './errors.ts'
export {
  ColumnCell,
  ExecuteAnswer,
  ExecuteWithDetails,
  Execution,
  ExecutionAttempt,
  ExecutionError,
  ExecutionSummary,
  LogLevel,
  LogLine,
  ResultKind,
  type StreamEvent,
  Trigger,
} from './execution.ts'
export { ExecutionFilter, executionFilterFields } from './execution-filter.ts'
export {
  type Expression,
  type ExpressionValues,
  evaluateExpression,
  expressionFields,
  isTrue,
  type ParsedExpression,
  parseExpression,
} from './expression.ts'
export { fetchReason } from './fetch-reason.ts'
export {
  asksFor,
  ExpressionText,
  Form,
  FormAccess,
  FormField,
  FormFieldType,
  FormOption,
  FormSummary,
  FormTexts,
  FormValidation,
  fieldOf,
  ProviderInput,
  ShownField,
  ShownForm,
  WrittenFormField,
} from './form.ts'
export { type AnswerCheck, type AnswerOptions, checkAnswers, defaultOf, readValue } from './form-answers.ts'
export { checkFields, type FieldsCheck } from './form-check.ts'
export {
  optionNeeds,
  providerFields,
  shownField,
  storedExpression,
  type VisibleFields,
  visibleFields,
} from './form-graph.ts'
export { type GraphLane, GraphNode, GraphNodeKind } from './graph.ts'
export { type InputCheck, inputChecker, inputSchema } from './input.ts'
export {
  credentialsOf,
  type IntegrationAuth,
  IntegrationAuthSettings,
  IntegrationCredentials,
  IntegrationField,
  type IntegrationState,
  integrationAuths,
  integrationFieldTypes,
  integrationStates,
  isOwnHost,
} from './integration.ts'
export {
  type IntegrationProblem,
  integrationProblems,
  integrationProblemText,
} from './integration-problems.ts'
export {
  JournalEntry,
  StepAttempt,
  StepFailure,
  StepKind,
  StepPlace,
  StepRoi,
  StepStatus,
  WaitFor,
} from './journal.ts'
export { countValues, excessOf, isTextDeeper, isValueDeeper } from './json-values.ts'
export { Language, languageOf } from './language.ts'
export { limits } from './limits.ts'
export type { PlatformMethod } from './methods/method.ts'
export { isMethodName, type MethodArgs, type MethodName, type MethodResult, methods } from './methods.ts'
export { asFileName, asName, nameSchema } from './names.ts'
export { isPage, pages } from './pages.ts'
export { CallArgument, FileRef, Json, labelOf, Option, Parameter, ParameterType } from './parameters.ts'
export {
  type AccountRole,
  accountRoles,
  type Permission,
  permissions,
  permissionsOf,
  roleMay,
} from './permissions.ts'
export { problemOf } from './problem-text.ts'
export {
  CallError,
  FromChild,
  PROTOCOL_VERSION,
  RunContext,
  RunFailure,
  RunTarget,
  type ToChild,
} from './protocol.ts'
export { type QuotaName, quotaDefaults, quotaNames } from './quotas.ts'
export type { Method, Route, RouteAnswer, RouteArguments, RouteInput } from './route.ts'
export { ApiKey, Me, NewPassword, type OwnedKind, ownedKinds } from './routes/accounts.ts'
export { AuditFilter, AuditRow } from './routes/audit.ts'
export { BulkAction, BulkProgress } from './routes/bulk.ts'
export { ConfigEntry, ConfigKey, ConfigOwner } from './routes/config.ts'
export { DeviceLogin } from './routes/devices.ts'
export { EgressRule } from './routes/egress.ts'
export { EndpointAnswer, EndpointKey } from './routes/endpoints.ts'
export { EmitAnswer, EventDelivery, EventDetail, EventName, EventSummary } from './routes/events.ts'
export {
  DroppedWorkflows,
  EditorFile,
  FileInfo,
  FileLocation,
  FileMatches,
  SignedUrl,
  TreeNode,
} from './routes/files.ts'
export { FormLink } from './routes/forms.ts'
export { HistoryCheck } from './routes/histories.ts'
export { Integration, IntegrationMapping, IntegrationSummary } from './routes/integrations.ts'
export { FoundLine } from './routes/logs.ts'
export { Organization } from './routes/organizations.ts'
export { PythonPackages } from './routes/packages.ts'
export { QuotaUsage, Usage } from './routes/quotas.ts'
export { GrantKind, Role, RoleDetail, RoleGrant, WorkflowAccess } from './routes/roles.ts'
export { Schedule, ScheduleFireTime } from './routes/schedules.ts'
export {
  Passkey,
  SecondFactorNeeded,
  Security,
  Session,
  SignInAnswer,
  secondFactors,
} from './routes/sign-in.ts'
export { IdentityProvider, newPeopleRoles } from './routes/single-sign-on.ts'
export { Step } from './routes/steps.ts'
export { Invitation, User } from './routes/users.ts'
export { SavedView, ViewFilter, ViewList } from './routes/views.ts'
export { type RouteName, routes } from './routes.ts'
export { FromScreen, type ToScreen } from './screen-frame.ts'
export { type SignInProblem, signInProblems, signInProblemText } from './sign-in-problems.ts'
export { ExecutionStatus, executionCan, isTerminal, nextStatuses, statusesFor } from './statuses.ts'
export {
  Condition,
  RowData,
  RowId,
  RowOrder,
  RowQuery,
  StepTransaction,
  TableName,
  TableRead,
  TableRef,
  TableRow,
  TableWrite,
  UpsertKey,
  Where,
} from './table.ts'
export { ImportProblem, TableFileEncoding, TableFileFormat, TableImport } from './table-import.ts'
export {
  ColumnType,
  NewTable,
  NewTableIndex,
  PolicyVerb,
  TableAccess,
  TableChange,
  TableColumn,
  TableColumns,
  TableDetail,
  TableIndex,
  TablePolicy,
  TableSummary,
} from './table-shape.ts'
export {
  Task,
  TaskAction,
  TaskActivity,
  TaskAssignee,
  TaskSpec,
  TaskStatus,
  TaskSummary,
  TaskTarget,
} from './task.ts'
export {
  CancelOn,
  ConcurrencyOption,
  FlowControl,
  RetryPolicy,
  ScheduleCatchUp,
  ScheduleOption,
  ScheduleOverlap,
  SourceNote,
  StartOn,
  Workflow,
  WorkflowStatus,
  WorkflowSummary,
  WorkflowType,
  WorkspaceProblem,
} from './workflow.ts'
