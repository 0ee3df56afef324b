import { z } from 'zod'
import { ExecuteAnswer, ExecuteWithDetails } from '../execution.ts'
import { Language } from '../language.ts'
import { limits } from '../limits.ts'
import { Json } from '../parameters.ts'
import { route } from '../route.ts'
import { ExecutionStatus } from '../statuses.ts'
import { Workflow, WorkflowSummary, WorkflowType, WorkspaceProblem } from '../workflow.ts'
import { Cursor, IdOrName, Limit, ListScope, Nothing, page } from './common.ts'

const tag = 'Workflows'
const Input = z.record(z.string(), Json).describe('One member per parameter of the workflow')

export const workflowRoutes = {
  listWorkflows: route({
    method: 'GET',
    path: '/api/workflows',
    permission: 'workflow:read',
    tag,
    summary: 'List workflows, tools and data providers',
    description:
      'Also answers `problems`: workspace files that could not be read, each with its error and line. With `refresh`, `is_complete` is false when reading the changed files takes longer than a caller waits: ask again.',
    query: z.strictObject({
      type: WorkflowType.optional(),
      category: z.string().max(200).optional(),
      tag: z.string().max(200).optional(),
      search: z.string().max(200).optional(),
      is_tool: z.boolean().optional(),
      refresh: z.boolean().optional().describe('Read the files again first'),
      endpoint: z.boolean().optional(),
      status: z.enum(['active', 'error', 'missing']).optional(),
      scope: ListScope.describe(
        'For platform administrators: `global`, or the ID of one organization, for what it owns; absent: what is visible here',
      ),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(WorkflowSummary).extend({
      problems: z.array(WorkspaceProblem),
      /** False: with `refresh`, files are still being read. */
      is_complete: z.boolean(),
    }),
  }),
  getWorkflow: route({
    method: 'GET',
    path: '/api/workflows/{id}',
    permission: 'workflow:read',
    tag,
    summary: 'Get one workflow with all its settings',
    params: IdOrName,
    response: Workflow,
  }),
  getWorkflowSource: route({
    method: 'GET',
    path: '/api/workflows/{id}/source',
    permission: 'file:read',
    tag,
    summary: 'Get the source file of a workflow',
    params: IdOrName,
    response: z.object({ path: z.string(), line: z.int().nullable(), content: z.string() }),
  }),
  createWorkflow: route({
    method: 'POST',
    path: '/api/workflows',
    permission: 'workflow:write',
    bodyBytesMax: limits.bodyBytesMax,
    tag,
    summary: 'Create a workflow file in the workspace',
    description:
      'Writes `path` (derived from the name when absent) and reads it. 409 when the file or the name exists.',
    status: 201,
    body: z.strictObject({
      name: z.string().regex(/^[A-Za-z_$][\w$]{0,99}$/, 'must be a name that code can have'),
      path: z.string().max(300).optional(),
      language: Language.optional(),
      code: z.string().max(limits.sourceFileBytesMax).optional(),
      description: z.string().max(2000).optional(),
      category: z.string().max(100).optional(),
    }),
    response: Workflow,
  }),
  updateWorkflow: route({
    method: 'PUT',
    path: '/api/workflows/{id}',
    permission: 'workflow:write',
    bodyBytesMax: limits.bodyBytesMax,
    tag,
    summary: 'Replace the source file of a workflow',
    description:
      'The file may define other workflows as well; all are read again. A file that does not parse is refused, and so is a file that would remove another workflow, unless `force` is set or `replacements` says under which name it continues.',
    params: IdOrName,
    body: z.strictObject({
      code: z.string().max(limits.sourceFileBytesMax),
      force: z.boolean().optional(),
      replacements: z.record(z.uuid(), z.string().min(1).max(200)).optional(),
    }),
    response: Workflow,
  }),
  deleteWorkflow: route({
    method: 'DELETE',
    path: '/api/workflows/{id}',
    permission: 'workflow:write',
    tag,
    summary: 'Delete a workflow and its file',
    description:
      'The file must define nothing else (409 otherwise). A workflow whose file is already gone is removed; its history is kept.',
    params: IdOrName,
    status: 204,
    response: Nothing,
  }),
  executeWorkflow: route({
    method: 'POST',
    path: '/api/workflows/{id}/execute',
    permission: 'workflow:run',
    bodyBytesMax: limits.bodyBytesMax,
    waits: true,
    tag,
    summary: 'Run a workflow and wait until it ends',
    description: 'Answers 200 for every final `status`. An invalid input answers 422, and nothing runs.',
    params: IdOrName,
    body: z.strictObject({ input: Input.optional() }),
    response: ExecuteAnswer,
  }),
  runWorkflow: route({
    method: 'POST',
    path: '/api/workflows/{id}/run',
    permission: 'workflow:run',
    bodyBytesMax: limits.bodyBytesMax,
    tag,
    summary: 'Queue a run and return at once',
    description:
      'At most one of `scheduled_at` (ISO 8601 with a zone, up to a year ahead) and `delay_seconds`. Two calls with one idempotency key start one run.',
    params: IdOrName,
    status: 202,
    body: z.strictObject({
      input: Input.optional(),
      scheduled_at: z.string().max(40).optional(),
      delay_seconds: z.number().optional(),
      idempotency_key: z.string().min(1).max(200).optional(),
      priority: z.int().min(-100).max(100).optional().describe('Overrides the priority of the workflow'),
    }),
    response: z.object({
      execution_id: z.uuid(),
      status: ExecutionStatus,
      duplicate: z
        .boolean()
        .describe(
          'No new run was created: the answer is an existing one (idempotency key, singleton, debounce)',
        ),
    }),
  }),
  testWorkflow: route({
    method: 'POST',
    path: '/api/workflows/{id}/test',
    permission: 'workflow:write',
    bodyBytesMax: limits.bodyBytesMax,
    waits: true,
    tag,
    summary: 'Run with sample input; the run is not kept in history',
    params: IdOrName,
    body: z.strictObject({ input: Input.optional() }),
    response: ExecuteWithDetails,
  }),
  executeCode: route({
    method: 'POST',
    path: '/api/workflows/code/execute',
    permission: 'code:execute',
    bodyBytesMax: limits.bodyBytesMax,
    waits: true,
    tag,
    summary: 'Run a piece of TypeScript or Python',
    description:
      '`code` is the body of an async function that sees `input`; in TypeScript it may `import()` from the workspace and its packages, `await` and `return`. Python imports as any module does.',
    body: z.strictObject({
      code: z.string().min(1).max(limits.codeBytesMax),
      language: Language.optional(),
      input: z.record(z.string(), Json).optional(),
      timeout_seconds: z.number().min(1).max(limits.timeoutSecondsMax).optional(),
    }),
    response: ExecuteWithDetails,
  }),
} as const
