import type { EventSummary } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import type { Column } from '../../ui/columns.ts'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { deliveryCounts } from './event-words.ts'

export const eventColumns: readonly Column<EventSummary>[] = [
  {
    id: 'event',
    label: 'Event',
    show: 'always',
    narrow: 'line',
    className: 'truncate',
    cell: (event) => (
      <>
        <Link
          data-row-link
          to="/events/$id"
          params={{ id: event.id }}
          className="font-medium hover:text-accent"
        >
          {event.name}
        </Link>
        {event.key !== null && (
          <span className="ml-2 text-sm text-faint" title="Events with the same key are processed in order">
            key {event.key}
          </span>
        )}
      </>
    ),
  },
  {
    id: 'deliveries',
    label: 'Deliveries',
    width: 'w-[34%]',
    narrow: 'line',
    cell: (event) => <DeliveryTags event={event} />,
  },
  {
    id: 'by',
    label: 'Emitted by',
    width: 'w-[18%]',
    className: 'truncate text-sm text-muted',
    cell: (event) => (
      <>
        {event.emitted_by?.name ?? 'Bifrost'}
        {event.execution_id !== null && <span className="text-faint"> · a run</span>}
      </>
    ),
  },
  {
    id: 'id',
    label: 'ID',
    show: 'extra',
    width: 'w-[120px]',
    narrow: 'labeled',
    className: 'truncate font-mono text-xs text-muted',
    cell: ({ id }) => <span title={id}>{id}</span>,
  },
  {
    id: 'when',
    label: 'When',
    width: 'w-[104px]',
    align: 'end',
    narrow: 'end',
    className: 'text-sm text-muted',
    cell: (event) => <TimeAgo at={event.created_at} />,
  },
]

function DeliveryTags({ event }: { event: EventSummary }) {
  const counts = deliveryCounts(event.deliveries)
  if (counts.length === 0) return <span className="text-sm text-faint">No deliveries</span>
  return (
    <span className="flex flex-wrap gap-1.5">
      {counts.map(({ text, tone }) => (
        <Tag key={text} tone={tone}>
          {text}
        </Tag>
      ))}
    </span>
  )
}
