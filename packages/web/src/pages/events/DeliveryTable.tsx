import type { EventDelivery, EventDetail } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { deliveryLooks } from './event-words.ts'

/** What an event did to which run. */
export function DeliveryTable({ event }: { event: EventDetail }) {
  const { items, deliveries } = event
  const total = Object.values(deliveries).reduce((sum, count) => sum + count, 0)
  if (items.length === 0)
    return (
      <p className="text-muted">
        No workflow starts on this event, and no run was waiting for it or was cancelled by it.
      </p>
    )
  return (
    <>
      <ul className="divide-y divide-line border-y border-line">
        {items.map((delivery) => (
          <li
            key={delivery.id}
            className="grid gap-x-4 gap-y-1 py-2.5 sm:grid-cols-[9rem_minmax(0,1fr)_7rem]"
          >
            <span>
              <Tag tone={deliveryLooks[delivery.status].tone}>{deliveryLooks[delivery.status].label}</Tag>
            </span>
            <span className="min-w-0">
              <span className="flex flex-wrap items-baseline gap-x-2">
                <Link
                  to="/workflows/$name"
                  params={{ name: delivery.workflow_name }}
                  className="font-medium break-all hover:text-accent"
                >
                  {delivery.workflow_name}
                </Link>
                <RunLink delivery={delivery} />
              </span>
              {delivery.reason !== null && (
                <span
                  className={`block text-sm [overflow-wrap:anywhere] ${delivery.status === 'failed' ? 'text-bad' : 'text-muted'}`}
                >
                  {delivery.reason}
                </span>
              )}
            </span>
            <span className="text-sm text-muted sm:text-right">
              <TimeAgo at={delivery.updated_at} />
            </span>
          </li>
        ))}
      </ul>
      {total > items.length && (
        <p className="mt-2 text-sm text-faint">
          The first {items.length} of {total}.
        </p>
      )}
    </>
  )
}

function RunLink({ delivery: { kind, execution_id, step } }: { delivery: EventDelivery }) {
  if (execution_id === null) return null
  const words = { start: 'the run', wake: `at ${step ?? 'its wait'}`, cancel: 'the run' }
  return (
    <Link
      to="/history/$id"
      params={{ id: execution_id }}
      className="text-sm text-accent underline underline-offset-2"
    >
      {words[kind]} <span className="font-mono text-xs">{execution_id.slice(0, 8)}</span>
    </Link>
  )
}
