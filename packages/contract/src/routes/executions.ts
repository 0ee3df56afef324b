import { z } from 'zod'
import { Execution, ExecutionSummary, LogLevel, LogLine, ResultKind, Trigger } from '../execution.ts'
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
      workflow: z.string().max(200).optional().describe('Id or name of a workflow'),
      status: z.array(ExecutionStatus).max(10).optional().describe('Repeat for several'),
      trigger: Trigger.optional(),
      search: z.string().max(200).optional().describe('Text in the workflow name or the error'),
      since: z.iso.datetime({ offset: true }).optional(),
      until: z.iso.datetime({ offset: true }).optional(),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(ExecutionSummary),
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
    description: 'Debug lines only for those who may debug.',
    params: Id,
    query: z.strictObject({
      after: z.int().min(0).optional().describe('Lines with a greater seq'),
      level: z.array(LogLevel).max(4).optional(),
      search: z.string().max(200).optional(),
      limit: z.int().min(1).max(10_000).optional(),
    }),
    response: z.object({ items: z.array(LogLine), next_after: z.int().nullable() }),
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
      'Events: `status`, `log` (its id is the seq), `end`. Opened late or again with Last-Event-ID, it starts with what is missing, and always ends with `end`.',
    params: Id,
    transport: 'events',
    response: z.string(),
  }),
  cancelExecution: route({
    method: 'POST',
    path: '/api/executions/{id}/cancel',
    permission: 'execution:cancel',
    tag,
    summary: 'Cancel a run',
    description:
      'Again while it is cancelling: 200, nothing changes. A finished run answers 400, a cancelled one 409.',
    params: Id,
    response: ExecutionSummary,
  }),
  resumeExecution: route({
    method: 'POST',
    path: '/api/executions/{id}/resume',
    permission: 'execution:resume',
    tag,
    summary: 'Answer a step that suspended itself',
    description:
      'Any JSON is an answer, `null` and `false` too. The first answer counts; a later one gets 409 with who was first and when. An answer that comes before the run asks is kept for it (`step` is null then).',
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
    tag,
    summary: 'Start a new run with the same input, or an edited one',
    params: Id,
    status: 202,
    body: z.strictObject({ input: z.record(z.string(), Json).optional() }),
    response: z.object({ execution_id: z.uuid(), status: ExecutionStatus }),
  }),
} as const
