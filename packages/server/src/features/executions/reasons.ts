import type { Execution, ExecutionSummary } from '@bifrost/contract'
import { heldBy } from './held.ts'
import type { DetailRow } from './rows.ts'

// Why a run stands where it stands, in one sentence each (spec B14). A new kind of waiting is a function here and its
// name in `kinds`; what it needs to know comes with the row.

type WaitingFor = NonNullable<Execution['waiting_for']>
type Kind = (row: DetailRow, error: ExecutionSummary['error']) => WaitingFor | null

const iso = (date: Date | null) => date?.toISOString() ?? null
const until = (row: DetailRow) => (row.wait_until ? ` until ${iso(row.wait_until)}` : '')
const waiting = (kind: string, reason: string, at: Date | null): WaitingFor => ({
  kind,
  reason,
  until: iso(at),
})

/** Planned for later by its start. */
const start: Kind = (row) => {
  if (row.status !== 'SCHEDULED') return null
  const at = row.scheduled_at ?? row.due_at
  return waiting('start', `Waits for its time: ${iso(at)}.`, at)
}

/** Its last attempt failed, and the retry policy allows another one. */
const attempt: Kind = (row, error) => {
  if (row.status !== 'PENDING' || !row.next_attempt || row.next_attempt <= row.attempt || row.attempt === 0)
    return null
  const after = error ? ` after: ${error.message}` : ''
  return waiting(
    'attempt',
    `Waits for attempt ${row.next_attempt} of ${row.max_attempts} at ${iso(row.due_at)}${after}`,
    row.due_at,
  )
}

/** Could run, and no worker has taken it yet. */
const queue: Kind = (row) => {
  if (row.status !== 'PENDING') return null
  if (row.workers === 0)
    return waiting(
      'queue',
      'Waits for a worker; none is running. Start one with "bifrost worker" or "bifrost start".',
      null,
    )
  if (row.quota !== null && (row.running ?? 0) >= row.quota)
    return waiting(
      'quota',
      `Waits for its turn: ${row.running} of the ${row.quota} runs that the organization may have at once are running.`,
      null,
    )
  const ahead = row.ahead ?? 0
  const others =
    ahead > AHEAD_MAX ? `more than ${AHEAD_MAX} runs are` : ahead === 1 ? '1 run is' : `${ahead} runs are`
  return waiting(
    'queue',
    ahead === 0 ? 'Waits for a free worker.' : `Waits for a free worker; ${others} before it.`,
    null,
  )
}

/** So many rows are counted at most. */
export const AHEAD_MAX = 1000

/** The sentence of each kind of wait that a run's code can be in. */
const waits: Partial<Record<NonNullable<DetailRow['wait_kind']>, (row: DetailRow) => string>> = {
  timer: (row) => `Sleeps${until(row)}.`,
  retry: (row) => {
    const step = row.wait_step ? `the step "${row.wait_step}"` : 'a step'
    const after = row.wait_error ? ` after: ${row.wait_error}` : '.'
    return `Waits for attempt ${(row.wait_attempts ?? 0) + 1} of ${step} at ${iso(row.wait_until)}${after}`
  },
  resume: (row) => `Waits ${row.wait_reason ?? 'for an answer'}${until(row)}.`,
  child: (row) => `Waits for the run ${row.wait_child}${until(row)}.`,
  task: (row) => `Waits for ${row.wait_person ?? 'a person'} to answer "${row.wait_task}"${until(row)}.`,
}

/** Its code does not fit its journal. What it waited for before is still there, and is not what it waits for now. */
const parked: Kind = (row) => {
  if (row.wait_kind !== 'parked' || row.ended_at) return null
  const moved = row.original_version !== null && row.original_version !== row.code_version
  const advice = moved
    ? 'Continue it on the version that it started with.'
    : 'The code changed, or depends on time or chance outside of steps. Continue it on a compatible version.'
  return waiting('parked', `Parked: ${row.wait_reason}. ${advice}`, null)
}

/** The code waits; of several things it is the one that comes first. */
const code: Kind = (row) => {
  if (!row.wait_kind || row.ended_at) return null
  const sentence = waits[row.wait_kind]?.(row) ?? `Waits ${row.wait_reason ?? ''}${until(row)}.`
  const more = (row.wait_count ?? 1) - 1
  const others =
    more > 0 ? ` It also waits for ${more === 1 ? 'one more thing' : `${more} more things`}.` : ''
  return waiting(row.wait_kind, `${sentence}${others}`, row.wait_until)
}

const kinds: readonly Kind[] = [heldBy, start, attempt, queue, parked, code]

/** What a run that is not moving waits for; null when it moves, or has ended. */
export function waitingFor(row: DetailRow, error: ExecutionSummary['error']): WaitingFor | null {
  for (const kind of kinds) {
    const found = kind(row, error)
    if (found) return found
  }
  return null
}

/** Where a run stands, in one sentence (spec B14). */
export function reasonOf(row: DetailRow, error: ExecutionSummary['error']): string {
  switch (row.status) {
    case 'RUNNING':
      return row.attempt > 1 ? `Running, attempt ${row.attempt} of ${row.max_attempts}.` : 'Running.'
    case 'SCHEDULED':
    case 'PENDING':
    case 'SUSPENDED':
      return waitingFor(row, error)?.reason ?? 'Waiting.'
    case 'CANCELLING':
      return 'Being cancelled.'
    case 'SUCCESS':
      // The status says it.
      return ''
    case 'COMPLETED_WITH_ERRORS':
      return `Ended, and reported a failure: ${error?.message ?? ''}`
    case 'CANCELLED':
      return 'Cancelled.'
    case 'FAILED':
    case 'TIMEOUT':
      return error ? `${error.type}: ${error.message}` : 'Failed.'
  }
}
