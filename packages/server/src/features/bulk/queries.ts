import { type BulkAction, type BulkProgress, limits } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { conditionsOf, type RunFilter } from '../executions/executions.ts'

export interface BulkRow {
  id: string
  action: BulkAction
  matched: number
  done: number
  failed_count: number
  failed: BulkProgress['failed']
  ended_at: Date | null
  /** No process has worked on it for a while. */
  abandoned: boolean
}

const FAILURES_KEPT = 100
/** A chunk takes a moment; after so long its server is gone. */
const ABANDONED = `interval '30 seconds'`

/** Notes which runs an action is about, the oldest first. */
export async function insertBulk(
  scope: OrgScope,
  db: Database,
  { id, action, filter }: { id: string; action: BulkAction; filter: RunFilter },
): Promise<void> {
  const values: unknown[] = [id, scope.orgId, scope.userId, action, JSON.stringify(filter)]
  const conditions = conditionsOf(scope, filter, (value) => `$${values.push(value)}`)
  await db.heavy(scope).query(
    `insert into bulk_actions (id, org_id, user_id, action, filter, targets, created_at, updated_at)
     select $1, $2, $3, $4, $5, array(
       select e.id from executions e where ${conditions.join(' and ')} order by e.id limit ${limits.bulkRunsMax}
     ), now(), now()`,
    values,
  )
}

/** One's own action on many runs. */
export async function findBulk(scope: OrgScope, db: Database, id: string): Promise<BulkRow | null> {
  const [row] = await db.as(scope).query<BulkRow>(
    `select id, action, cardinality(targets) as matched, done, failed_count, failed, ended_at,
       ended_at is null and updated_at < now() - ${ABANDONED} as abandoned
     from bulk_actions where id = $1 and org_id = $2 and user_id is not distinct from $3`,
    [id, scope.orgId, scope.userId],
  )
  return row ?? null
}

export interface BulkChunk {
  action: BulkAction
  position: number
  targets: string[]
}

/** The next runs to handle; null when all are. */
export async function takeBulk(
  scope: OrgScope,
  db: Database,
  id: string,
  count: number,
): Promise<BulkChunk | null> {
  const [row] = await db.as(scope).query<BulkChunk>(
    `update bulk_actions set updated_at = now(),
       ended_at = case when position >= cardinality(targets) then now() end
     where id = $1 and org_id = $2 and ended_at is null
     returning action, position, targets[position + 1 : position + $3] as targets`,
    [id, scope.orgId, count],
  )
  return row && row.targets.length > 0 ? row : null
}

/** Notes what became of a chunk; a second server that was at the same one notes nothing. */
export async function advanceBulk(
  scope: OrgScope,
  db: Database,
  id: string,
  { position, targets, failed }: BulkChunk & { failed: BulkProgress['failed'] },
): Promise<void> {
  await db.as(scope).query(
    `update bulk_actions set position = position + $4, done = done + $4 - $5, failed_count = failed_count + $5,
       failed = case when failed_count < ${FAILURES_KEPT} then failed || $6::jsonb else failed end, updated_at = now()
     where id = $1 and org_id = $2 and position = $3`,
    [id, scope.orgId, position, targets.length, failed.length, JSON.stringify(failed)],
  )
}
