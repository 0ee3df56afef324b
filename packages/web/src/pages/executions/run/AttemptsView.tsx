import type { Execution, ExecutionAttempt } from '@bifrost/contract'
import { isTerminal } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { formatDateTime, formatExact, formatMeasured } from '../../../format.ts'
import { Countdown } from '../../../ui/Countdown.tsx'
import { QueryView } from '../../../ui/QueryView.tsx'
import { executionQueries } from '../queries.ts'
import { StatusBadge } from '../StatusBadge.tsx'

const pollMs = 5_000

/** The attempts of the retry policy: what each ended with, and when the next one comes. */
export function AttemptsView({ execution }: { execution: Execution }) {
  const { id, status, attempt, max_attempts } = execution
  const attempts = useQuery({
    ...executionQueries.attempts(id),
    refetchInterval: isTerminal(status) ? false : pollMs,
  })
  const { refetch } = attempts
  // biome-ignore lint/correctness/useExhaustiveDependencies: another status or attempt is what there is to read
  useEffect(() => void refetch(), [refetch, status, attempt])
  return (
    <QueryView
      query={attempts}
      rows={2}
      empty={<p className="py-6 text-muted">Not started yet. Attempts: at most {max_attempts}.</p>}
    >
      {(items) => (
        <ol aria-label="Attempts" className="divide-y divide-line rounded-lg border border-line">
          {items.map((one) => (
            <AttemptRow key={one.attempt} attempt={one} max={max_attempts} />
          ))}
        </ol>
      )}
    </QueryView>
  )
}

function AttemptRow({ attempt: one, max }: { attempt: ExecutionAttempt; max: number }) {
  const { attempt, status, started_at, ended_at, due_at, error } = one
  return (
    <li className="grid gap-1 px-3 py-2.5">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <span className="font-medium">
          Attempt {attempt} of {max}
        </span>
        <StatusBadge status={status} />
        {started_at && (
          <time dateTime={started_at} title={formatExact(started_at)} className="tabular text-sm text-muted">
            {formatDateTime(started_at)}
          </time>
        )}
        {due_at && !started_at && (
          <span className="text-sm text-warn">
            at {formatDateTime(due_at)} (<Countdown to={due_at} />)
          </span>
        )}
        {started_at && ended_at && (
          <span className="tabular ml-auto text-sm text-muted">
            {formatMeasured(Date.parse(ended_at) - Date.parse(started_at))}
          </span>
        )}
      </div>
      {error && status !== 'CANCELLED' && (
        <p className="text-sm whitespace-pre-wrap text-bad [overflow-wrap:anywhere]">
          <span className="font-mono text-xs font-semibold">{error.type}</span> {error.message}
        </p>
      )}
    </li>
  )
}
