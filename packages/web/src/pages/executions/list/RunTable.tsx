import type { ColumnCell, ExecutionSummary } from '@bifrost/contract'
import { Link, useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useRef } from 'react'
import { isTyping } from '../../../components/SearchInput.tsx'
import { StatusBadge } from '../../../components/StatusBadge.tsx'
import { TimeAgo, useNow } from '../../../components/TimeAgo.tsx'
import { formatDay, formatDuration, formatExact, formatTime } from '../../../format.ts'
import { paths } from '../../../paths.ts'
import { triggerLabels } from './triggers.ts'

/** Runs as dense rows, by day if asked for. Arrow keys or j and k move between rows; Enter opens. */
export function RunTable({
  runs,
  hideWorkflow = false,
  byDay = false,
  own = [],
}: {
  runs: readonly ExecutionSummary[]
  hideWorkflow?: boolean
  byDay?: boolean
  /** Display columns of the workflow whose runs these are. */
  own?: readonly string[]
}) {
  const body = useRef<HTMLTableElement>(null)
  const now = new Date()
  const columns = [
    'Status',
    ...(hideWorkflow ? [] : ['Workflow']),
    ...own,
    'Started by',
    byDay ? 'Time' : 'When',
    'Duration',
  ]

  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key]
    if (!step || isTyping(event.target) || event.ctrlKey || event.metaKey) return
    const links = [...(body.current?.querySelectorAll<HTMLElement>('[data-run]') ?? [])]
    const at = links.indexOf(document.activeElement as HTMLElement)
    const next = links[at + step]
    if (!next) return
    event.preventDefault()
    next.focus()
    next.scrollIntoView({ block: 'nearest' })
  }

  let day = ''
  return (
    <table ref={body} onKeyDown={move} className="w-full table-fixed border-collapse text-left max-sm:block">
      <thead className="max-sm:sr-only">
        <tr className="border-b border-line text-xs text-faint">
          {columns.map((column) => (
            <th
              key={column}
              scope="col"
              className={`truncate py-2 font-medium ${own.includes(column) ? '' : (columnWidths[column] ?? '')} ${column === 'Duration' ? 'text-right' : 'pr-3'}`}
            >
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-sm:block">
        {runs.map((run) => {
          const thisDay = formatDay(new Date(run.created_at), now)
          const heading = byDay && thisDay !== day
          day = thisDay
          return [
            heading && (
              <tr key={`day ${thisDay}`} className="max-sm:block">
                <th
                  colSpan={columns.length}
                  scope="colgroup"
                  className="pt-5 pb-1.5 text-left text-sm font-semibold text-muted max-sm:block"
                >
                  {thisDay}
                </th>
              </tr>
            ),
            <RunRow key={run.id} run={run} hideWorkflow={hideWorkflow} byDay={byDay} own={own} />,
          ]
        })}
      </tbody>
    </table>
  )
}

const columnWidths: Record<string, string> = {
  Status: 'w-[172px]',
  'Started by': 'w-[22%]',
  Time: 'w-[104px]',
  When: 'w-[104px]',
  Duration: 'w-[104px]',
}

function RunRow({
  run,
  hideWorkflow,
  byDay,
  own,
}: {
  run: ExecutionSummary
  hideWorkflow: boolean
  byDay: boolean
  own: readonly string[]
}) {
  const navigate = useNavigate()
  const error = run.status === 'CANCELLED' ? null : run.error
  const link = (
    <Link
      data-run
      to="/history/$id"
      params={{ id: run.id }}
      className="font-medium hover:text-accent"
      onClick={(event) => event.stopPropagation()}
    >
      {hideWorkflow ? <StatusBadge status={run.status} /> : run.workflow_name}
    </Link>
  )
  return (
    <tr
      className="cursor-pointer border-b border-line align-baseline transition-colors hover:bg-sunken max-sm:flex max-sm:flex-wrap max-sm:gap-x-3 max-sm:py-2.5"
      onClick={(event) => {
        if (window.getSelection()?.isCollapsed !== false && !(event.target instanceof HTMLAnchorElement))
          void navigate({ href: paths.execution(run.id) })
      }}
    >
      <td className="py-2 pr-3 max-sm:p-0">{hideWorkflow ? link : <StatusBadge status={run.status} />}</td>
      {!hideWorkflow && (
        <td className="truncate py-2 pr-3 max-sm:order-first max-sm:basis-full max-sm:p-0">
          {link}
          {error && <span className="ml-2.5 text-sm text-faint">{error.message}</span>}
        </td>
      )}
      {own.map((name) => (
        <OwnCell key={name} name={name} cell={run.columns?.[name]} />
      ))}
      <td className="truncate py-2 pr-3 text-sm text-muted max-sm:p-0">
        {hideWorkflow && error ? (
          error.message
        ) : (
          <>
            {run.started_by?.name ?? 'Bifrost'}
            <span className="text-faint"> · {run.form?.name ?? triggerLabels[run.trigger]}</span>
          </>
        )}
      </td>
      <td className="tabular py-2 pr-3 text-sm whitespace-nowrap text-muted max-sm:p-0">
        {byDay ? (
          <time dateTime={run.created_at} title={formatExact(run.created_at)}>
            {formatTime(run.created_at)}
          </time>
        ) : (
          <TimeAgo at={run.created_at} />
        )}
      </td>
      <td className="tabular py-2 text-right text-sm whitespace-nowrap text-muted max-sm:ml-auto max-sm:p-0">
        <RunDuration run={run} />
      </td>
    </tr>
  )
}

/** A display column; where there is no head above it, its name stands beside it. */
function OwnCell({ name, cell }: { name: string; cell: ColumnCell | undefined }) {
  const text = cell === null || cell === undefined ? '' : String(cell)
  return (
    <td
      title={text}
      className={`truncate py-2 pr-3 text-sm max-sm:max-w-full max-sm:p-0 ${text === '' ? 'max-sm:hidden' : ''} ${typeof cell === 'number' ? 'tabular' : ''}`}
    >
      <span aria-hidden className="mr-1 text-faint sm:hidden">
        {name}
      </span>
      {text === '' ? <span className="text-faint">–</span> : text}
    </td>
  )
}

function RunDuration({ run }: { run: ExecutionSummary }) {
  const running = run.started_at !== null && run.ended_at === null && run.status !== 'SUSPENDED'
  const now = useNow(running ? 1000 : null)
  if (run.duration_ms !== null) return formatDuration(run.duration_ms)
  if (running && run.started_at)
    return <span className="text-live">{formatDuration(Math.max(0, now - Date.parse(run.started_at)))}</span>
  return <span className="text-faint">–</span>
}
