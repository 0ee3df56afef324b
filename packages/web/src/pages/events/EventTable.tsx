import type { EventSummary } from '@bifrost/contract'
import { Link, useNavigate } from '@tanstack/react-router'
import { Tag } from '../../components/Tag.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { paths } from '../../paths.ts'
import { deliveryCounts } from './event-words.ts'

/** Events as dense rows, newest first. */
export function EventTable({ events }: { events: readonly EventSummary[] }) {
  const navigate = useNavigate()
  return (
    <table className="w-full table-fixed border-collapse text-left max-sm:block">
      <thead className="max-sm:sr-only">
        <tr className="border-b border-line text-xs text-faint">
          <th scope="col" className="py-2 pr-3 font-medium">
            Event
          </th>
          <th scope="col" className="w-[34%] py-2 pr-3 font-medium">
            Deliveries
          </th>
          <th scope="col" className="w-[18%] py-2 pr-3 font-medium">
            Emitted by
          </th>
          <th scope="col" className="w-[104px] py-2 text-right font-medium">
            When
          </th>
        </tr>
      </thead>
      <tbody className="max-sm:block">
        {events.map((event) => (
          <tr
            key={event.id}
            className="cursor-pointer border-b border-line align-baseline transition-colors hover:bg-sunken max-sm:flex max-sm:flex-wrap max-sm:gap-x-3 max-sm:gap-y-1 max-sm:py-2.5"
            onClick={(click) => {
              if (
                window.getSelection()?.isCollapsed !== false &&
                !(click.target instanceof HTMLAnchorElement)
              )
                void navigate({ href: paths.event(event.id) })
            }}
          >
            <td className="truncate py-2 pr-3 max-sm:basis-full max-sm:p-0">
              <Link
                to="/events/$id"
                params={{ id: event.id }}
                className="font-medium hover:text-accent"
                onClick={(click) => click.stopPropagation()}
              >
                {event.name}
              </Link>
              {event.key !== null && (
                <span
                  className="ml-2 text-sm text-faint"
                  title="Events with the same key are processed in order"
                >
                  key {event.key}
                </span>
              )}
            </td>
            <td className="py-2 pr-3 max-sm:basis-full max-sm:p-0">
              <DeliveryTags event={event} />
            </td>
            <td className="truncate py-2 pr-3 text-sm text-muted max-sm:p-0">
              {event.emitted_by?.name ?? 'Bifrost'}
              {event.execution_id !== null && <span className="text-faint"> · a run</span>}
            </td>
            <td className="py-2 text-right text-sm text-muted max-sm:ml-auto max-sm:p-0">
              <TimeAgo at={event.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

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
