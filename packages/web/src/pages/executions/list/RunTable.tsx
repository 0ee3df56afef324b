import type { ExecutionSummary } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { formatDay, formatDuration, formatExact, formatTime } from '../../../format.ts'
import { paths } from '../../../paths.ts'
import type { Column } from '../../../ui/columns.ts'
import { DataTable } from '../../../ui/DataTable.tsx'
import { TimeAgo, useNow } from '../../../ui/TimeAgo.tsx'
import type { AnyListState } from '../../../ui/use-list-state.ts'
import { StatusBadge } from '../StatusBadge.tsx'
import { triggerLabels } from './triggers.ts'

/** Runs as dense rows, by day if asked for. */
export function RunTable({
  runs,
  columns,
  list,
  byDay = false,
}: {
  runs: readonly ExecutionSummary[]
  columns: readonly Column<ExecutionSummary>[]
  list?: AnyListState
  byDay?: boolean
}) {
  const now = new Date()
  return (
    <DataTable
      label="Runs"
      list={list}
      rows={runs}
      columns={columns}
      rowId={({ id }) => id}
      href={({ id }) => paths.execution(id)}
      group={byDay ? (run) => formatDay(new Date(run.created_at), now) : undefined}
    />
  )
}

export function runColumns({
  hideWorkflow = false,
  byDay = false,
  own = [],
}: {
  hideWorkflow?: boolean
  /** The day stands above the rows, so that they say the time alone. */
  byDay?: boolean
  /** Display columns of the workflow whose runs these are. */
  own?: readonly string[]
}): Column<ExecutionSummary>[] {
  const link = (run: ExecutionSummary) => (
    <Link data-row-link to="/history/$id" params={{ id: run.id }} className="font-medium hover:text-accent">
      {hideWorkflow ? <StatusBadge status={run.status} /> : run.workflow_name}
    </Link>
  )
  return [
    {
      id: 'status',
      label: 'Status',
      width: 'w-[172px]',
      ...(hideWorkflow ? { show: 'always' } : {}),
      cell: (run) => (hideWorkflow ? link(run) : <StatusBadge status={run.status} />),
    },
    ...(hideWorkflow
      ? []
      : [
          {
            id: 'workflow',
            label: 'Workflow',
            show: 'always',
            narrow: 'first',
            className: 'truncate',
            cell: (run) => (
              <>
                {link(run)}
                {errorOf(run) && <span className="ml-2.5 text-sm text-faint">{errorOf(run)}</span>}
              </>
            ),
          } satisfies Column<ExecutionSummary>,
        ]),
    ...own.map(
      (name): Column<ExecutionSummary> => ({
        id: `own:${encodeURIComponent(name)}`,
        label: name,
        narrow: 'labeled',
        className: 'truncate text-sm tabular',
        cell: (run) => {
          const text = String(run.columns?.[name] ?? '')
          return text === '' ? null : <span title={text}>{text}</span>
        },
      }),
    ),
    {
      id: 'by',
      label: 'Started by',
      width: 'w-[22%]',
      className: 'truncate text-sm text-muted',
      cell: (run) =>
        (hideWorkflow && errorOf(run)) || (
          <>
            {run.started_by?.name ?? 'Bifrost'}
            <span className="text-faint"> · {run.form?.name ?? triggerLabels[run.trigger]}</span>
          </>
        ),
    },
    {
      id: 'attempt',
      label: 'Attempt',
      show: 'extra',
      width: 'w-20',
      narrow: 'labeled',
      className: 'tabular text-sm text-muted',
      cell: (run) => String(run.attempt),
    },
    {
      id: 'ended',
      label: 'Ended',
      show: 'extra',
      width: 'w-[104px]',
      narrow: 'labeled',
      className: 'tabular text-sm whitespace-nowrap text-muted',
      cell: (run) => run.ended_at && <TimeAgo at={run.ended_at} />,
    },
    {
      id: 'when',
      label: byDay ? 'Time' : 'When',
      width: 'w-[104px]',
      className: 'tabular text-sm whitespace-nowrap text-muted',
      cell: (run) =>
        byDay ? (
          <time dateTime={run.created_at} title={formatExact(run.created_at)}>
            {formatTime(run.created_at)}
          </time>
        ) : (
          <TimeAgo at={run.created_at} />
        ),
    },
    {
      id: 'duration',
      label: 'Duration',
      width: 'w-[104px]',
      align: 'end',
      narrow: 'end',
      className: 'tabular text-sm whitespace-nowrap text-muted',
      cell: (run) => <RunDuration run={run} />,
    },
    {
      id: 'id',
      label: 'ID',
      show: 'extra',
      width: 'w-[120px]',
      narrow: 'labeled',
      className: 'truncate font-mono text-xs text-muted',
      cell: (run) => <span title={run.id}>{run.id}</span>,
    },
  ]
}

const errorOf = ({ status, error }: ExecutionSummary) => (status === 'CANCELLED' ? undefined : error?.message)

function RunDuration({ run }: { run: ExecutionSummary }) {
  const running = run.started_at !== null && run.ended_at === null && run.status !== 'SUSPENDED'
  const now = useNow(running ? 1000 : null)
  if (run.duration_ms !== null) return formatDuration(run.duration_ms)
  if (running && run.started_at)
    return <span className="text-live">{formatDuration(Math.max(0, now - Date.parse(run.started_at)))}</span>
  return <span className="text-faint">–</span>
}
