import { accountRoutes } from './routes/accounts.ts'
import { auditRoutes } from './routes/audit.ts'
import { bulkRoutes } from './routes/bulk.ts'
import { configRoutes } from './routes/config.ts'
import { deviceRoutes } from './routes/devices.ts'
import { egressRoutes } from './routes/egress.ts'
import { endpointRoutes } from './routes/endpoints.ts'
import { eventRoutes } from './routes/events.ts'
import { executionRoutes } from './routes/executions.ts'
import { fileRoutes } from './routes/files.ts'
import { formRoutes } from './routes/forms.ts'
import { historyRoutes } from './routes/histories.ts'
import { integrationRoutes } from './routes/integrations.ts'
import { logRoutes } from './routes/logs.ts'
import { organizationRoutes } from './routes/organizations.ts'
import { packageRoutes } from './routes/packages.ts'
import { quotaRoutes } from './routes/quotas.ts'
import { roleRoutes } from './routes/roles.ts'
import { scheduleRoutes } from './routes/schedules.ts'
import { sdkRoutes } from './routes/sdk.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { singleSignOnRoutes } from './routes/single-sign-on.ts'
import { stepRoutes } from './routes/steps.ts'
import { systemRoutes } from './routes/system.ts'
import { tableRoutes } from './routes/tables.ts'
import { taskRoutes } from './routes/tasks.ts'
import { userRoutes } from './routes/users.ts'
import { viewRoutes } from './routes/views.ts'
import { workflowRoutes } from './routes/workflows.ts'

/** The whole HTTP API. No route exists for the web app alone. */
export const routes = {
  ...systemRoutes,
  ...accountRoutes,
  ...signInRoutes,
  ...deviceRoutes,
  ...singleSignOnRoutes,
  ...organizationRoutes,
  ...userRoutes,
  ...roleRoutes,
  ...workflowRoutes,
  ...executionRoutes,
  ...logRoutes,
  ...bulkRoutes,
  ...historyRoutes,
  ...stepRoutes,
  ...tableRoutes,
  ...taskRoutes,
  ...fileRoutes,
  ...configRoutes,
  ...scheduleRoutes,
  ...eventRoutes,
  ...endpointRoutes,
  ...auditRoutes,
  ...formRoutes,
  ...sdkRoutes,
  ...integrationRoutes,
  ...egressRoutes,
  ...quotaRoutes,
  ...packageRoutes,
  ...viewRoutes,
} as const
/** The name of a route, which is also its operationId in the OpenAPI document. */
export type RouteName = keyof typeof routes
