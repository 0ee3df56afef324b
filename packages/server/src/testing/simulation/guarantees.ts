import { type ExecutionStatus, nextStatuses } from '@bifrost/contract'
import type { Backends } from './backends.ts'
import type { Ledger } from './ledger.ts'
import type { World } from './world.ts'

const TERMINAL = `('SUCCESS', 'COMPLETED_WITH_ERRORS', 'FAILED', 'TIMEOUT', 'CANCELLED')`

/** Tables of the simulation itself: what PostgreSQL saw, no matter who did it. */
export const AUDIT = `
create table simulation_audit (
  seq bigserial, execution_id uuid, was text, became text, claims int, claims_before int, at timestamptz);
create function simulation_note() returns trigger language plpgsql as $$
begin
  insert into simulation_audit (execution_id, was, became, claims, claims_before, at)
  values (new.id, case when tg_op = 'UPDATE' then old.status end, new.status, new.claims,
    case when tg_op = 'UPDATE' then old.claims end, engine_now());
  return null;
end $$;
create trigger simulation_note after insert or update of status, claims on executions
  for each row execute function simulation_note();`

/** Nothing is under way, and nothing waits for what will come by itself. */
export async function isSettled(backends: Backends): Promise<boolean> {
  const [row] = await backends.ask<{ open: number }>(
    `select (select count(*) from executions where status not in ${TERMINAL})::int
       + (select count(*) from queue)::int + (select count(*) from waits)::int + (select count(*) from run_ends)::int as open`,
  )
  return row?.open === 0
}

interface Rule {
  /** What the rule is, as a sentence about a row that breaks it. */
  says: string
  sql: string
}

/** What must hold in the database at any moment in which no transaction is open, and so at the end. */
const RULES: Rule[] = [
  {
    says: 'it has not ended and is not in the queue',
    sql: `select id from executions e where status in ('PENDING', 'RUNNING', 'CANCELLING', 'SCHEDULED')
            and not exists (select from queue q where q.execution_id = e.id)`,
  },
  {
    says: 'it is in the queue and does not continue',
    sql: `select execution_id as id from queue q join executions e on e.id = q.execution_id
          where e.status not in ('PENDING', 'RUNNING', 'CANCELLING', 'SCHEDULED')`,
  },
  {
    says: 'it waits and nothing can wake it',
    sql: `select id from executions e where status = 'SUSPENDED' and not exists (select from waits w where w.execution_id = e.id)`,
  },
  {
    says: 'it has ended and still waits for something',
    sql: `select execution_id as id from waits w join executions e on e.id = w.execution_id
          where e.status in ${TERMINAL} and w.due_at is null`,
  },
  {
    says: 'it ended well and a step of it is not finished',
    sql: `select execution_id as id from execution_steps s join executions e on e.id = s.execution_id
          where e.status = 'SUCCESS' and s.status in ('waiting', 'retrying')`,
  },
  {
    says: 'its code did the same as before and was told that it did not',
    sql: `select id from executions where error_code = 'nondeterministic'
          union select execution_id from waits where kind = 'parked'`,
  },
  {
    says: 'two entries of its journal have the same place in the order',
    sql: `select execution_id as id from execution_steps where ordinal is not null
          group by execution_id, ordinal having count(*) > 1`,
  },
  {
    says: 'its end is not told to those who wait',
    sql: `select w.execution_id as id from waits w join executions c on c.id = w.child_id
          where c.status in ${TERMINAL} and not exists (select from run_ends r where r.execution_id = c.id)`,
  },
]

export async function checkRows(world: World, ledger: Ledger, backends: Backends): Promise<void> {
  for (const { says, sql } of RULES)
    for (const { id } of await backends.ask<{ id: string }>(sql))
      world.violation(`${ledger.nameOf(id)}: ${says}`)
}

/** The guarantees of the design, at the end of a run of the simulation. */
export async function checkEnd(world: World, ledger: Ledger, backends: Backends): Promise<void> {
  await checkRows(world, ledger, backends)
  await checkAccepted(world, ledger, backends)
  await checkStatuses(world, ledger, backends)
  await checkChildren(world, ledger, backends)
}

/** 1: accepted is durable; 8: a key is processed once. */
async function checkAccepted(world: World, ledger: Ledger, backends: Backends): Promise<void> {
  const rows = await backends.ask<{ id: string; idempotency_key: string | null }>(
    'select id, idempotency_key from executions',
  )
  const stored = new Set(rows.map((row) => row.id))
  for (const id of ledger.accepted.keys())
    if (!stored.has(id)) world.violation(`${ledger.nameOf(id)} was accepted and is gone`)
  for (const [key, ids] of ledger.byIdempotencyKey)
    if (rows.filter((row) => row.idempotency_key === key).length !== ids.size)
      world.violation(`the idempotency key ${key} is not that of one run`)
}

/** 5: one terminal status; 6: what was cancelled while it waited never runs. */
async function checkStatuses(world: World, ledger: Ledger, backends: Backends): Promise<void> {
  const rows = await backends.ask<{
    execution_id: string
    was: ExecutionStatus | null
    became: ExecutionStatus
    claims: number
    claims_before: number | null
  }>('select execution_id, was, became, claims, claims_before from simulation_audit order by seq')
  for (const { execution_id: id, was, became, claims, claims_before } of rows) {
    if (was !== null && was !== became && !nextStatuses[was].includes(became))
      world.violation(`${ledger.nameOf(id)} went from ${was} to ${became}`)
    if (claims_before !== null && claims < claims_before)
      world.violation(`${ledger.nameOf(id)} went back from claim ${claims_before} to ${claims}`)
    if (became === 'CANCELLED' && claims === 0 && ledger.hasBegun(id))
      world.violation(`${ledger.nameOf(id)} was cancelled while it waited, and its code ran`)
  }
}

/** A child run's end reaches its parent as it was; children that no run waits for are cancelled with their parent. */
async function checkChildren(world: World, ledger: Ledger, backends: Backends): Promise<void> {
  const rows = await backends.ask<{
    id: string
    key: string
    output: string | null
    result: string | null
    status: string
  }>(
    `select p.id, s.key, s.output::text as output, c.result::text as result, c.status from executions c
     join executions p on p.id = c.parent_id join execution_steps s on s.execution_id = p.id and s.key = c.parent_key
     where s.status = 'completed' and s.output is not null`,
  )
  for (const { id, key, output, result, status } of rows)
    if (output !== (result ?? 'null') || !['SUCCESS', 'COMPLETED_WITH_ERRORS'].includes(status))
      world.violation(
        `${ledger.nameOf(id)} was given ${output} by ${key}, and that run ended ${status} with ${result}`,
      )
}
