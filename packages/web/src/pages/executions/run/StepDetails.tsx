import type { Step } from '@bifrost/contract'
import { GitFork } from 'lucide-react'
import { formatExact, formatLogTime, formatMeasured } from '../../../format.ts'
import { Button } from '../../../ui/Button.tsx'
import { JsonTree } from '../../../ui/JsonTree.tsx'

/** All that is known of a step: its attempts with their errors, its output. */
export function StepDetails({
  step,
  name,
  onFork,
}: {
  step: Step
  name: string
  /** Absent where the run cannot be forked. */
  onFork: (() => void) | undefined
}) {
  const { attempts, error, output, status, kind } = step
  const tellsAttempts = attempts.length > 1 || attempts.some((one) => one.error)
  return (
    <div className="grid gap-3">
      <p className="text-sm text-muted">
        Started {formatExact(step.started_at)}
        {step.ended_at && <>, ended {formatExact(step.ended_at)}</>}. Key{' '}
        <code className="font-mono text-xs [overflow-wrap:anywhere]">{step.key}</code>
      </p>
      {tellsAttempts && (
        <ol
          aria-label={`Attempts of ${name}`}
          className="divide-y divide-line rounded-md border border-line text-sm"
        >
          {attempts.map(({ attempt, started_at, ended_at, error: failure }) => (
            <li key={attempt} className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 px-3 py-2">
              <span>
                <span className="font-medium">Attempt {attempt}</span>
                <span className="tabular text-faint"> · {formatLogTime(started_at)}</span>
              </span>
              <span className="tabular text-muted">
                {formatMeasured(Date.parse(ended_at) - Date.parse(started_at))}
              </span>
              {failure && (
                <span className="col-span-2 whitespace-pre-wrap text-bad [overflow-wrap:anywhere]">
                  <span className="font-mono text-xs font-semibold">{failure.type}</span> {failure.message}
                </span>
              )}
            </li>
          ))}
        </ol>
      )}
      {error && !tellsAttempts && (
        <p className="rounded-md bg-bad-soft px-3 py-2 text-sm whitespace-pre-wrap text-bad [overflow-wrap:anywhere]">
          <span className="font-mono text-xs font-semibold">{error.type}</span> {error.message}
        </p>
      )}
      {kind !== 'sleep' &&
        kind !== 'undo' &&
        status === 'completed' &&
        (output === null ? (
          <p className="text-sm text-faint">No output.</p>
        ) : (
          <JsonTree value={output} label={`Output of ${name}`} openDepth={1} />
        ))}
      {onFork && kind !== 'undo' && (
        <div>
          <Button size="sm" icon={GitFork} onClick={onFork}>
            Fork from here
          </Button>
        </div>
      )}
    </div>
  )
}
