import { useInfiniteQuery } from '@tanstack/react-query'
import { Plus, Radio } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../app/session.ts'
import { paths } from '../../paths.ts'
import { Button } from '../../ui/Button.tsx'
import { DataTable } from '../../ui/DataTable.tsx'
import { EmptyList } from '../../ui/EmptyList.tsx'
import { Page } from '../../ui/Page.tsx'
import { PagedView, useItems } from '../../ui/PagedView.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { EmitDialog } from './EmitDialog.tsx'
import { EventFilters } from './EventFilters.tsx'
import { eventColumns } from './EventTable.tsx'
import { eventList, toFilters } from './event-search.ts'
import { eventQueries } from './queries.ts'

/** A refresh fetches every page that is open; beyond this many it would be a load of its own. */
const refreshedPagesMax = 4

export function EventsPage() {
  const may = useMay()
  const allowed = may('execution:debug')
  const list = useListState(eventList)
  const [emitting, setEmitting] = useState(false)
  const events = useInfiniteQuery({
    ...eventQueries.list(toFilters(list.filter)),
    enabled: allowed,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > refreshedPagesMax ? false : 3_000),
  })
  const items = useItems(events)
  const emitButton = (
    <Button look="primary" icon={Plus} onClick={() => setEmitting(true)}>
      Emit an event
    </Button>
  )
  return (
    <Page
      title="Events"
      lead="Events, and the runs that they started, resumed or cancelled."
      actions={allowed && (items.length > 0 || list.isFiltered) && emitButton}
    >
      {!allowed ? (
        <NoAccess what="events" />
      ) : (
        <>
          <EventFilters list={list} columns={eventColumns} />
          <PagedView
            query={events}
            rows={10}
            empty={
              <EmptyList list={list} icon={Radio} noMatch="No events match">
                <EmptyState icon={Radio} title="No events yet" action={emitButton}>
                  Workflows emit them with <code>events.emit</code>, other systems through the API. A workflow
                  with <code>startOn</code> starts on one.
                </EmptyState>
              </EmptyList>
            }
          >
            {(items) => (
              <DataTable
                list={list}
                label="Events"
                rows={items}
                columns={eventColumns}
                rowId={({ id }) => id}
                href={({ id }) => paths.event(id)}
              />
            )}
          </PagedView>
        </>
      )}
      {emitting && <EmitDialog onClose={() => setEmitting(false)} />}
    </Page>
  )
}
