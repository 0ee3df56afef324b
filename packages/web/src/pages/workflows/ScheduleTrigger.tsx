import type { Workflow } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import { Section } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { NextTimes } from '../schedules/NextTimes.tsx'
import { scheduleQueries } from '../schedules/queries.ts'
import { ScheduleDialog } from '../schedules/ScheduleDialog.tsx'

/** The schedules of a workflow with their next times, and a way to add one. */
export function ScheduleTrigger({ workflow }: { workflow: Workflow }) {
  const may = useMay()
  const schedules = useQuery({ ...scheduleQueries.list(workflow.name), refetchInterval: 10_000 })
  const [adding, setAdding] = useState(false)
  return (
    <Section
      title="Schedule"
      aside={
        may('schedule:write') &&
        workflow.type !== 'data_provider' && (
          <Button size="sm" icon={Plus} onClick={() => setAdding(true)}>
            Add a schedule
          </Button>
        )
      }
    >
      <QueryView
        query={schedules}
        pending={<Skeleton className="h-16" />}
        empty={
          <p className="text-sm text-muted">
            The workflow has no schedule. Add one here, or set the option <code>schedule</code> in its file.
          </p>
        }
      >
        {(items) => (
          <ul className="grid gap-3">
            {items.map((schedule) => (
              <li key={schedule.id} className="rounded-md border border-line px-3 py-2.5">
                <p className="mb-1.5 flex flex-wrap items-center gap-2">
                  <Link
                    to="/schedules"
                    search={{ open: schedule.id }}
                    className="rounded-sm font-medium hover:text-accent"
                  >
                    {schedule.text}
                  </Link>
                  {schedule.paused && <Tag tone="warn">Paused</Tag>}
                  {schedule.source === 'code' && <Tag>In the file</Tag>}
                </p>
                {!schedule.paused && <NextTimes next={schedule.next} timezone={schedule.timezone} />}
              </li>
            ))}
          </ul>
        )}
      </QueryView>
      {adding && <ScheduleDialog schedule={null} workflow={workflow.name} onClose={() => setAdding(false)} />}
    </Section>
  )
}
