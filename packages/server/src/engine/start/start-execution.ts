import type { ExecutionStatus } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { type OrgScope, requireActive, shareHolderOf } from '../../platform/scope.ts'
import type { AcceptItem, ClaimedRun, Engine, ExecutionSpec } from '../types.ts'
import { insertExecutionOnce } from './accept.ts'
import { copyJournal } from './fork.ts'
import { acceptedValues } from './run-columns.ts'
import { requireDepth } from './run-depth.ts'
import { acceptControlled, announceControlled, startControlled } from './start-controlled.ts'

export interface StartedExecution {
  executionId: string
  status: ExecutionStatus
  /** A run with the same idempotency key had been accepted before; this is that one. */
  duplicate: boolean
}

/**
 * The only way work begins: HTTP, forms, schedules, events and tools all end here. When it returns, the run is on disk.
 */
export async function startExecution(
  engine: Engine,
  scope: OrgScope,
  asked: ExecutionSpec,
): Promise<StartedExecution> {
  requireActive(scope)
  if (!asked.exemptFromQuotas) {
    const taken = engine.quotas.take(scope.orgId, 'runs_per_minute')
    if (taken) await taken
    const room = engine.quotas.requireRoom(scope.orgId)
    if (room) await room
  }
  const { parent } = asked
  const spec = parent?.executionId
    ? { ...asked, trigger: await requireDepth(engine, parent.executionId, asked.trigger) }
    : asked
  const id = engine.newId()
  if (spec.flow) return startControlled(engine, scope, { ...spec, flow: spec.flow }, id)
  if (spec.idempotencyKey !== null) return startOnce(engine, scope, spec, id)
  if (spec.scheduledAt !== null) {
    await engine.accepts.add({ id, scope, spec, status: 'SCHEDULED', workerId: null })
    engine.notifier.publish('due')
    return { executionId: id, status: 'SCHEDULED', duplicate: false }
  }
  if (spec.fork) {
    const { fork } = spec
    await engine.db.transaction(async (query) => {
      await insertExecutionOnce(query, { id, scope, spec, status: 'PENDING', workerId: null })
      await copyJournal(query, id, scope, fork)
    })
    engine.notifier.publish('queue')
    return { executionId: id, status: 'PENDING', duplicate: false }
  }
  const worker = engine.localWorker
  if (!worker?.reserve(id, shareHolderOf(scope), engine.quotas.limit(scope.orgId, 'concurrent_runs'))) {
    await engine.accepts.add({ id, scope, spec, status: 'PENDING', workerId: null })
    engine.notifier.publish('queue')
    return { executionId: id, status: 'PENDING', duplicate: false }
  }
  const run: AcceptItem = { id, scope, spec, status: 'RUNNING', workerId: worker.id }
  try {
    await engine.accepts.add(run)
  } catch (error) {
    worker.release(id)
    throw error
  }
  worker.begin(claimedRun(run))
  return { executionId: id, status: 'RUNNING', duplicate: false }
}

/** A run that was accepted in a transaction which is still open. */
export interface StartedWithin extends StartedExecution {
  /** What is left to do after the commit. */
  announce(): Promise<unknown>
}

/** The same as part of the caller's transaction. It goes to no worker before the commit. */
export async function startExecutionWithin(
  engine: Engine,
  query: Query,
  scope: OrgScope,
  spec: ExecutionSpec,
): Promise<StartedWithin> {
  requireActive(scope)
  const id = engine.newId()
  const { flow } = spec
  if (flow) {
    const controlled = { ...spec, flow }
    const { cancel, ...started } = await acceptControlled(query, scope, controlled, id)
    return {
      ...started,
      announce: () => announceControlled(engine, scope, controlled, { ...started, cancel }),
    }
  }
  const started = await insertOnce(query, scope, spec, id)
  return { ...started, announce: async () => engine.notifier.publish('queue') }
}

async function startOnce(
  engine: Engine,
  scope: OrgScope,
  spec: ExecutionSpec,
  id: string,
): Promise<StartedExecution> {
  const started = await insertOnce(engine.db.query, scope, spec, id)
  if (!started.duplicate) engine.notifier.publish('queue')
  return started
}

async function insertOnce(
  query: Query,
  scope: OrgScope,
  spec: ExecutionSpec,
  id: string,
): Promise<StartedExecution> {
  const status = spec.scheduledAt === null ? 'PENDING' : 'SCHEDULED'
  if (await insertExecutionOnce(query, { id, scope, spec, status, workerId: null }))
    return { executionId: id, status, duplicate: false }
  const [earlier] = await query<{ id: string; status: ExecutionStatus }>(
    `select id, status from executions
     where org_id = $1 and workflow_id is not distinct from $2 and idempotency_key = $3`,
    [scope.orgId, spec.workflowId, spec.idempotencyKey],
  )
  if (!earlier) throw new Error('the run of an idempotency key no longer exists')
  return { executionId: earlier.id, status: earlier.status, duplicate: true }
}

const claimedRun = (run: AcceptItem): ClaimedRun => ({
  ...acceptedValues(run),
  executionId: run.id,
  attempt: 1,
  claim: 1,
  scope: run.scope,
  spentMs: 0,
  ending: null,
  hasParent: run.spec.parent?.key != null,
  origin: run.spec.origin ?? null,
  journal: [],
})
