import type { Database, Query } from '../../platform/database.ts'
import type { AcceptItem } from '../types.ts'
import { type RunColumn, runColumns } from './run-columns.ts'

/** One value of a column for each of many rows, or one for all of them. */
const isArray = (column: RunColumn, how: 'any' | 'of one start') => how === 'any' || column.each === true

/**
 * History and queue in one statement, so that there is never one without the other. Columns travel as arrays: one plan
 * for any number of rows. Runs of one start share most values, and are taken in the order of their keys, so that two
 * calls with the same keys wait for each other and never both ways.
 */
export function insertStatement(columns: readonly RunColumn[], how: 'any' | 'of one start'): string {
  const { arrays, shared, all } = parametersOf(columns, how)
  const names = (of: readonly RunColumn[]) => of.map(({ name }) => name).join(', ')
  const typed = arrays.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')
  const once = shared
    .map(({ name, type }, index) => `$${arrays.length + index + 1}::${type} as ${name}`)
    .join(', ')
  const stored = names(all.filter(({ passing }) => !passing))
  const held = how === 'any' ? null : 'priority, concurrency_key, rate_key, debounce_key, flow'
  return `
with input as (
  select * from unnest(${typed}) as i (${names(arrays)})
  ${shared.length > 0 ? `cross join (select ${once}) s order by idempotency_key` : ''}
), history as (
  insert into executions (${stored}, created_at, started_at, attempt, claims, has_event_cancels)
  select ${stored}, engine_now(), case when worker_id is not null then engine_now() end,
    (worker_id is not null)::int, (worker_id is not null)::int, cancel_on is not null
  from input
  on conflict (org_id, workflow_id, idempotency_key) where idempotency_key is not null do nothing
  returning id
), live as (
  insert into queue (execution_id, org_id, due_at, worker_id, attempt, claim, ready${held ? `, gate, ${held}` : ''})
  select id, org_id, coalesce(scheduled_at, engine_now()), worker_id, 1, (worker_id is not null)::int, scheduled_at is null
    ${held ? `and concurrency_key is null and rate_key is null, ${GATE}, ${held}` : ''}
  from input join history using (id)
), cancels as (
  insert into event_cancels (execution_id, org_id, event_name, match_fields, match_values)
  select i.id, i.org_id, c.event, c.fields, c."values" from input i join history h using (id)
  cross join lateral json_to_recordset(i.cancel_on) as c (event text, fields text, "values" text)
  where i.cancel_on is not null
  on conflict do nothing
)
select id from history`
}

/** A planned run meets its gates when its time has come. */
const GATE = `case when scheduled_at is not null then null when concurrency_key is not null then 'concurrency' when rate_key is not null then 'rate' end`

function parametersOf(columns: readonly RunColumn[], how: 'any' | 'of one start') {
  const all = how === 'any' ? columns.filter(({ rare }) => !rare) : columns
  const arrays = all.filter((column) => isArray(column, how))
  return { all, arrays, shared: all.filter((column) => !isArray(column, how)) }
}

/** A value as a statement takes it. */
function parameterOf({ type, of }: RunColumn, run: AcceptItem): unknown {
  const value = of(run)
  return type === 'json' && value !== null ? JSON.stringify(value) : value
}

export function parametersFor(
  columns: readonly RunColumn[],
  how: 'any' | 'of one start',
  items: readonly AcceptItem[],
): unknown[] {
  const { arrays, shared } = parametersOf(columns, how)
  const [first] = items
  return [
    ...arrays.map((column) => items.map((item) => parameterOf(column, item))),
    ...shared.map((column) => (first ? parameterOf(column, first) : null)),
  ]
}

/** Which parameter of the statement `accept` is that column, counted from 0; for tests that watch statements. */
export const acceptParameter = (name: (typeof runColumns)[number]['name']): number =>
  parametersOf(runColumns, 'any').arrays.findIndex((column) => column.name === name)

const INSERT_ANY = insertStatement(runColumns, 'any')
const INSERT_OF_ONE_START = insertStatement(runColumns, 'of one start')

/** Accepts runs; none of them has an idempotency key, or flow control. */
export async function insertExecutions(db: Database, items: AcceptItem[]): Promise<undefined[]> {
  await db.prepared('accept', INSERT_ANY, parametersFor(runColumns, 'any', items))
  return items.map(() => undefined)
}

/** Accepts runs that differ in their inputs, keys and flow control alone; answers which were not accepted before. */
export async function insertAlike(query: Query, items: readonly AcceptItem[]): Promise<string[]> {
  const values = parametersFor(runColumns, 'of one start', items)
  return (await query<{ id: string }>(INSERT_OF_ONE_START, values)).map(({ id }) => id)
}

/** Accepts one run with an idempotency key; false when a run with that key was accepted before. */
export async function insertExecutionOnce(query: Query, item: AcceptItem): Promise<boolean> {
  if (item.spec.flow) return (await insertAlike(query, [item])).length === 1
  return (await query(INSERT_ANY, parametersFor(runColumns, 'any', [item]))).length === 1
}

const replaced = (columns: readonly RunColumn[]) => columns.filter(({ kept, passing }) => !kept && !passing)

/** Puts what a later start says in the place of what a run had that waits for further ones; $1 is its id. */
export const replaceStatement = (columns: readonly RunColumn[]): string => {
  const set = replaced(columns).map(({ name, type }, index) => `${name} = $${index + 2}::${type}`)
  return `update executions set ${set.join(', ')} where id = $1`
}

export const replaceParameters = (columns: readonly RunColumn[], item: AcceptItem): unknown[] => [
  item.id,
  ...replaced(columns).map((column) => parameterOf(column, item)),
]

const REPLACE = replaceStatement(runColumns)

export const replaceRun = (query: Query, item: AcceptItem): Promise<unknown> =>
  query(REPLACE, replaceParameters(runColumns, item))
