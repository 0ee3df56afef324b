import { z } from 'zod'
import { ExecutionErrorSummary } from '../execution.ts'
import { limits } from '../limits.ts'
import { nameSchema } from '../names.ts'
import { Json } from '../parameters.ts'
import { type Method, route } from '../route.ts'
import { ExecutionStatus } from '../statuses.ts'
import { Id, Nothing } from './common.ts'

const tag = 'Endpoints'

/** What an endpoint answers: the run, and, for a synchronous call, how it ended. */
export const EndpointAnswer = z.object({
  execution_id: z.uuid(),
  status: ExecutionStatus,
  result: Json.optional(),
  error: ExecutionErrorSummary.nullable().optional(),
  duration_ms: z.number().nullable().optional(),
})
export type EndpointAnswer = z.infer<typeof EndpointAnswer>

/** A key that calls endpoints of one organization; the key itself is shown once, when it is made. */
export const EndpointKey = z.object({
  id: z.uuid(),
  name: z.string(),
  /** The first characters, to tell keys apart. */
  prefix: z.string(),
  /** The one workflow that it calls; null: a global key, for every endpoint that does not refuse it. */
  workflow: z.object({ id: z.uuid(), name: z.string().nullable() }).nullable(),
  /** Calls in one minute; further ones answer 429. */
  calls_per_minute: z.int(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
  expires_at: z.iso.datetime().nullable(),
})
export type EndpointKey = z.infer<typeof EndpointKey>

const Query = z.record(z.string(), z.union([z.string(), z.array(z.string())]))
const Workflow = z.object({
  workflow: z.string().min(1).max(200).describe('The name or the ID of the workflow'),
})
const Key = z.object({ key: z.string().min(1).max(200).describe('A key of the workflow, or a global key') })
const Input = z.looseObject({}).describe('Members are parameters of the workflow')

const description =
  'The query and the members of the JSON body are the inputs; a text of the query becomes what its parameter is. Send an endpoint key as `X-Bifrost-Key`, or an API key as `Authorization: Bearer …`. A workflow whose mode is `async` answers 202 with the execution id.'

const call = <const M extends Method>(method: M) =>
  ({
    method,
    path: '/api/endpoints/{workflow}',
    permission: 'public',
    takesEndpointKey: true,
    tag,
    summary: `Call a workflow's endpoint by ${method}`,
    description,
    params: Workflow,
    query: Query,
    bodyBytesMax: limits.endpointBodyBytesMax,
    waits: true,
    response: EndpointAnswer,
  }) as const

const callByKey = <const M extends 'GET' | 'POST'>(method: M) =>
  ({
    method,
    path: '/api/execute/{key}',
    permission: 'public',
    takesEndpointKey: true,
    tag,
    summary: `Call a workflow's endpoint with the key in the address, by ${method}`,
    description:
      'For callers that cannot send a header. With a global key, the query parameter `workflow` names the workflow. Addresses end up in the logs of proxies, so prefer the header.',
    params: Key,
    query: Query,
    bodyBytesMax: limits.endpointBodyBytesMax,
    waits: true,
    response: EndpointAnswer,
  }) as const

export const endpointRoutes = {
  getEndpoint: route(call('GET')),
  postEndpoint: route({ ...call('POST'), body: Input }),
  putEndpoint: route({ ...call('PUT'), body: Input }),
  patchEndpoint: route({ ...call('PATCH'), body: Input }),
  deleteEndpoint: route(call('DELETE')),
  getByKey: route(callByKey('GET')),
  postByKey: route({ ...callByKey('POST'), body: Input }),
  listEndpointKeys: route({
    method: 'GET',
    path: '/api/endpoint-keys',
    permission: 'endpoint:read',
    tag,
    summary: 'List endpoint keys; the keys themselves are never returned',
    query: z.strictObject({ workflow: z.string().min(1).max(200).optional() }),
    response: z.object({ items: z.array(EndpointKey) }),
  }),
  createEndpointKey: route({
    method: 'POST',
    path: '/api/endpoint-keys',
    permission: 'endpoint:write',
    tag,
    summary: 'Create a key for one endpoint or, without a workflow, for all endpoints; it is shown only once',
    status: 201,
    body: z.strictObject({
      name: nameSchema(100),
      workflow: z.string().min(1).max(200).optional(),
      expires_in_days: z.int().min(1).max(3650).optional(),
      calls_per_minute: z.int().min(1).max(limits.endpointCallsPerMinuteMax).optional(),
    }),
    response: EndpointKey.extend({ key: z.string() }),
  }),
  deleteEndpointKey: route({
    method: 'DELETE',
    path: '/api/endpoint-keys/{id}',
    permission: 'endpoint:write',
    tag,
    summary: 'Revoke an endpoint key immediately',
    params: Id,
    status: 204,
    response: Nothing,
  }),
} as const
