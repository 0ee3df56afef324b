import clsx from 'clsx'
import {
  CircleCheck,
  CircleSlash,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  Moon,
  RotateCw,
  Undo2,
  UserRound,
} from 'lucide-react'
import type { StepLook } from './step-timeline.ts'

const marks: Record<StepLook, { icon: LucideIcon; label: string; colour: string }> = {
  completed: { icon: CircleCheck, label: 'Completed', colour: 'text-ok' },
  failed: { icon: CircleX, label: 'Failed', colour: 'text-bad' },
  running: { icon: LoaderCircle, label: 'Running', colour: 'text-live animate-spin' },
  retrying: { icon: RotateCw, label: 'Waits for its next attempt', colour: 'text-warn' },
  waiting: { icon: Moon, label: 'Waiting', colour: 'text-live' },
  resumed: { icon: LoaderCircle, label: 'Goes on with its answer', colour: 'text-live' },
  cancelled: { icon: CircleSlash, label: 'Cancelled', colour: 'text-idle' },
  stopped: { icon: CircleSlash, label: 'Stopped with the run', colour: 'text-idle' },
}

/** How a step stands, as a sign with its word for those who do not see it. */
export function StepMark({
  look,
  undo,
  screen = false,
}: {
  look: StepLook
  undo: boolean
  screen?: boolean
}) {
  const { icon, label, colour } = marks[look]
  const Icon = undo && look === 'completed' ? Undo2 : screen && look === 'waiting' ? UserRound : icon
  return (
    <span title={label} className={clsx('inline-flex shrink-0', colour)}>
      <Icon size={16} aria-hidden />
      <span className="sr-only">{label}:</span>
    </span>
  )
}
