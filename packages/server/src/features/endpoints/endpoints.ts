import { AppError, type ExecutionStatus, type Json, limits } from '@bifrost/contract'
import { LRUCache } from 'lru-cache'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import type { Database } from '../../platform/database.ts'
import { isUuid } from '../../platform/ids.ts'
import type { Notifier } from '../../platform/notify.ts'
import { type OrgScope, requirePermission } from '../../platform/scope.ts'
import { hashToken } from '../../platform/tokens.ts'
import { scopeOf } from '../../tenancy/scope-of.ts'
import type { RunnableWorkflow } from '../../workspace/workflow-catalog.ts'
import type { RunStarter } from '../workflows/workflows.ts'
import { type CallingKey, homeOfEndpoint, keyByHash, markKeyUsed } from './queries.ts'
import { queryInput } from './query-input.ts'

export interface EndpointCall {
  /** Null: the one of the key. */
  workflow: string | null
  key: string | null
  /** Who sent an API key instead. */
  person: OrgScope | null
  method: string
  query: Record<string, string | string[]>
  body: Record<string, Json>
  address: string
  idempotencyKey: string | undefined
}

export interface CalledEndpoint {
  scope: OrgScope
  executionId: string
  status: ExecutionStatus
  /** Its caller waits for the end. */
  waits: boolean
}

export interface Endpoints {
  call(call: EndpointCall): Promise<CalledEndpoint>
  /** A key was revoked: every process drops its cached keys. */
  forget(): void
}

/** How long a key may still be accepted by a process that did not hear of its end. */
const CACHE_TTL_MS = 3000
const MINUTE_SECONDS = 60

type Caller = { scope: OrgScope; key: CallingKey | null; isPublic: boolean }

export function createEndpoints(db: Database, notifier: Notifier, starter: RunStarter): Endpoints {
  const cached = new LRUCache<string, { scope: OrgScope; key: CallingKey }>({
    max: 10_000,
    ttl: CACHE_TTL_MS,
  })
  const homes = new LRUCache<string, OrgScope>({ max: 1000, ttl: CACHE_TTL_MS })
  notifier.subscribe('accounts', () => {
    cached.clear()
    homes.clear()
  })
  // Each key has a count of its own; how many it may have is compared afterwards.
  const calls = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: MINUTE_SECONDS })

  const count = async (who: string, max: number): Promise<void> => {
    const { consumedPoints, msBeforeNext }: RateLimiterRes = await calls.consume(who)
    if (consumedPoints <= max) return
    const seconds = Math.ceil(msBeforeNext / 1000)
    throw new AppError('rate_limited', `More than ${max} calls in one minute. Try again in ${seconds} s.`, {
      retry_after_seconds: seconds,
    })
  }

  const byKey = async (token: string): Promise<Caller> => {
    const known = cached.get(token)
    if (known && (known.key.expires_at === null || known.key.expires_at.getTime() > Date.now()))
      return { ...known, isPublic: false }
    const key = await keyByHash(db, hashToken(token))
    const scope = key && (await scopeOf(db.query, key.org_id, null))
    if (!key || !scope) throw wrongKey()
    await markKeyUsed(db, key.id)
    cached.set(token, { scope, key })
    return { scope, key, isPublic: false }
  }

  /** No person: as the organization that the workflow belongs to. */
  const byNobody = async (workflow: string | null): Promise<Caller> => {
    const id = workflow !== null && isUuid(workflow) ? workflow.toLowerCase() : null
    let scope = homes.get(id ?? '')
    if (!scope) {
      const home = await homeOfEndpoint(db, id)
      scope = (home && (await scopeOf(db.query, home, null))) || undefined
      if (!scope) throw noKey()
      homes.set(id ?? '', scope)
    }
    return { scope, key: null, isPublic: true }
  }

  const callerOf = ({ key, person, workflow }: EndpointCall): Promise<Caller> | Caller => {
    if (key !== null) return byKey(key)
    if (!person) return byNobody(workflow)
    requirePermission(person, 'workflow:run')
    return { scope: person, key: null, isPublic: false }
  }

  const findEndpoint = async (caller: Caller, name: string): Promise<RunnableWorkflow> => {
    const found = await starter
      .runnable(caller.scope, name, caller.scope.userId === null)
      .catch((error: unknown) => {
        if (caller.isPublic && error instanceof AppError) throw noKey()
        throw error
      })
    const { definition } = found.row
    if (caller.isPublic && !(definition.endpointEnabled && definition.publicEndpoint)) throw noKey()
    if (caller.key?.workflow_id && caller.key.workflow_id !== found.row.id) throw otherKey()
    if (!definition.endpointEnabled)
      throw new AppError(
        'not_found',
        `"${definition.name}" is not an endpoint: its option endpointEnabled is not true.`,
      )
    if (caller.key && !caller.key.workflow_id && definition.disableGlobalKey)
      throw new AppError('forbidden', `"${definition.name}" accepts only its own keys, not a global key.`)
    return found
  }

  return {
    async call(call) {
      if (call.key === null && !call.person)
        await count(`address ${call.address}`, limits.publicEndpointCallsPerMinuteMax)
      const caller = await callerOf(call)
      if (caller.key) await count(`key ${caller.key.id}`, caller.key.calls_per_minute)
      const { name, query } = nameOf(call, caller.key)
      const { row } = await findEndpoint(caller, name)
      const { allowedMethods, parameters, executionMode } = row.definition
      if (!allowedMethods.includes(call.method))
        throw new AppError(
          'method_not_allowed',
          `"${row.definition.name}" takes ${allowedMethods.join(' or ')}, not ${call.method}.`,
          { allow: allowedMethods },
        )
      const { executionId, status } = await starter.start(caller.scope, row.id, {
        input: { ...queryInput(query, parameters), ...call.body },
        trigger: 'endpoint',
        // A key, and an endpoint that is public, are a right of their own.
        granted: caller.scope.userId === null,
        idempotencyKey: call.idempotencyKey,
        origin: caller.key && { kind: 'endpoint_key', id: caller.key.id, name: null, data: null },
      })
      return { scope: caller.scope, executionId, status, waits: executionMode === 'sync' }
    },
    forget: () => notifier.publish('accounts'),
  }
}

/** Which workflow is called: that of the address, that of the key, or the one that the query names. */
function nameOf({ workflow, query }: EndpointCall, key: CallingKey | null) {
  const name = workflow ?? key?.workflow_id
  if (name) return { name, query }
  const { workflow: named, ...rest } = query
  if (typeof named !== 'string' || named === '')
    throw new AppError(
      'validation_failed',
      'This is a global key. Name the workflow with the query parameter workflow.',
      [{ field: 'workflow', message: 'is required with a global key' }],
    )
  return { name: named, query: rest }
}

const wrongKey = () => new AppError('unauthenticated', 'The key is wrong, expired or revoked.')
const otherKey = () =>
  new AppError(
    'unauthenticated',
    'The key belongs to another endpoint. Create one for this workflow, or a global key.',
  )
const noKey = () => new AppError('unauthenticated', 'Send a key of this endpoint as X-Bifrost-Key.')
