import { type EventDetail, routes } from '@bifrost/contract'
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Repeat2, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { formatCount } from '../../format.ts'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { JsonTree } from '../../ui/JsonTree.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { DeliveryTable } from './DeliveryTable.tsx'
import { EmitDialog } from './EmitDialog.tsx'
import { eventQueries } from './queries.ts'

const route = getRouteApi('/shell/events/$id')

/** One event: what it said, and what it did. */
export function EventPage() {
  const { id } = route.useParams()
  const { data: event } = useSuspenseQuery({
    ...eventQueries.one(id),
    refetchInterval: ({ state }) => ((state.data?.deliveries.waiting ?? 0) > 0 ? 1_000 : 5_000),
  })
  const [emitting, setEmitting] = useState(false)
  return (
    <Page
      title={event.name}
      heading={<Heading event={event} />}
      actions={
        <>
          <Button icon={Repeat2} onClick={() => setEmitting(true)}>
            Emit again
          </Button>
          {event.deliveries.failed > 0 && <ReplayButton event={event} />}
        </>
      }
    >
      <div className="grid gap-8">
        <Section title="Deliveries">
          <DeliveryTable event={event} />
        </Section>
        <Section title="Payload">
          <JsonTree value={event.payload} label="Event payload" />
        </Section>
      </div>
      {emitting && <EmitDialog preset={event} onClose={() => setEmitting(false)} />}
    </Page>
  )
}

function Heading({ event }: { event: EventDetail }) {
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-1 text-sm text-faint">
        <Link to="/events" className="rounded-sm hover:text-ink hover:underline">
          Events
        </Link>
        <span aria-hidden> / </span>
        <span className="font-mono text-xs">{event.id.slice(0, 8)}</span>
        <CopyButton text={event.id} label="Copy the event ID" />
      </nav>
      <h1 className="text-2xl font-semibold tracking-[-0.015em] break-all">{event.name}</h1>
      <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-sm">
        <Fact term="Emitted">
          <TimeAgo at={event.created_at} />
        </Fact>
        <Fact term="By">
          {event.emitted_by?.name ?? 'Bifrost'}
          {event.execution_id !== null && (
            <>
              {' · '}
              <Link
                to="/history/$id"
                params={{ id: event.execution_id }}
                className="font-medium text-accent underline underline-offset-2"
              >
                its run
              </Link>
            </>
          )}
        </Fact>
        {event.emitted_id !== null && (
          <Fact term="ID">
            <code className="font-mono text-xs break-all">{event.emitted_id}</code>
          </Fact>
        )}
        {event.key !== null && <Fact term="Key">{event.key}</Fact>}
      </dl>
    </>
  )
}

function Fact({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div className="flex min-w-0 gap-1.5">
      <dt className="text-faint">{term}</dt>
      <dd className="min-w-0 text-muted">{children}</dd>
    </div>
  )
}

/** Tries what failed again; what did not fail stays as it is. */
function ReplayButton({ event }: { event: EventDetail }) {
  const client = useQueryClient()
  const replay = useMutation({
    mutationFn: () => api(routes.replayEvent, { params: { id: event.id } }),
    onSuccess: (next) => {
      client.setQueryData(eventQueries.one(event.id).queryKey, next)
      void client.invalidateQueries({ queryKey: ['events', 'list'] })
      if (next.deliveries.failed > 0)
        notify.error(`${formatCount(next.deliveries.failed, 'delivery', 'deliveries')} failed again`)
      else notify.done('Failed deliveries were queued again')
    },
    onError: notify.failure,
  })
  return (
    <Button look="primary" icon={RotateCcw} busy={replay.isPending} onClick={() => replay.mutate()}>
      Replay failed deliveries
    </Button>
  )
}
