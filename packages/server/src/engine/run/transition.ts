import { ExecutionStatus, nextStatuses } from '@bifrost/contract'

/** What each status becomes. One may stay as it is while the rest of the row is changed. */
type Moves = Partial<Record<ExecutionStatus, ExecutionStatus>>

/** An expression says which of these it becomes. */
interface AnyMove {
  from: readonly ExecutionStatus[]
  to: readonly ExecutionStatus[]
  /** SQL. */
  value: string
}

interface Change {
  /** Further assignments. */
  set?: string
  from?: string
  where: string
  returning?: string
}

/**
 * The only way a run's status changes: an UPDATE of `executions e` that leaves runs in other statuses as they are. Each
 * move must be in `nextStatuses`. Modules call this while they are loaded, so a move that is not allowed stops the start,
 * and the statements cost nothing when they run.
 */
export function transition(moves: Moves | AnyMove, { set, from, where, returning }: Change): string {
  const { from: befores, value } = 'value' in moves ? checkedAny(moves) : checked(moves)
  const statuses =
    befores.length === 1 ? `= '${befores[0]}'` : `in (${befores.map((status) => `'${status}'`).join(', ')})`
  return `update executions e set status = ${value}${set ? `, ${set}` : ''}${from ? ` from ${from}` : ''}
    where ${where} and e.status ${statuses}${returning ? ` returning ${returning}` : ''}`
}

/** All that may become this status. */
export const allTo = (to: ExecutionStatus): Moves =>
  Object.fromEntries(
    ExecutionStatus.options.filter((from) => nextStatuses[from].includes(to)).map((from) => [from, to]),
  )

function checked(moves: Moves) {
  const pairs = Object.entries(moves) as [ExecutionStatus, ExecutionStatus][]
  for (const [from, to] of pairs) if (from !== to) require(from, to)
  const last = pairs.at(-1)?.[1]
  const others = pairs.filter(([, to]) => to !== last)
  const cases = others.map(([from, to]) => `when '${from}' then '${to}'`).join(' ')
  return {
    from: pairs.map(([from]) => from),
    value: others.length === 0 ? `'${last}'` : `case e.status ${cases} else '${last}' end`,
  }
}

function checkedAny({ from: befores, to: afters, value }: AnyMove) {
  for (const from of befores) for (const to of afters) require(from, to)
  return { from: befores, value }
}

function require(from: ExecutionStatus, to: ExecutionStatus): void {
  if (!nextStatuses[from].includes(to)) throw new Error(`A run that is ${from} never becomes ${to}.`)
}
