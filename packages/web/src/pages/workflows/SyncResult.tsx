import type { ExecuteAnswer } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import { formatClock, formatDuration } from '../../format.ts'
import { InlineProblem } from '../../ui/states.tsx'
import { useNow } from '../../ui/TimeAgo.tsx'
import { ResultView, resultKindOf } from '../executions/ResultView.tsx'
import { StatusBadge } from '../executions/StatusBadge.tsx'

/** The answer of a synchronous run, below its form. */
export function SyncResult({
  answer,
  startedAt,
  pending,
}: {
  answer: ExecuteAnswer | undefined
  startedAt: number
  pending: boolean
}) {
  const now = useNow(pending ? 1000 : null)
  return (
    <section aria-label="Result" aria-live="polite" className="mt-7 rounded-lg border border-line">
      <header className="flex min-h-11 flex-wrap items-center gap-3 border-b border-line px-4 py-2">
        {pending || !answer ? (
          <>
            <StatusBadge status="RUNNING" />
            <span className="tabular text-sm text-faint">{formatClock(now - startedAt)}</span>
          </>
        ) : (
          <>
            <StatusBadge status={answer.status} />
            {answer.duration_ms !== null && (
              <span className="tabular text-sm text-faint">{formatDuration(answer.duration_ms)}</span>
            )}
            <Link
              to="/history/$id"
              params={{ id: answer.execution_id }}
              className="ml-auto inline-flex items-center gap-1 text-sm font-medium text-accent hover:underline"
            >
              Logs and details <ArrowRight size={14} aria-hidden />
            </Link>
          </>
        )}
      </header>
      {answer && !pending && (
        <div className="p-4">
          {answer.error && (
            <InlineProblem tone={answer.status === 'COMPLETED_WITH_ERRORS' ? 'warn' : 'bad'}>
              <span className="font-semibold">{answer.error.type}</span> {answer.error.message}
            </InlineProblem>
          )}
          {(answer.result !== null || !answer.error) && (
            <div className={answer.error ? 'mt-3' : ''}>
              <ResultView result={answer.result} kind={resultKindOf(answer.result)} />
            </div>
          )}
        </div>
      )}
    </section>
  )
}
