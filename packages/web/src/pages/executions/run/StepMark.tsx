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

const marks: Record<StepLook, { icon: LucideIcon; label: string; color: string }> = {
  completed: { icon: CircleCheck, label: 'Completed', color: 'text-ok' },
  failed: { icon: CircleX, label: 'Failed', color: 'text-bad' },
  running: { icon: LoaderCircle, label: 'Running', color: 'text-live animate-spin' },
  retrying: { icon: RotateCw, label: 'Waiting for its next attempt', color: 'text-warn' },
  waiting: { icon: Moon, label: 'Waiting', color: 'text-live' },
  resumed: { icon: LoaderCircle, label: 'Resumed', color: 'text-live' },
  cancelled: { icon: CircleSlash, label: 'Cancelled', color: 'text-idle' },
  stopped: { icon: CircleSlash, label: 'Stopped with the run', color: 'text-idle' },
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
  const { icon, label, color } = marks[look]
  const Icon = undo && look === 'completed' ? Undo2 : screen && look === 'waiting' ? UserRound : icon
  return (
    <span title={label} className={clsx('inline-flex shrink-0', color)}>
      <Icon size={16} aria-hidden />
      <span className="sr-only">{label}:</span>
    </span>
  )
}
