import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Plus, Radio } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { Page } from '../../components/Page.tsx'
import { EmptyState, ErrorState, InlineProblem, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { EmitDialog } from './EmitDialog.tsx'
import { EventFilters } from './EventFilters.tsx'
import { EventTable } from './EventTable.tsx'
import { isFiltered, toFilters } from './event-search.ts'
import { eventQueries } from './queries.ts'

const route = getRouteApi('/shell/events')
/** A refresh fetches every page that is open; beyond this many it would be a load of its own. */
const refreshedPagesMax = 4

export function EventsPage() {
  const may = useMay()
  const allowed = may('execution:debug')
  const search = route.useSearch()
  const navigate = useNavigate()
  const [emitting, setEmitting] = useState(false)
  const events = useInfiniteQuery({
    ...eventQueries.list(toFilters(search)),
    enabled: allowed,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > refreshedPagesMax ? false : 3_000),
  })
  const items = events.data?.pages.flatMap((page) => page.items) ?? []
  const filtered = isFiltered(search)
  const emitButton = (
    <Button look="primary" icon={Plus} onClick={() => setEmitting(true)}>
      Emit an event
    </Button>
  )
  return (
    <Page
      title="Events"
      lead="What happened, and which runs it started, resumed and cancelled."
      actions={allowed && (items.length > 0 || filtered) && emitButton}
    >
      {allowed && (
        <EventFilters
          search={search}
          onChange={(next) => void navigate({ to: '/events', search: next, replace: true })}
        />
      )}
      {!allowed ? (
        <NoAccess what="events" />
      ) : events.isPending ? (
        <SkeletonRows rows={10} />
      ) : events.isError && items.length === 0 ? (
        <ErrorState error={events.error} onRetry={() => void events.refetch()} />
      ) : items.length === 0 ? (
        <EmptyState
          icon={Radio}
          title={filtered ? 'No events match' : 'No events yet'}
          action={
            filtered ? (
              <Button onClick={() => void navigate({ to: '/events', search: {} })}>Clear the filters</Button>
            ) : (
              emitButton
            )
          }
        >
          {filtered ? (
            'Try fewer filters.'
          ) : (
            <>
              Workflows emit them with <code>events.emit</code>, other systems through the API. A workflow
              with <code>startOn</code> starts on one.
            </>
          )}
        </EmptyState>
      ) : (
        <div aria-busy={events.isPlaceholderData} className={events.isPlaceholderData ? 'opacity-60' : ''}>
          {events.isError && <InlineProblem tone="warn">{explain(events.error).message}</InlineProblem>}
          <EventTable events={items} />
          <p className="py-6 text-center text-sm text-faint">
            {events.hasNextPage ? (
              <Button busy={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
                Load more
              </Button>
            ) : (
              'End of list'
            )}
          </p>
        </div>
      )}
      {emitting && <EmitDialog onClose={() => setEmitting(false)} />}
    </Page>
  )
}
