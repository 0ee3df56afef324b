import type { Json } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { answerWait, BACK_TO_QUEUE, type WaitAnswer } from '../run/answer.ts'
import { type EventMatch, type MatchKey, matchKey, payloadKey } from './match.ts'

// An event looks for waits, and a wait looks for events that came before it. Both may be under way at once, and neither
// sees what the other has not committed. So events of one name are emitted one at a time, and a wait for that name is
// stored between two of them.

/** Held to the end of the transaction. It is the first lock of all: a transaction that has it may then lock runs. */
export async function lockEventName(
  query: Query,
  orgId: string,
  name: string,
  how: 'emit' | 'wait',
): Promise<void> {
  const lock = how === 'emit' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared'
  await query(`select ${lock}(hashtextextended($1, 9))`, [`${orgId}/${name}`])
}

/** Puts a stored wait where events find it, with what a person reads of it. */
export async function markEventWait(
  query: Query,
  { executionId, key }: EventWait,
  { name, match }: { name: string; match: EventMatch },
  shown: (text: string) => string,
): Promise<void> {
  const told = Object.entries(match).map(([field, value]) => `${field} = ${JSON.stringify(value)}`)
  const where = told.length > 0 ? ` where ${told.join(' and ')}` : ''
  const { fields, values } = matchKey(match)
  await query(
    `update waits set event_name = $3, match_fields = $4, match_values = $5, reason = $6
     where execution_id = $1 and key = $2`,
    [executionId, key, name, fields, values, shown(`for event ${name}${where}`).slice(0, 500)],
  )
}

// PostgreSQL keeps a NUL and half a surrogate pair in JSON, and cannot look into a payload that has one: each wait that
// compares would fail. Such signs are left out here. An escaped backslash, as which `\\u0000` begins, is passed over.
const LEGIBLE = String.raw`(case when strpos(v.payload::text, '\u') = 0 then v.payload
  else regexp_replace(v.payload::text, '(\\\\)|\\u(0000|d[89a-f][0-9a-f]{2})', '\1', 'g')::json end)`

/**
 * The oldest event that came before the wait and is still unread by this run: emitted since the run was accepted (or
 * since the time it was planned for), and neither the one that started it nor one that answered another wait of it.
 */
export async function earlyEvent(
  query: Query,
  run: { executionId: string; orgId: string },
  wait: { key: string; name: string; match: EventMatch },
): Promise<(WaitAnswer & { eventId: string }) | null> {
  const values: unknown[] = [run.orgId, wait.name, run.executionId]
  // The payload was written by JSON.stringify, and so was this: equal values have equal texts.
  const conditions = Object.entries(wait.match).map(([field, value]) => {
    values.push(field.split('.'), JSON.stringify(value))
    return `and (${LEGIBLE} #> $${values.length - 1}::text[])::text = $${values.length}`
  })
  const [early] = await query<{ id: string; payload_text: string }>(
    `select v.id, v.payload::text as payload_text from executions e
     join events v on v.org_id = $1 and v.name = $2 and v.created_at >= coalesce(e.scheduled_at, e.created_at)
     where e.id = $3 and e.org_id = $1 and v.id is distinct from e.origin_id
       and not exists (select from event_deliveries d where d.execution_id = $3 and d.event_id = v.id and d.kind = 'wake')
       ${conditions.join(' ')}
     order by v.created_at, v.seq limit 1`,
    values,
  )
  if (!early) return null
  await noteWoken(query, early.id, [{ executionId: run.executionId, key: wait.key }])
  return { output: early.payload_text, eventId: early.id, by: `event ${early.id}` }
}

export interface EventWait {
  executionId: string
  key: string
}

const setsOf = (table: 'waits' | 'event_cancels', condition: string) => `
  (select match_fields from ${table} where ${condition} and org_id = $1 and event_name = $2 order by match_fields limit 1)
  union all
  select (select t.match_fields from ${table} t where ${condition} and t.org_id = $1 and t.event_name = $2
            and t.match_fields > s.match_fields order by t.match_fields limit 1)
  from s where s.match_fields is not null`

/**
 * By which sets of fields runs wait for this event, and are cancelled by it: one step through the index each, however
 * many runs there are.
 */
export const FIELD_SETS = `
select 'waits' as of, match_fields from (
  with recursive s as (${setsOf('waits', `kind = 'event'`)}) select match_fields from s
) w where match_fields is not null
union all
select 'cancels', match_fields from (
  with recursive s as (${setsOf('event_cancels', 'true')}) select match_fields from s
) c where match_fields is not null`

/** The keys that an event has for those who look for it. */
export interface EventKeys {
  waits: MatchKey[]
  cancels: MatchKey[]
}

/**
 * The rows that fit one of these keys. Each key is compared as a constant: as a join, a planner that knows little of the
 * table takes the first half of the index and reads all who wait for this event.
 */
export const matching = (
  { select, from, orderBy }: { select: string; from: string; orderBy: string },
  keys: readonly MatchKey[],
): { text: string; values: string[] } => {
  const parts = keys.map(
    (_, index) => `select ${select} from ${from} and org_id = $1 and event_name = $2
       and match_fields = $${3 + 2 * index} and match_values = $${4 + 2 * index}`,
  )
  return {
    text: `${parts.join(' union ')} order by ${orderBy}`,
    values: keys.flatMap(({ fields, values }) => [fields, values]),
  }
}

/** The waits that an event answers. The index finds them: nothing is read of runs that wait for something else. */
export const WAITS = {
  select: 'execution_id, key',
  from: `waits where kind = 'event'`,
  orderBy: 'execution_id, key',
}

export async function eventKeys(
  query: Query,
  event: { orgId: string; name: string; payload: Json },
): Promise<EventKeys> {
  const sets = await query<{ of: keyof EventKeys; match_fields: string }>(FIELD_SETS, [
    event.orgId,
    event.name,
  ])
  const keys: EventKeys = { waits: [], cancels: [] }
  for (const { of, match_fields } of sets) {
    const key = payloadKey(event.payload, match_fields)
    if (key) keys[of].push(key)
  }
  return keys
}

/** Answers all waits that an event matches, in the caller's transaction. After the commit call `announceWoken`. */
export async function answerEventWaits(
  query: Query,
  event: { id: string; orgId: string; name: string; payloadText: string },
  keys: readonly MatchKey[],
): Promise<EventWait[]> {
  if (keys.length === 0) return []
  const { text, values } = matching(WAITS, keys)
  const rows = await query<{ execution_id: string; key: string }>(text, [event.orgId, event.name, ...values])
  const waits = rows.map((row) => ({ executionId: row.execution_id, key: row.key }))
  if (waits.length === 0) return []
  const answer = { output: event.payloadText, by: `event ${event.id}` }
  const answered = await answerSuspended(query, event.id, waits, answer)
  const done = new Set(answered.map(nameOf))
  const others: EventWait[] = []
  // The rest belongs to runs that are at work beside their wait, one after the other, in the order of their ids.
  for (const wait of waits)
    if (!done.has(nameOf(wait)) && (await answerWait(query, wait.executionId, wait.key, answer)))
      others.push(wait)
  await noteWoken(query, event.id, others)
  return [...answered, ...others]
}

const nameOf = (wait: EventWait) => `${wait.executionId}/${wait.key}`

/** Suspended runs have no queue row to lock, so that all of them are answered in one statement. */
async function answerSuspended(
  query: Query,
  eventId: string,
  waits: EventWait[],
  answer: { output: string; by: string },
): Promise<EventWait[]> {
  const suspended = await query<{ id: string }>(
    `select id from executions where id = any($1) and status = 'SUSPENDED' order by id for update`,
    [waits.map((wait) => wait.executionId)],
  )
  if (suspended.length === 0) return []
  const rows = await query<{ execution_id: string; key: string }>(
    `with answered as (
       delete from waits w using unnest($2::uuid[], $3::text[]) as a (execution_id, key)
       where w.execution_id = a.execution_id and w.key = a.key and w.execution_id = any($1)
       returning w.execution_id, w.key, w.created_at
     ), completed as (
       update execution_steps s set status = 'completed', output = $4, answered_by = $5,
         ended_at = engine_now()
       from answered a where s.execution_id = a.execution_id and s.key = a.key
     ), back as (
       ${BACK_TO_QUEUE}
     ), requeued as (
       insert into queue (execution_id, org_id, due_at, attempt, claim)
       select id, org_id, engine_now(), attempt, claims from back
     ), noted as (
       ${NOTE} from answered a join executions e on e.id = a.execution_id cross join events v where v.id = $6
     )
     select execution_id, key from answered`,
    [
      suspended.map((row) => row.id),
      waits.map((wait) => wait.executionId),
      waits.map((wait) => wait.key),
      answer.output,
      answer.by,
      eventId,
    ],
  )
  return rows.map((row) => ({ executionId: row.execution_id, key: row.key }))
}

/** The log says what the event did; by it, no wait of the same run reads the event again. */
const NOTE = `insert into event_deliveries (id, org_id, event_id, seq, kind, status, workflow_id, workflow_name,
         execution_id, step, created_at, updated_at)
       select gen_random_uuid(), v.org_id, v.id, v.seq, 'wake', 'woken', e.workflow_id, e.workflow_name, e.id, a.key,
         engine_now(), engine_now()`

async function noteWoken(query: Query, eventId: string, waits: EventWait[]): Promise<void> {
  if (waits.length === 0) return
  await query(
    `${NOTE} from unnest($2::uuid[], $3::text[]) as a (execution_id, key)
     join executions e on e.id = a.execution_id cross join events v where v.id = $1`,
    [eventId, waits.map((wait) => wait.executionId), waits.map((wait) => wait.key)],
  )
}
