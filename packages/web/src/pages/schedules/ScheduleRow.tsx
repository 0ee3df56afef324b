import type { Schedule } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { FileCode2, Pencil, Play, Trash2 } from 'lucide-react'
import { useMay } from '../../app/session.ts'
import { IconButton } from '../../components/Button.tsx'
import { Countdown } from '../../components/Countdown.tsx'
import { Switch } from '../../components/Switch.tsx'
import { Tag } from '../../components/Tag.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { formatExact } from '../../format.ts'
import { FireTimeView } from './FireTimeView.tsx'
import { useScheduleActions } from './use-schedule-actions.ts'

/** One schedule: what, when next, how it went last, and what can be done with it. */
export function ScheduleRow({
  schedule,
  onEdit,
  onDelete,
}: {
  schedule: Schedule
  onEdit: () => void
  onDelete: () => void
}) {
  const { workflow, text, cron, source, paused, next, last } = schedule
  const { pause, run } = useScheduleActions()
  const mayWrite = useMay()('schedule:write')
  const what = `${workflow.name}, ${text}`
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 border-b border-line py-2.5 lg:grid-cols-[minmax(0,1fr)_8.5rem_15rem_9.5rem]">
      <div className="min-w-0 max-lg:col-span-2">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Link
            to="/schedules"
            search={{ open: schedule.id }}
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
      </div>
      <div className="text-sm">
        <span className="text-faint lg:hidden">Next </span>
        {paused ? (
          <Tag tone="warn">Paused</Tag>
        ) : next[0] ? (
          <span title={formatExact(next[0])}>
            <Countdown to={next[0]} />
          </span>
        ) : (
          <span className="text-faint">Never</span>
        )}
      </div>
      <div className="min-w-0 truncate text-sm text-faint max-lg:row-start-3">
        {last ? (
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
        )}
      </div>
      <div className="flex items-center justify-end gap-1 max-lg:row-start-3">
        {mayWrite && (
          <>
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
          </>
        )}
      </div>
    </li>
  )
}
