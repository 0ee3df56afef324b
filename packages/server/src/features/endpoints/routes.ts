import {
  AppError,
  type EndpointAnswer,
  type EndpointKey,
  type Json,
  limits,
  routes,
  validationError,
} from '@bifrost/contract'
import type { Engine } from '../../engine/engine.ts'
import { audit } from '../../platform/audit.ts'
import { type Exchange, type Implementation, implement } from '../../platform/http/implement.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { hashToken, newToken } from '../../platform/tokens.ts'
import { waitForEnd } from '../executions/executions.ts'
import type { UsableWorkflows } from '../workflows/workflows.ts'
import type { Endpoints } from './endpoints.ts'
import { deleteKey, insertKey, type KeyRow, listKeys } from './queries.ts'

export interface EndpointRouteOptions {
  engine: Engine
  usable: Pick<UsableWorkflows, 'find'>
  endpoints: Endpoints
}

interface Called {
  params: { workflow: string } | { key: string }
  query: Record<string, string | string[]>
  body?: Record<string, unknown> | undefined
}

export function endpointRoutes({ engine, usable, endpoints }: EndpointRouteOptions): Implementation[] {
  const { db } = engine

  const call = async (
    signedIn: OrgScope | null,
    { params, query, body }: Called,
    { request, reply }: Exchange,
  ): Promise<EndpointAnswer> => {
    // A look at the headers alone must not run anything.
    if (request.method === 'HEAD') throw new AppError('method_not_allowed', 'Endpoints do not support HEAD.')
    // A cookie travels with links of other sites, and a link would be enough to run something.
    const person = request.headers.authorization === undefined ? null : signedIn
    const called = await endpoints.call({
      workflow: 'workflow' in params ? params.workflow : null,
      key: 'key' in params ? params.key : headerOf(request.headers['x-bifrost-key']),
      person,
      method: request.method,
      query,
      body: (body ?? {}) as Record<string, Json>,
      address: request.ip,
      idempotencyKey: headerOf(request.headers['idempotency-key']) ?? undefined,
    })
    const { scope, executionId } = called
    if (!called.waits) {
      reply.code(202)
      return { execution_id: executionId, status: called.status }
    }
    const { status, result, error, durationMs } = await waitForEnd(engine, scope, executionId, reply.raw)
    return { execution_id: executionId, status, result, error, duration_ms: durationMs }
  }

  return [
    implement(routes.getEndpoint, call),
    implement(routes.postEndpoint, call),
    implement(routes.putEndpoint, call),
    implement(routes.patchEndpoint, call),
    implement(routes.deleteEndpoint, call),
    implement(routes.getByKey, call),
    implement(routes.postByKey, call),
    implement(routes.listEndpointKeys, async (scope, { query }) => {
      const row = query.workflow === undefined ? null : await usable.find(scope, query.workflow)
      return { items: (await listKeys(scope, db, row?.id ?? null)).map(keyOf) }
    }),
    implement(routes.createEndpointKey, async (scope, { body }) => {
      const row = body.workflow === undefined ? null : await usable.find(scope, body.workflow)
      if (row && !row.definition.endpointEnabled)
        throw validationError([
          {
            field: 'workflow',
            message: `names "${row.definition.name}", which is not an endpoint: set its option endpointEnabled to true first`,
          },
        ])
      const key = newToken('bfe')
      return db.as(scope).transaction(async (query) => {
        const made = await insertKey(scope, query, {
          name: body.name,
          prefix: `${key.slice(0, 8)}…`,
          hash: hashToken(key),
          workflowId: row?.id ?? null,
          expiresInDays: body.expires_in_days ?? null,
          callsPerMinute: body.calls_per_minute ?? limits.endpointCallsPerMinuteDefault,
        })
        await audit(query, scope, {
          action: 'endpoint_key.create',
          target: { type: 'endpoint_key', id: made.id, name: made.name },
          after: {
            workflow: row?.definition.name ?? null,
            expires_at: made.expires_at?.toISOString() ?? null,
          },
        })
        return { ...keyOf(made), key }
      })
    }),
    implement(routes.deleteEndpointKey, async (scope, { params }) => {
      await db.as(scope).transaction(async (query) => {
        const gone = await deleteKey(scope, query, params.id)
        if (!gone) throw new AppError('not_found', 'There is no such key.')
        await audit(query, scope, {
          action: 'endpoint_key.delete',
          target: { type: 'endpoint_key', id: params.id, name: gone.name },
        })
      })
      endpoints.forget()
      return null
    }),
  ]
}

const headerOf = (value: string | string[] | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null

const keyOf = (row: KeyRow): EndpointKey => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  workflow: row.workflow_id === null ? null : { id: row.workflow_id, name: row.workflow_name },
  calls_per_minute: row.calls_per_minute,
  created_at: row.created_at.toISOString(),
  last_used_at: row.last_used_at?.toISOString() ?? null,
  expires_at: row.expires_at?.toISOString() ?? null,
})
