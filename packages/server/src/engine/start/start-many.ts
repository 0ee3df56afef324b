import type { Json } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { type OrgScope, requireActive, shareHolderOf } from '../../platform/scope.ts'
import { admitConcurrency, admitRates } from '../flow-control/admit.ts'
import type { RunFlow } from '../flow-control/flow.ts'
import type { Engine, ExecutionSpec } from '../types.ts'
import { insertAlike } from './accept.ts'
import { requireDepth } from './run-depth.ts'
import { startExecution } from './start-execution.ts'

/** One of many runs of the same workflow. */
export interface StartItem {
  input: Record<string, Json>
  /** Its idempotency key. */
  key: string
  flow: RunFlow | null
  cancelOn?: ExecutionSpec['cancelOn']
}

/** What all of them share; the parent's key is the place of the call in its journal. */
export type ManySpec = Omit<
  ExecutionSpec,
  'input' | 'idempotencyKey' | 'flow' | 'cancelOn' | 'scheduledAt' | 'parent' | 'fork'
> & {
  /** Without an id, a program outside asked. */
  parent: { executionId: string | null; place: string }
  /** When they are to start; absent and null: now. */
  scheduledAt?: Date | null
}

/** One per item, in their order. */
export interface StartedItem {
  executionId: string
  /** A run with that key was there before this call. */
  duplicate: boolean
}

/**
 * Accepts many runs in few statements, each key once. Called again for the same place of the same parent, it starts
 * nothing twice and answers the same, also when it was cut off between two statements.
 */
export async function startMany(
  engine: Engine,
  scope: OrgScope,
  asked: ManySpec,
  items: readonly StartItem[],
): Promise<StartedItem[]> {
  requireActive(scope)
  const { executionId } = asked.parent
  const spec =
    executionId === null
      ? asked
      : { ...asked, trigger: await requireDepth(engine, executionId, asked.trigger) }
  // These two look at runs one by one.
  if (items.some(({ flow }) => flow?.singleton || flow?.debounce))
    return startOneByOne(engine, scope, spec, items)
  await engine.quotas.take(scope.orgId, 'runs_per_minute', items.length)
  await engine.quotas.requireRoom(scope.orgId, items.length)
  const rows = items.map((item) => ({ ...item, id: engine.newId() }))
  const known = new Map<string, StartedItem>()
  const parts = partsOf(rows.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
  const accept = async () => {
    for (let part = parts.pop(); part; part = parts.pop()) {
      const rowsOf = part
      const fresh = new Set(
        await engine.db.inShare(shareHolderOf(scope), () => insert(engine.db.query, scope, spec, rowsOf)),
      )
      const others = part.filter((row) => !fresh.has(row.id))
      if (others.length === 0) continue
      for (const [key, item] of await findKnown(engine.db.query, scope, spec, others)) known.set(key, item)
    }
  }
  await Promise.all(Array.from({ length: LANES }, accept))
  await admitConcurrency(
    engine,
    rows.flatMap(({ flow }) => flow?.concurrency?.key ?? []),
  )
  await admitRates(
    engine,
    rows.flatMap(({ flow }) => (flow?.concurrency ? [] : (flow?.rate?.key ?? []))),
  )
  engine.notifier.publish(spec.scheduledAt ? 'due' : 'queue')
  return onceEach(rows.map((row) => known.get(row.key) ?? { executionId: row.id, duplicate: false }))
}

/** Two records with one key, which the workflow's own option made of them, are one run. */
function onceEach(items: readonly StartedItem[]): StartedItem[] {
  const seen = new Set<string>()
  return items.map(({ executionId, duplicate }) => {
    const repeated = seen.has(executionId)
    seen.add(executionId)
    return { executionId, duplicate: duplicate || repeated }
  })
}

/** Statements under way at once: inserting is the processor's work, and there is more than one. */
const LANES = 2
const PART_ROWS_MAX = 1250

function partsOf<Row>(rows: readonly Row[]): Row[][] {
  const parts: Row[][] = []
  for (let from = 0; from < rows.length; from += PART_ROWS_MAX)
    parts.push(rows.slice(from, from + PART_ROWS_MAX))
  return parts
}

const insert = (
  query: Query,
  scope: OrgScope,
  { parent, scheduledAt = null, ...shared }: ManySpec,
  rows: readonly (StartItem & { id: string })[],
): Promise<string[]> =>
  insertAlike(
    query,
    rows.map(({ id, key, ...row }) => ({
      id,
      scope,
      spec: {
        ...shared,
        ...row,
        idempotencyKey: key,
        scheduledAt,
        parent: parent.executionId === null ? null : { executionId: parent.executionId, key: null },
      },
      status: scheduledAt === null ? 'PENDING' : 'SCHEDULED',
      workerId: null,
      fanOut: parent.place,
    })),
  )

/** The runs that have these keys already; those that this very call started, before a crash, are no duplicates. */
async function findKnown(
  query: Query,
  scope: OrgScope,
  spec: ManySpec,
  rows: readonly StartItem[],
): Promise<Map<string, StartedItem>> {
  const found = await query<{ id: string; key: string; own: boolean }>(
    `select id, idempotency_key as key, parent_id is not distinct from $4 and fan_out is not distinct from $5 as own
     from executions where org_id = $1 and workflow_id is not distinct from $2 and idempotency_key = any($3)`,
    [scope.orgId, spec.workflowId, rows.map((row) => row.key), spec.parent.executionId, spec.parent.place],
  )
  return new Map(found.map(({ id, key, own }) => [key, { executionId: id, duplicate: !own }]))
}

async function startOneByOne(
  engine: Engine,
  scope: OrgScope,
  { parent, scheduledAt = null, ...spec }: ManySpec,
  items: readonly StartItem[],
): Promise<StartedItem[]> {
  const started: StartedItem[] = []
  for (const { key, ...item } of items) {
    const { executionId, duplicate } = await startExecution(engine, scope, {
      ...spec,
      ...item,
      idempotencyKey: key,
      scheduledAt,
      parent: parent.executionId === null ? null : { executionId: parent.executionId, key: null },
    })
    // Its own, also when this call was cut off after it had started it.
    const own = await engine.db.query(
      `update executions set fan_out = $3 where id = $1 and parent_id is not distinct from $2 and coalesce(fan_out, $3) = $3 returning id`,
      [executionId, parent.executionId, parent.place],
    )
    started.push({ executionId, duplicate: duplicate && own.length === 0 })
  }
  return onceEach(started)
}
