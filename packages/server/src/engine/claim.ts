import type { Json, RetryPolicy } from '@bifrost/contract'
import type { ClaimedRun, Engine } from './engine.ts'
import { takeJournals } from './journal.ts'
import { type FormColumns, formOf } from './run-form.ts'
import { joinPerson, SCOPE_COLUMNS, type ScopeRow, scopeOfRow } from './scope-of.ts'
import type { Ending } from './undo.ts'

// Fair between organisations: each offers its best rows, and the first of each goes before the second of any, whatever
// priority it claims for itself: that orders the runs of one organisation.
// One that may have only so many at once offers no more than that leaves; two claims at the same moment do not see each
// other, and may take a few more.
// The recursive part steps from organisation to organisation through the index, whatever the length of their queues.
const CLAIM = `
with recursive tenant as (
  (select org_id from queue where worker_id is null and ready order by org_id limit 1)
  union all
  select (select q.org_id from queue q where q.worker_id is null and q.ready and q.org_id > t.org_id
          order by q.org_id limit 1)
  from tenant t where t.org_id is not null
), offer as (
  select best.*, row_number() over (partition by best.org_id order by best.priority desc, best.due_at, best.execution_id) as place
  from tenant t
  left join organization_quotas c on c.org_id = t.org_id and c.name = 'concurrent_runs' and c.value is not null
  cross join lateral (
    select case when c.value is null then $2 else least($2, greatest(0, c.value - (
      select count(*) from queue b where b.org_id = t.org_id and b.worker_id is not null
    ))) end as most
  ) may
  cross join lateral (
    select q.execution_id, q.org_id, q.priority, q.due_at from queue q
    where q.worker_id is null and q.ready and q.org_id = t.org_id
    order by q.priority desc, q.due_at, q.execution_id limit may.most
  ) best
  where t.org_id is not null
), chosen as (
  select execution_id from queue
  where worker_id is null and ready and execution_id in (
    select execution_id from offer order by place, priority desc, due_at limit $2
  )
  for update skip locked
), taken as (
  update queue q set worker_id = $1, claim = q.claim + 1 from chosen c
  where q.execution_id = c.execution_id
  returning q.execution_id, q.attempt, q.claim, q.ending
), running as (
  update executions e set status = case when e.status = 'CANCELLING' then e.status else 'RUNNING' end, attempt = t.attempt, claims = t.claim,
    started_at = coalesce(e.started_at, engine_now())
  from taken t where e.id = t.execution_id and e.status in ('PENDING', 'CANCELLING')
  returning e.*, t.ending
)
select r.id, r.attempt, r.claims, r.durable, r.forked_from, ${SCOPE_COLUMNS},
  r.workflow_id, r.workflow_name, r.type, r.code_version, r.input, r.timeout_ms, r.max_attempts, r.retry_policy,
  r.time_saved, r.value, r.parent_key is not null as has_parent, r.slot_key, r.ending,
  r.form_id, r.form_name, r.form_data
from running r join organizations o on o.id = r.org_id ${joinPerson('r.user_id')}
order by r.id`

interface ClaimRow extends ScopeRow, FormColumns {
  id: string
  attempt: number
  claims: number
  durable: boolean
  forked_from: string | null
  workflow_id: string | null
  workflow_name: string
  type: string
  code_version: string
  input: Record<string, Json>
  timeout_ms: number
  max_attempts: number
  retry_policy: RetryPolicy | null
  time_saved: number
  value: number
  has_parent: boolean
  slot_key: string | null
  ending: Ending | null
}

/** Takes up to `count` runs that wait, under the worker's lease. */
export async function claimRuns(engine: Engine, workerId: string, count: number): Promise<ClaimedRun[]> {
  const rows = await engine.db.prepared<ClaimRow>('claim', CLAIM, [workerId, count])
  // Only a run that was claimed before, or began with a part of another, has done anything.
  const journals = await takeJournals(
    engine.db,
    workerId,
    rows
      .filter((row) => row.claims > 1 || row.forked_from !== null)
      .map((row) => ({ executionId: row.id, claim: row.claims })),
  )
  return rows.map((row) => ({
    executionId: row.id,
    attempt: row.attempt,
    claim: row.claims,
    durable: row.durable,
    scope: scopeOfRow(row),
    workflowId: row.workflow_id,
    workflowName: row.workflow_name,
    type: row.type,
    codeVersion: row.code_version,
    input: row.input,
    timeoutMs: row.timeout_ms,
    maxAttempts: row.max_attempts,
    retryPolicy: row.retry_policy,
    timeSaved: row.time_saved,
    value: row.value,
    hasParent: row.has_parent,
    slotKey: row.slot_key,
    ending: row.ending,
    form: formOf(row),
    journal: journals.get(row.id) ?? [],
  }))
}
