import type { ExecutionStatus } from '@bifrost/contract'
import clsx from 'clsx'

type Tone = 'ok' | 'bad' | 'warn' | 'live' | 'idle'

/** How each status is called and colored, everywhere. */
export const statusLooks: Record<
  ExecutionStatus,
  { label: string; tone: Tone; moving?: boolean; hollow?: boolean }
> = {
  SCHEDULED: { label: 'Scheduled', tone: 'idle' },
  PENDING: { label: 'Queued', tone: 'idle', moving: true },
  RUNNING: { label: 'Running', tone: 'live', moving: true },
  SUSPENDED: { label: 'Waiting', tone: 'live', hollow: true },
  SUCCESS: { label: 'Succeeded', tone: 'ok' },
  COMPLETED_WITH_ERRORS: { label: 'Completed with errors', tone: 'warn' },
  FAILED: { label: 'Failed', tone: 'bad' },
  TIMEOUT: { label: 'Timed out', tone: 'bad' },
  CANCELLING: { label: 'Cancelling', tone: 'idle', moving: true },
  CANCELLED: { label: 'Cancelled', tone: 'idle' },
}

const dots: Record<Tone, string> = {
  ok: 'bg-ok',
  bad: 'bg-bad',
  warn: 'bg-warn',
  live: 'bg-live',
  idle: 'bg-idle',
}
const texts: Record<Tone, string> = {
  ok: 'text-ok',
  bad: 'text-bad',
  warn: 'text-warn',
  live: 'text-live',
  idle: 'text-idle',
}
const fills: Record<Tone, string> = {
  ok: 'bg-ok-soft',
  bad: 'bg-bad-soft',
  warn: 'bg-warn-soft',
  live: 'bg-live-soft',
  idle: 'bg-idle-soft',
}

export function StatusDot({ status }: { status: ExecutionStatus }) {
  const { tone, moving, hollow } = statusLooks[status]
  return (
    <span
      aria-hidden
      className={clsx(
        'inline-block shrink-0 rounded-full',
        // A ring, because its color is that of a running run.
        hollow ? clsx('size-[8px] border-2 border-current', texts[tone]) : clsx('size-[7px]', dots[tone]),
        moving && 'animate-pulse-dot',
      )}
    />
  )
}

/** The status as dot and word; `filled` where it is the head of a page. */
export function StatusBadge({ status, filled = false }: { status: ExecutionStatus; filled?: boolean }) {
  const { label, tone } = statusLooks[status]
  return (
    <span
      className={clsx(
        'inline-flex items-center gap-1.5 font-medium whitespace-nowrap',
        texts[tone],
        filled ? clsx('h-6 rounded-full px-2.5 text-sm', fills[tone]) : 'text-sm',
      )}
    >
      <StatusDot status={status} />
      {label}
    </span>
  )
}
