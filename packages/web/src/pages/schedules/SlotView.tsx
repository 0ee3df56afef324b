import type { ScheduleSlot } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { StatusBadge } from '../../components/StatusBadge.tsx'
import { slotWord } from './schedule-words.ts'

/** What became of a slot: its run, or why there is none. */
export function SlotView({ slot, brief = false }: { slot: ScheduleSlot; brief?: boolean }) {
  if (slot.execution)
    return (
      <Link
        to="/history/$id"
        params={{ id: slot.execution.id }}
        className="rounded-sm hover:underline"
        aria-label={`Open the run of ${slot.slot}`}
      >
        <StatusBadge status={slot.execution.status} />
      </Link>
    )
  return (
    <span className="min-w-0 text-sm">
      <span
        className={slot.status === 'skipped' ? 'font-medium text-warn' : 'font-medium text-muted'}
        title={slot.reason ?? undefined}
      >
        {slotWord(slot)}
      </span>
      {slot.reason && !brief && <span className="text-muted"> {slot.reason}</span>}
    </span>
  )
}
