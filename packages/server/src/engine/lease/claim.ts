import { quotaDefaults } from '@bifrost/contract'
import { joinPerson, SCOPE_COLUMNS, type ScopeRow, scopeOfRow } from '../../tenancy/scope-of.ts'
import { takeJournals } from '../run/journal.ts'
import { transition } from '../run/transition.ts'
import type { Ending } from '../run/undo.ts'
import {
  type ClaimedValues,
  claimedList,
  claimedValues,
  type RunColumn,
  runColumns,
} from '../start/run-columns.ts'
import { type OriginColumns, originOf } from '../start/run-origin.ts'
import type { ClaimedRun, Engine } from '../types.ts'
import { LEASE_SECONDS } from './lease.ts'

const RUN = transition(
  { CANCELLING: 'CANCELLING', PENDING: 'RUNNING' },
  {
    set: 'attempt = t.attempt, claims = t.claim, started_at = coalesce(e.started_at, engine_clock())',
    from: 'taken t',
    where: 'e.id = t.execution_id',
    returning: 'e.*, t.ending',
  },
)

// Fair between customers: each offers its best rows, and the first of each goes before the second of any, whatever
// priority it claims for itself: that orders the runs of one organization. The organizations of one customer take turns
// among themselves in the same way.
// None gets more than its share of this worker leaves ($3 and $4 where it has runs here, otherwise $5), and none of its
// organizations offers more than its quota of runs at once leaves. That is counted under a lock, so that of two claims at
// the same moment the second one sees what the first has taken; the locks are taken in the order of the ids, so that no
// two claims wait for each other.
// A quota that all workers together cannot reach ($7 is the most that one has of an organization) needs no lock, and
// runs go past the queue: see `Capacity.mayReach`. Other workers may not have heard yet of one that has just begun: where
// it makes the difference, it takes nothing for as long as they could run without knowing.
// Beyond $6 rows, only the first runs of customers that have none here are taken: the worker's reserve is for them.
// Rows are taken where they were locked: one that was changed in between is taken by the next claim.
// The recursive part steps from organization to organization through the index, whatever the length of their queues.
export const claimStatement = (columns: readonly RunColumn[]): string => `
with recursive tenant as (
  (select org_id from queue where worker_id is null and ready order by org_id limit 1)
  union all
  select (select q.org_id from queue q where q.worker_id is null and q.ready and q.org_id > t.org_id
          order by q.org_id limit 1)
  from tenant t where t.org_id is not null
), share as (
  select t.org_id, o.customer_id, h.customer_id is null as is_new, least($2, coalesce(h.share, $5)) as share,
    case when l.is_usual then $8 else l.value end as quota
  from tenant t
  join organizations o on o.id = t.org_id
  left join unnest($3::uuid[], $4::int[]) as h (customer_id, share) on h.customer_id = o.customer_id
  left join concurrent_run_limits l on l.org_id = t.org_id
  where t.org_id is not null and coalesce(h.share, $5) > 0
  order by t.org_id
), reach as materialized (
  select $7::bigint * greatest(1, count(*)) as most, $7::bigint * (count(*) - 1) as before,
    coalesce(bool_or(id = $1 and started_at > engine_now() - interval '${LEASE_SECONDS} seconds'), true) as is_fresh
  from workers where lease_until > engine_now()
), may as materialized (
  select s.org_id, s.customer_id, s.is_new, s.share,
    case
      when s.quota is null or s.quota >= reach.most then s.share
      when s.quota >= reach.before and reach.before > 0 and reach.is_fresh then 0
      else least(s.share, concurrent_runs_left(s.org_id, s.quota))
    end as most
  from share s cross join reach
), offer as (
  select best.*, may.customer_id, may.is_new, may.share,
    row_number() over (partition by best.org_id order by best.priority desc, best.due_at, best.execution_id) as turn
  from may
  cross join lateral (
    select q.execution_id, q.org_id, q.priority, q.due_at from queue q
    where q.worker_id is null and q.ready and q.org_id = may.org_id
    order by q.priority desc, q.due_at, q.execution_id limit may.most
  ) best
), placed as (
  select *, row_number() over (partition by customer_id order by turn, priority desc, due_at, execution_id) as place
  from offer
), chosen as (
  select q.at from (
    select execution_id from placed where place <= share order by place, is_new desc, priority desc, due_at
    limit greatest($6, least($2, (select count(*) from placed where place = 1 and is_new)))
  ) first
  -- Said so that the index of what waits does not serve: a plan that was made while nothing waited would read all that
  -- waits for each row.
  cross join lateral (
    select ctid as at from queue
    where execution_id = first.execution_id and (worker_id is null and ready) is true
    for update skip locked
  ) q
), taken as (
  update queue q set worker_id = $1, claim = q.claim + 1 from chosen c
  where q.ctid = c.at
  returning q.execution_id, q.attempt, q.claim, q.ending
), running as (
  ${RUN}
)
select r.id, r.attempt, r.claims, r.forked_from, ${SCOPE_COLUMNS}, ${claimedList(columns)},
  case when r.spent_ms > 0 and run_progress(r.id) <= r.crash_steps then r.spent_ms else 0 end as spent_ms,
  r.parent_key is not null as has_parent, r.ending, r.origin_kind, r.origin_id, r.origin_name, r.origin_data, r.limited_to
from running r join organizations o on o.id = r.org_id ${joinPerson('r.user_id')}
order by r.id`

const CLAIM = claimStatement(runColumns)

interface ClaimRow extends ScopeRow, OriginColumns, ClaimedValues {
  id: string
  attempt: number
  claims: number
  forked_from: string | null
  spent_ms: number
  has_parent: boolean
  ending: Ending | null
}

/** How many runs a claim may take of each customer. */
export interface ClaimShares {
  /** Customers that have runs in this worker (see `shareHolderOf`), and how many more each may have. */
  holders: readonly string[]
  left: readonly number[]
  /** How many each of the others may have. */
  others: number
  /** Beyond so many, only first runs of the others are taken. */
  general: number
  /** The most that one worker ever has of one customer. */
  mostOfOne: number
}

/** Any customer may have all of them. */
const sharesOfNobody = (count: number): ClaimShares => ({
  holders: [],
  left: [],
  others: count,
  general: count,
  mostOfOne: 2 ** 31 - 1,
})

/** Takes up to `count` runs that wait, under the worker's lease. */
export async function claimRuns(
  engine: Engine,
  workerId: string,
  count: number,
  { holders, left, others, general, mostOfOne }: ClaimShares = sharesOfNobody(count),
): Promise<ClaimedRun[]> {
  const usual = quotaDefaults.concurrent_runs
  const values = [workerId, count, holders, left, others, general, mostOfOne, usual]
  const rows = await engine.db.prepared<ClaimRow>('claim', CLAIM, values)
  // Only a run that was claimed before, or began with a part of another, has done anything.
  const journals = await takeJournals(
    engine.db,
    workerId,
    rows
      .filter((row) => row.claims > 1 || row.forked_from !== null)
      .map((row) => ({ executionId: row.id, claim: row.claims })),
  )
  return rows.map((row) => ({
    ...claimedValues(row),
    executionId: row.id,
    attempt: row.attempt,
    claim: row.claims,
    scope: scopeOfRow(row),
    spentMs: row.spent_ms,
    hasParent: row.has_parent,
    ending: row.ending,
    origin: originOf(row),
    journal: journals.get(row.id) ?? [],
  }))
}
