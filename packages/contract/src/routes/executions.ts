import { z } from 'zod'
import { Execution, ExecutionAttempt, ExecutionSummary, LogLevel, LogLine, ResultKind } from '../execution.ts'
import { executionFilterFields } from '../execution-filter.ts'
import { limits } from '../limits.ts'
import { Json } from '../parameters.ts'
import { route } from '../route.ts'
import { ExecutionStatus } from '../statuses.ts'
import { Cursor, Id, Limit, page } from './common.ts'

const tag = 'Executions'

export const executionRoutes = {
  listExecutions: route({
    method: 'GET',
    path: '/api/executions',
    permission: 'execution:read',
    tag,
    summary: 'List runs, newest first',
    query: z.strictObject({
      ...executionFilterFields,
      scope: z
        .string()
        .max(36)
        .optional()
        .describe(
          'For platform administrators who act for their own organization: the ID of another organization',
        ),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
      count: z.boolean().optional().describe('Also answer `total`'),
    }),
    response: page(ExecutionSummary).extend({
      /** All runs of the filter, on whatever page; only when `count` asks for it. */
      total: z.int().optional(),
    }),
  }),
  getExecution: route({
    method: 'GET',
    path: '/api/executions/{id}',
    permission: 'execution:read',
    tag,
    summary: 'Get one run',
    params: Id,
    response: Execution,
  }),
  getExecutionResult: route({
    method: 'GET',
    path: '/api/executions/{id}/result',
    permission: 'execution:read',
    tag,
    summary: 'Get the result of a run',
    params: Id,
    response: z.object({ status: ExecutionStatus, result: Json, result_kind: ResultKind.nullable() }),
  }),
  getExecutionLogs: route({
    method: 'GET',
    path: '/api/executions/{id}/logs',
    permission: 'execution:read',
    tag,
    summary: 'Get log lines, oldest first',
    description:
      'Debug lines are included for callers who may debug. A page ends after `limit` lines, or 8 MB of them; `next_after` as `after` gives the next.',
    params: Id,
    query: z.strictObject({
      after: z.int().min(0).optional().describe('Lines with a greater seq'),
      level: z.array(LogLevel).max(4).optional(),
      search: z.string().max(200).optional(),
      limit: z.int().min(1).max(10_000).optional(),
    }),
    response: z.object({ items: z.array(LogLine), next_after: z.int().nullable() }),
  }),
  listExecutionAttempts: route({
    method: 'GET',
    path: '/api/executions/{id}/attempts',
    permission: 'execution:read',
    tag,
    summary: 'Get the attempts of the retry policy, with their errors, and the next one when it is planned',
    params: Id,
    response: z.object({ items: z.array(ExecutionAttempt) }),
  }),
  getExecutionVariables: route({
    method: 'GET',
    path: '/api/executions/{id}/variables',
    permission: 'execution:debug',
    tag,
    summary: 'Get the local variables of the run at its end or failure',
    params: Id,
    response: z.object({ variables: z.record(z.string(), Json) }),
  }),
  streamExecution: route({
    method: 'GET',
    path: '/api/executions/{id}/stream',
    permission: 'execution:read',
    tag,
    summary: 'Follow a run live (server-sent events)',
    description:
      'Events: `status`, `log` (its ID is the seq), `end`. A stream that is opened late, or again with Last-Event-ID, starts with the missing events, and always ends with `end`.',
    params: Id,
    transport: 'events',
    response: z.string(),
  }),
  listExecutionChildren: route({
    method: 'GET',
    path: '/api/executions/{id}/children',
    permission: 'execution:read',
    tag,
    summary: 'List the runs that a run started, newest first, with their number per status',
    description:
      'Runs of `workflows.startMany` and of `workflows.run`. `counts` and `total` cover all of them, not only this page.',
    params: Id,
    query: z.strictObject({
      status: z.array(ExecutionStatus).max(10).optional().describe('Repeat for several'),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(ExecutionSummary).extend({
      counts: z.partialRecord(ExecutionStatus, z.int()),
      total: z.int(),
    }),
  }),
  cancelExecution: route({
    method: 'POST',
    path: '/api/executions/{id}/cancel',
    permission: 'execution:cancel',
    tag,
    summary: 'Cancel a run',
    description:
      'Called again while the run is cancelling, it answers 200 and changes nothing. A finished run answers 400, a cancelled one 409.',
    params: Id,
    response: ExecutionSummary,
  }),
  resumeExecution: route({
    method: 'POST',
    path: '/api/executions/{id}/resume',
    permission: 'execution:resume',
    bodyBytesMax: limits.bodyBytesMax,
    tag,
    summary: 'Answer a step that waits for it',
    description:
      'Any JSON is an answer, including `null` and `false`. The first answer counts; a later one gets 409 with who was first and when. An answer that comes before the run asks is kept for it (`step` is null then).',
    params: Id,
    body: z.strictObject({
      data: Json,
      step: z.string().max(1000).optional().describe('Name or key of the step; needed when several wait'),
    }),
    response: z.object({ execution_id: z.uuid(), step: z.string().nullable() }),
  }),
  rerunExecution: route({
    method: 'POST',
    path: '/api/executions/{id}/rerun',
    permission: 'workflow:run',
    bodyBytesMax: limits.bodyBytesMax,
    tag,
    summary: 'Start a new run with the same input or a changed one',
    params: Id,
    status: 202,
    body: z.strictObject({ input: z.record(z.string(), Json).optional() }),
    response: z.object({ execution_id: z.uuid(), status: ExecutionStatus }),
  }),
  forkExecution: route({
    method: 'POST',
    path: '/api/executions/{id}/fork',
    permission: 'workflow:run',
    bodyBytesMax: limits.bodyBytesMax,
    tag,
    summary: 'Start a new run of the same code from one of its steps',
    description:
      'The results before that step are kept, and those steps do not run again; `outputs` replaces outputs of them, by key. With `dry_run` it only says what would be kept.',
    params: Id,
    status: 202,
    body: z.strictObject({
      from_step: z.string().min(1).max(1000).describe('Key of a step, such as `send#2`, or its name'),
      input: z.record(z.string(), Json).optional(),
      outputs: z.record(z.string(), Json).optional(),
      dry_run: z.boolean().optional(),
    }),
    response: z.object({
      /** Null for a dry run. */
      execution_id: z.uuid().nullable(),
      status: ExecutionStatus.nullable(),
      /** Keys of the steps that the new run has done already. */
      kept: z.array(z.string()),
      /** Keys of the others that the old run had come to. */
      again: z.array(z.string()),
    }),
  }),
} as const
