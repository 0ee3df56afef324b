import type {
  JournalEntry,
  StepAttempt,
  StepFailure,
  StepKind,
  StepPlace,
  StepStatus,
} from '@bifrost/contract'
import type { Database, Query } from '../../platform/database.ts'

/** One write to the journal by the claim that owns the run. */
export interface StepWrite extends StepPlace {
  executionId: string
  claim: number
  workerId: string
  orgId: string
  status: StepStatus
  ordinal: number | null
  attempts: StepAttempt[]
  /** Milliseconds since 1970. */
  startedAt: number
  endedAt: number | null
  dueAt: number | null
  /** JSON text. */
  output: string | null
  error: StepFailure | null
  hasUndo: boolean
}

// Only the claim that owns the run writes to its journal. "is true" keeps PostgreSQL from finding the queue's row by its
// worker, who has hundreds of them, instead of by its key. The lock makes a claim and a write wait for each other: the
// worker that takes the run next reads a journal that has this write, or this write is refused. A step that has an
// outcome keeps it: of what arrives late or twice, only the place in the order is new.
const WRITE = `
insert into execution_steps as s (execution_id, key, org_id, name, occurrence, branch, position, kind, status, ordinal,
  attempt, has_undo, started_at, ended_at, due_at, attempts, error, output)
select i.execution_id, i.key, i.org_id, i.name, i.occurrence, i.branch, i.position, i.kind, i.status, i.ordinal,
  i.attempt, i.has_undo, to_timestamp(i.started_at / 1000), to_timestamp(i.ended_at / 1000), to_timestamp(i.due_at / 1000),
  i.attempts, i.error, i.output
from unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::int[], $8::text[], $9::int[],
    $10::text[], $11::text[], $12::int[], $13::int[], $14::bool[], $15::float8[], $16::float8[], $17::float8[],
    $18::json[], $19::json[], $20::json[])
  as i (execution_id, claim, worker_id, org_id, key, name, occurrence, branch, position, kind, status, ordinal,
    attempt, has_undo, started_at, ended_at, due_at, attempts, error, output)
join queue q on q.execution_id = i.execution_id and q.claim = i.claim and (q.worker_id = i.worker_id) is true
-- Always in the same order: another batch under way may have the same steps, and the two must not wait for each other.
order by i.execution_id, i.key
for share of q
on conflict (execution_id, key) do update set
  ordinal = coalesce(excluded.ordinal, s.ordinal),
  status = case when s.status in ('completed', 'failed') then s.status else excluded.status end,
  attempt = greatest(s.attempt, excluded.attempt),
  has_undo = s.has_undo or excluded.has_undo,
  ended_at = coalesce(s.ended_at, excluded.ended_at),
  due_at = case when s.status in ('completed', 'failed') then s.due_at else excluded.due_at end,
  -- The start of a further attempt knows nothing of the ones before.
  attempts = case when s.status in ('completed', 'failed') then s.attempts else coalesce(excluded.attempts, s.attempts) end,
  error = case when s.status in ('completed', 'failed') then s.error else excluded.error end,
  output = case when s.status in ('completed', 'failed') then s.output else excluded.output end
returning execution_id, key`

/** Writes steps; false for one whose claim no longer owns the run. */
export async function writeSteps(db: Database, writes: StepWrite[]): Promise<boolean[]> {
  const rows = await db.prepared<{ execution_id: string; key: string }>(
    'steps',
    WRITE,
    valuesOf(lastPerKey(writes)),
  )
  if (rows.length === writes.length) return writes.map(() => true)
  const written = new Set(rows.map((row) => `${row.execution_id}/${row.key}`))
  return writes.map((write) => written.has(`${write.executionId}/${write.key}`))
}

/**
 * Writes one step together with what it did to tables: both, or neither. Null when `apply` refused, with its reason;
 * false when the claim no longer owns the run. `shareHolder`: whose share of the engine's connections it takes.
 */
export async function writeStepWith(
  db: Database,
  write: StepWrite,
  apply: (query: Query) => Promise<void>,
  shareHolder: string = write.orgId,
): Promise<boolean> {
  // It may wait for rows that others of its organization hold: never with all connections of the engine.
  return db.inShare(shareHolder, () =>
    db.transaction(async (query) => {
      const [owned] = await query(
        'select from queue where execution_id = $1 and claim = $2 and worker_id = $3 for update',
        [write.executionId, write.claim, write.workerId],
      )
      if (!owned) return false
      const [done] = await query(
        `select from execution_steps where execution_id = $1 and key = $2 and status in ('completed', 'failed')`,
        [write.executionId, write.key],
      )
      // Stored by the same claim before its answer got lost: what it did is done.
      if (!done) await apply(query)
      await query(WRITE, valuesOf([write]))
      return true
    }),
  )
}

/** One statement may touch a row once: of two writes to one step the later has it all. */
function lastPerKey(writes: StepWrite[]): StepWrite[] {
  const last = new Map<string, StepWrite>()
  for (const write of writes) last.set(`${write.executionId}/${write.key}`, write)
  return last.size === writes.length ? writes : [...last.values()]
}

const json = (value: unknown) => (value === null ? null : JSON.stringify(value))

function valuesOf(writes: StepWrite[]): unknown[] {
  return [
    writes.map((write) => write.executionId),
    writes.map((write) => write.claim),
    writes.map((write) => write.workerId),
    writes.map((write) => write.orgId),
    writes.map((write) => write.key),
    writes.map((write) => write.name),
    writes.map((write) => write.occurrence),
    writes.map((write) => write.branch),
    writes.map((write) => write.position),
    writes.map((write) => write.kind),
    writes.map((write) => write.status),
    writes.map((write) => write.ordinal),
    writes.map((write) => Math.max(1, write.attempts.length)),
    writes.map((write) => write.hasUndo),
    writes.map((write) => write.startedAt),
    writes.map((write) => write.endedAt),
    writes.map((write) => write.dueAt),
    writes.map((write) => json(write.attempts.length > 0 ? write.attempts : null)),
    writes.map((write) => json(write.error)),
    writes.map((write) => write.output),
  ]
}

interface EntryRow {
  execution_id: string
  key: string
  name: string
  occurrence: number
  branch: string
  position: number
  kind: StepKind
  status: StepStatus
  ordinal: number | null
  attempt: number
  attempts: StepAttempt[] | null
  output_text: string | null
  error: StepFailure | null
  due_at: Date | null
  resumed: boolean
  resume_text: string | null
}

const ENTRY = `s.execution_id, s.key, s.name, s.occurrence, s.branch, s.position, s.kind, s.status, s.ordinal, s.attempt,
  s.attempts, s.output::text as output_text, s.error, s.due_at, s.answered_at is not null as resumed, s.resume_data::text as resume_text`

// What was answered while no worker ran the code gets its place behind all that the code has learned, in the order in which
// it was answered. Not at the answer: a worker that still had the run at that moment may have counted further.
const ORDER_UNLEARNED = `
with mine as (
  select q.execution_id from queue q join unnest($2::uuid[], $3::int[]) as c (execution_id, claim)
    on q.execution_id = c.execution_id and q.claim = c.claim
  where q.worker_id = $1 order by q.execution_id for update of q
), placed as (
  select s.execution_id, s.key, row_number() over (partition by s.execution_id order by s.ended_at, s.due_at, s.key)
    + (select coalesce(max(o.ordinal), 0) from execution_steps o where o.execution_id = s.execution_id) as ordinal
  from execution_steps s join mine using (execution_id)
  where s.status in ('completed', 'failed') and s.ordinal is null
)
update execution_steps s set ordinal = p.ordinal from placed p
where s.execution_id = p.execution_id and s.key = p.key`

/** The journals of runs that this worker has just claimed, each outcome with its place in the order. */
export async function takeJournals(
  db: Database,
  workerId: string,
  runs: readonly { executionId: string; claim: number }[],
): Promise<Map<string, JournalEntry[]>> {
  for (;;) {
    const journals = await readJournals(
      db.query,
      runs.map((run) => run.executionId),
    )
    const unlearned = runs.filter(({ executionId }) => journals.get(executionId)?.some(isUnlearned))
    if (unlearned.length === 0) return journals
    const rows = await db.prepared('order_unlearned', `${ORDER_UNLEARNED} returning s.execution_id`, [
      workerId,
      unlearned.map((run) => run.executionId),
      unlearned.map((run) => run.claim),
    ])
    // Not ours any more: whatever it does is refused.
    if (rows.length === 0) return journals
  }
}

const isUnlearned = ({ status, order }: JournalEntry) =>
  order === null && (status === 'completed' || status === 'failed')

/** The journals of runs that come back, by execution. Steps that were only begun are not part of them: they run again. */
export async function readJournals(
  query: Query,
  executionIds: string[],
): Promise<Map<string, JournalEntry[]>> {
  const journals = new Map<string, JournalEntry[]>()
  if (executionIds.length === 0) return journals
  const rows = await query<EntryRow>(
    `select ${ENTRY} from execution_steps s
     where execution_id = any($1) and (status <> 'running' or attempts is not null or answered_at is not null) order by ordinal nulls last`,
    [executionIds],
  )
  for (const row of rows) {
    const entries = journals.get(row.execution_id) ?? []
    journals.set(row.execution_id, entries)
    entries.push(entryOf(row))
  }
  return journals
}

/** Which of these waits were answered, with what the journal has of them now. */
export async function readAnswered(
  query: Query,
  waits: readonly { executionId: string; key: string }[],
): Promise<{ executionId: string; entry: JournalEntry }[]> {
  const rows = await query<EntryRow>(
    `select ${ENTRY} from unnest($1::uuid[], $2::text[]) as w (execution_id, key)
     join execution_steps s using (execution_id, key)
     where not exists (select from waits left_over where left_over.execution_id = s.execution_id and left_over.key = s.key)
     order by s.ended_at, s.due_at, s.key`,
    [waits.map((wait) => wait.executionId), waits.map((wait) => wait.key)],
  )
  return rows.map((row) => ({ executionId: row.execution_id, entry: entryOf(row) }))
}

const entryOf = (row: EntryRow): JournalEntry => ({
  key: row.key,
  name: row.name,
  occurrence: row.occurrence,
  branch: row.branch,
  position: row.position,
  kind: row.kind,
  // Cut off in a further attempt: the ones before count.
  status: row.status === 'running' ? 'retrying' : row.status,
  order: row.ordinal,
  attempt: row.attempt,
  attempts: row.attempts ?? [],
  output: row.output_text,
  error: row.error,
  dueAt: row.due_at?.getTime() ?? null,
  resume: row.resumed ? { data: row.resume_text } : null,
})
