import type { Execution, Step } from '@bifrost/contract'
import { ChevronRight } from 'lucide-react'
import { useId, useState } from 'react'
import {
  formatCount,
  formatDateTime,
  formatExact,
  formatMeasured,
  formatTime,
  startOfDay,
} from '../../../format.ts'
import { Countdown } from '../../../ui/Countdown.tsx'
import { StepBar } from './StepBar.tsx'
import { StepDetails } from './StepDetails.tsx'
import { StepMark } from './StepMark.tsx'
import { type Span, type StepLook, type StepTitle, segmentsOf, stepLook } from './step-timeline.ts'

/** Mark, name, bar and duration stand in these columns; below each other where there is little room. */
export const rowGrid =
  'grid grid-cols-[1rem_minmax(0,1fr)_auto] @md:grid-cols-[1rem_minmax(0,2fr)_minmax(0,3fr)_4.25rem] items-center gap-x-2.5'

/** One step: how it stands, when it ran beside the others, and on demand all that is known of it. */
export function StepRow({
  step,
  title,
  kind,
  run,
  axis,
  ticks,
  now,
  onFork,
}: {
  step: Step
  title: StepTitle
  /** The word for what it is. */
  kind: string
  run: Execution
  axis: Span
  ticks: number[]
  now: number
  onFork: (() => void) | undefined
}) {
  const [open, setOpen] = useState(false)
  const details = useId()
  const look = stepLook(step, run)
  const segments = segmentsOf(step, run, now)
  const duration = step.duration_ms ?? lengthOf(segments)
  const name = nameOf(title)
  return (
    <li className="border-b border-line last:border-b-0">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? details : undefined}
        onClick={() => setOpen(!open)}
        className="group w-full px-2 py-1.5 text-left transition-colors hover:bg-sunken focus-visible:outline-offset-[-2px] @md:px-3"
      >
        <span className={rowGrid}>
          <StepMark look={look} undo={step.kind === 'undo'} screen={step.kind === 'screen'} />
          <span className="flex min-w-0 items-center gap-1.5">
            <span className="min-w-0 truncate font-medium" title={step.key}>
              {title.branch && <span className="font-normal text-faint">{title.branch}</span>}
              {title.name}
              {title.occurrence !== null && (
                <span className="tabular ml-1 font-normal text-muted">#{title.occurrence}</span>
              )}
            </span>
            <span className="shrink-0 text-xs text-faint">{kind}</span>
            <ChevronRight
              size={13}
              aria-hidden
              className="shrink-0 text-faint transition-transform group-aria-expanded:rotate-90"
            />
          </span>
          <span className="@max-md:order-last @max-md:col-span-2 @max-md:col-start-2">
            <StepBar segments={segments} run={run} axis={axis} ticks={ticks} />
          </span>
          <span className="tabular text-right text-sm whitespace-nowrap text-muted">
            {duration === null
              ? '–'
              : formatMeasured(look === 'running' || look === 'waiting' ? whole(duration) : duration)}
          </span>
        </span>
        <Notes step={step} look={look} now={now} />
      </button>
      {open && (
        <div id={details} className="px-3 pt-1 pb-4 @md:pl-[2.375rem]">
          <StepDetails step={step} name={name} onFork={onFork} />
        </div>
      )}
    </li>
  )
}

const nameOf = ({ branch, name, occurrence }: StepTitle): string =>
  `${branch}${name}${occurrence === null ? '' : ` #${occurrence}`}`

/** A step that is still running shows whole seconds, so that the number does not flicker. */
const whole = (ms: number) => (ms < 1000 ? ms : Math.floor(ms / 1000) * 1000)

function lengthOf(segments: { from: number; to: number }[]): number | null {
  const [first, last] = [segments[0], segments.at(-1)]
  return first && last ? Math.max(0, last.to - first.from) : null
}

/** A step that waits has suspended itself. */
const waitWords: Partial<Record<Step['kind'], string>> = {
  sleep: 'Sleeps',
  event: 'Waits for the event',
  screen: 'Waits for a person',
  run: 'Waits for the other run',
}

/** What a row says beside its bar: attempts, what it waits for, its error. Most have nothing to say. */
function Notes({ step, look, now }: { step: Step; look: StepLook; now: number }) {
  const { kind, attempts, due_at, error } = step
  const count = Math.max(attempts.length, step.attempt)
  const due = due_at && <Due at={due_at} now={now} />
  return (
    <span className="flex flex-wrap gap-x-3 pl-[1.625rem] text-xs text-faint">
      {count > 1 && <span>{formatCount(count, 'attempt')}</span>}
      {look === 'waiting' && (
        <span className="text-live">
          {waitWords[kind] ?? 'Waits for an answer'}
          {due_at && (
            <>
              {kind === 'sleep' ? ' until ' : ', until '}
              {due} (<Countdown to={due_at} />)
            </>
          )}
        </span>
      )}
      {due_at && look === 'retrying' && (
        <span className="text-warn">
          Next attempt at {due} (<Countdown to={due_at} />)
        </span>
      )}
      {due_at && kind === 'sleep' && look === 'completed' && <span>Slept until {due}</span>}
      {error && (
        <span className="line-clamp-2 basis-full text-sm text-bad [overflow-wrap:anywhere]">
          {error.message}
        </span>
      )}
    </span>
  )
}

/** A moment, with its day where that is not today. */
function Due({ at, now }: { at: string; now: number }) {
  const today = startOfDay(new Date(at)).getTime() === startOfDay(new Date(now)).getTime()
  return (
    <time dateTime={at} title={formatExact(at)}>
      {today ? formatTime(at) : formatDateTime(at)}
    </time>
  )
}
