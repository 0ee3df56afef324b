import type { Schedule } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { FileCode2, Pencil, Play, Trash2 } from 'lucide-react'
import { useMay } from '../../app/session.ts'
import { formatExact } from '../../format.ts'
import { IconButton } from '../../ui/Button.tsx'
import { Countdown } from '../../ui/Countdown.tsx'
import type { Column } from '../../ui/columns.ts'
import { Switch } from '../../ui/Switch.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { FireTimeView } from './FireTimeView.tsx'
import { useScheduleActions } from './use-schedule-actions.ts'

/** Of each schedule: what, when next, how it went last, and what can be done with it. */
export const scheduleColumns = (
  onEdit: (schedule: Schedule) => void,
  onDelete: (schedule: Schedule) => void,
): readonly Column<Schedule>[] => [
  {
    id: 'workflow',
    label: 'Workflow',
    show: 'always',
    narrow: 'line',
    sortBy: ({ workflow }) => workflow.name,
    cell: (schedule) => <What schedule={schedule} />,
  },
  {
    id: 'next',
    label: 'Next run',
    width: 'w-[8.5rem]',
    narrow: 'labeled',
    className: 'text-sm',
    sortBy: ({ paused, next }) => (paused ? null : (next[0] ?? null)),
    cell: ({ paused, next }) =>
      paused ? (
        <Tag tone="warn">Paused</Tag>
      ) : next[0] ? (
        <span title={formatExact(next[0])}>
          <Countdown to={next[0]} />
        </span>
      ) : (
        <span className="text-faint">Never</span>
      ),
  },
  {
    id: 'last',
    label: 'Last run',
    width: 'w-[15rem] max-lg:w-[10rem]',
    narrow: 'rest',
    className: 'truncate text-sm text-faint max-sm:basis-40',
    sortBy: ({ last }) => last?.fire_time ?? null,
    cell: ({ last }) =>
      last ? (
        <>
          <FireTimeView fireTime={last} brief /> <TimeAgo at={last.fire_time} />
          {last.reason && (
            <span className="block truncate text-xs" title={last.reason}>
              {last.reason}
            </span>
          )}
        </>
      ) : (
        'Has not run yet'
      ),
  },
  {
    id: 'actions',
    label: 'Actions',
    isLabelHidden: true,
    show: 'always',
    width: 'w-[9.5rem]',
    align: 'end',
    narrow: 'end',
    cell: (schedule) => (
      <Actions schedule={schedule} onEdit={() => onEdit(schedule)} onDelete={() => onDelete(schedule)} />
    ),
  },
]

function What({ schedule: { id, workflow, text, cron, source } }: { schedule: Schedule }) {
  return (
    <>
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Link
          data-row-link
          to="/schedules"
          search={(current) => ({ ...current, open: id })}
          className="truncate rounded-sm font-medium hover:text-accent"
        >
          {workflow.name}
        </Link>
        {source === 'code' && (
          <Tag icon={FileCode2} title={`${workflow.path} declares it`}>
            In the file
          </Tag>
        )}
        {workflow.status !== 'active' && (
          <Tag tone="bad" title="Its runs cannot start">
            {workflow.status === 'missing' ? 'Workflow is missing' : 'Workflow has an error'}
          </Tag>
        )}
      </span>
      <span className="block truncate text-sm text-muted" title={cron}>
        {text}
      </span>
    </>
  )
}

function Actions({
  schedule,
  onEdit,
  onDelete,
}: {
  schedule: Schedule
  onEdit: () => void
  onDelete: () => void
}) {
  const { workflow, text, source, paused } = schedule
  const { pause, run } = useScheduleActions()
  const mayWrite = useMay()('schedule:write')
  const what = `${workflow.name}, ${text}`
  if (!mayWrite) return null
  return (
    <span className="flex items-center justify-end gap-1">
      {source === 'api' && (
        <>
          <IconButton size="sm" label={`Delete ${what}`} icon={Trash2} onClick={onDelete} />
          <IconButton size="sm" label={`Edit ${what}`} icon={Pencil} onClick={onEdit} />
        </>
      )}
      <IconButton
        size="sm"
        label={`Run now: ${what}`}
        icon={Play}
        disabled={run.isPending}
        onClick={() => run.mutate(schedule.id)}
      />
      <span className="ml-1 flex" title={paused ? 'Paused' : 'Active'}>
        <Switch
          checked={!paused}
          disabled={pause.isPending}
          aria-label={`Active: ${what}`}
          onChange={(active) => pause.mutate({ id: schedule.id, paused: !active })}
        />
      </span>
    </span>
  )
}
