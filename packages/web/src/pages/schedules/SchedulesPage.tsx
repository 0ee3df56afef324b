import type { Schedule } from '@bifrost/contract'
import { isTerminal } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { CalendarClock, Plus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { SearchFilter } from '../../ui/filters.tsx'
import { hasText, ListTable } from '../../ui/ListTable.tsx'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { scheduleQueries } from './queries.ts'
import { ScheduleDetails } from './ScheduleDetails.tsx'
import { ScheduleDialog } from './ScheduleDialog.tsx'
import { scheduleColumns } from './schedule-columns.tsx'
import { scheduleList } from './schedule-list.ts'
import { useScheduleActions } from './use-schedule-actions.ts'

const route = getRouteApi('/shell/schedules')

export function SchedulesPage() {
  const may = useMay()
  const allowed = may('schedule:read')
  const { open } = route.useSearch()
  const navigate = useNavigate()
  const schedules = useQuery({
    ...scheduleQueries.list(),
    enabled: allowed,
    refetchInterval: ({ state }) => (state.data?.some(isLively) ? 2_000 : 10_000),
  })
  const [editing, setEditing] = useState<Schedule | 'new' | null>(null)
  const [deleting, setDeleting] = useState<Schedule | null>(null)
  const items = schedules.data ?? []
  const list = useListState(scheduleList)
  const columns = scheduleColumns(setEditing, setDeleting)
  const opened = items.find(({ id }) => id === open)
  const createButton = may('schedule:write') && (
    <Button look="primary" icon={Plus} onClick={() => setEditing('new')}>
      Add a schedule
    </Button>
  )
  return (
    <Page
      title="Schedules"
      lead="Workflows that run on a schedule."
      actions={items.length > 0 && createButton}
    >
      {!allowed ? (
        <NoAccess what="schedules" />
      ) : (
        <QueryView
          query={schedules}
          rows={5}
          empty={
            <EmptyState icon={CalendarClock} title="No schedules yet" action={createButton}>
              Add one here for any workflow, or give a workflow the option <code>schedule</code> in its file.
            </EmptyState>
          }
        >
          {(schedules) => (
            <ListTable
              list={list}
              filters={
                <SearchFilter list={list} name="q" label="Search schedules" className="w-full sm:w-72" />
              }
              noMatch="No matching schedules."
              label="Schedules"
              rows={schedules.filter(({ workflow, text }) => hasText(list.filter.q, workflow.name, text))}
              columns={columns}
              rowId={({ id }) => id}
            />
          )}
        </QueryView>
      )}
      {opened && (
        <ScheduleDetails
          schedule={opened}
          onClose={() =>
            void navigate({
              to: '/schedules',
              search: ({ open: _, ...current }) => current,
              replace: true,
            })
          }
        />
      )}
      {editing && (
        <ScheduleDialog schedule={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
      )}
      {deleting && <DeleteDialog schedule={deleting} onClose={() => setDeleting(null)} />}
    </Page>
  )
}

/** Something of it will change soon. */
const isLively = ({ last, next }: Schedule) =>
  last?.status === 'waiting' ||
  (last?.execution && !isTerminal(last.execution.status)) ||
  (next[0] !== undefined && Date.parse(next[0]) - Date.now() < 15_000)

function DeleteDialog({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) {
  const { remove } = useScheduleActions()
  return (
    <ConfirmDialog
      title={`Delete this schedule of ${schedule.workflow.name}?`}
      confirm="Delete"
      busy={remove.isPending}
      onConfirm={() => remove.mutate(schedule.id, { onSettled: onClose })}
      onClose={onClose}
    >
      This deletes the schedule “{schedule.text}” and the record of its fire times; its runs stay in the
      history. To stop it for a while, pause it instead.
    </ConfirmDialog>
  )
}
