import type { Execution } from '@bifrost/contract'
import clsx from 'clsx'
import { formatMeasured } from '../../../format.ts'
import { placeOn, type Segment, type SegmentLook, type Span } from './step-timeline.ts'

const looks: Record<SegmentLook, { label: string; color: string }> = {
  done: { label: 'worked', color: 'h-2.5 bg-ok' },
  failed: { label: 'failed', color: 'h-2.5 bg-bad' },
  running: { label: 'running', color: 'h-2.5 bg-live animate-shimmer' },
  pause: { label: 'Pause until the next attempt', color: 'h-2.5 striped text-warn/70' },
  sleep: { label: 'Waiting', color: 'h-2.5 striped text-live/70' },
  stopped: { label: 'Stopped with the run', color: 'h-2.5 striped text-idle/70' },
}

/** The life of a step beside those of the others; each attempt is a segment that tells its error on hover. */
export function StepBar({
  segments,
  run,
  axis,
  ticks,
}: {
  segments: Segment[]
  run: Execution
  axis: Span
  ticks: number[]
}) {
  const started = run.started_at === null ? axis.to : Date.parse(run.started_at)
  const queued = placeOn(axis, { from: axis.from, to: started })
  return (
    <span aria-hidden className="relative block h-5">
      <span
        title="Queued"
        className="absolute inset-y-0 left-0 bg-hover"
        style={{ width: `${queued.width}%` }}
      />
      {ticks.map((tick) => (
        <span
          key={tick}
          className="absolute inset-y-0 w-px bg-line/70"
          style={{ left: `${(tick / (axis.to - axis.from)) * 100}%` }}
        />
      ))}
      {segments.map((segment) => {
        const { left, width } = placeOn(axis, segment)
        return (
          <span
            key={`${segment.look} ${segment.attempt ?? ''} ${segment.from}`}
            title={hint(segment)}
            className={clsx(
              'absolute top-1/2 min-w-[3px] -translate-y-1/2 rounded-[2px]',
              looks[segment.look].color,
            )}
            style={{ left: `min(${left}%, calc(100% - 3px))`, width: `${width}%` }}
          />
        )
      })}
    </span>
  )
}

function hint({ look, attempt, from, to, error }: Segment): string {
  const { label } = looks[look]
  const what = attempt === null ? label : `Attempt ${attempt} ${label}`
  return [`${what} · ${formatMeasured(to - from)}`, error && `${error.type}: ${error.message}`]
    .filter(Boolean)
    .join('\n')
}
