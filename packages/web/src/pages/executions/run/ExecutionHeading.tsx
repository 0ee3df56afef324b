import { type Execution, isTerminal, type Step } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { Fragment, type ReactNode } from 'react'
import { useMay } from '../../../app/session.ts'
import { formatBytes, formatDateTime, formatDuration, formatExact } from '../../../format.ts'
import { CopyButton } from '../../../ui/CopyButton.tsx'
import { Countdown } from '../../../ui/Countdown.tsx'
import { TimeAgo } from '../../../ui/TimeAgo.tsx'
import { triggerLabels } from '../list/triggers.ts'
import { StatusBadge } from '../StatusBadge.tsx'
import { DurationBar } from './DurationBar.tsx'

/** Which run this is, how it stands and why, and where its time went. */
export function ExecutionHeading({ execution, steps }: { execution: Execution; steps: readonly Step[] }) {
  const { workflow_name: name, workflow_id, status, reason } = execution
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-1 text-sm text-faint">
        <Link to="/history" className="rounded-sm hover:text-ink hover:underline">
          History
        </Link>
        <span aria-hidden> / </span>
        <span className="font-mono text-xs">{execution.id.slice(0, 8)}</span>
        <CopyButton text={execution.id} label="Copy the execution ID" />
      </nav>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="text-2xl font-semibold tracking-[-0.015em] break-all">
          {workflow_id ? (
            <Link to="/workflows/$name" params={{ name }} className="rounded-sm hover:text-accent">
              {name}
            </Link>
          ) : (
            name
          )}
        </h1>
        <output>
          <StatusBadge status={status} filled />
        </output>
      </div>
      {reason && (
        <p className="mt-1 max-w-3xl text-muted [overflow-wrap:anywhere]">
          {localTimes(reason, !isTerminal(status))}
        </p>
      )}
      <DurationBar execution={execution} steps={steps} />
      <dl className="mt-3 flex flex-wrap gap-x-6 gap-y-1 text-sm">
        {facts(execution).map(([term, value]) => (
          <div key={term} className="flex gap-1.5">
            <dt className="text-faint">{term}</dt>
            <dd className="text-muted">{value}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

/** The sentence with the moments in it told in the reader's zone; what a run waits for is counted down. */
const localTimes = (text: string, waits: boolean): ReactNode[] =>
  text.split(/(\d{4}-\d{2}-\d{2}T[\d:.]+Z)/).map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      <Fragment key={part}>
        <time dateTime={part} title={formatExact(part)}>
          {formatDateTime(part)}
        </time>
        {waits && (
          <>
            {' '}
            (<Countdown to={part} />)
          </>
        )}
      </Fragment>
    ),
  )

/** The log of events is for those who may debug. */
function EventLink({ event }: { event: NonNullable<Execution['event']> }) {
  const may = useMay()
  if (!may('execution:debug')) return event.name
  return (
    <Link to="/events/$id" params={{ id: event.id }} className="hover:text-accent">
      {event.name}
    </Link>
  )
}

function facts(execution: Execution): [string, ReactNode][] {
  const {
    started_by,
    trigger,
    attempt,
    max_attempts,
    code_version,
    forked_from,
    trigger_id,
    parent_id,
    scheduled_at,
    cpu_ms,
    peak_memory_bytes,
  } = execution
  const rows: [string, ReactNode][] = [
    ['Started by', `${started_by?.name ?? 'Bifrost'} · ${triggerLabels[trigger]}`],
    ['Queued', <TimeAgo key="accepted" at={execution.created_at} />],
  ]
  if (scheduled_at && trigger !== 'schedule' && !isTerminal(execution.status))
    rows.push(['Scheduled for', formatDateTime(scheduled_at)])
  if (execution.form)
    rows.push([
      'Form',
      <Link
        key="form"
        to="/forms/$id"
        params={{ id: execution.form.id }}
        className="text-accent hover:underline"
      >
        {execution.form.name}
      </Link>,
    ])
  if (trigger === 'schedule' && trigger_id)
    rows.push([
      scheduled_at ? 'Scheduled for' : 'Schedule',
      <Link
        key="schedule"
        to="/schedules"
        search={{ open: trigger_id }}
        title={scheduled_at ? formatExact(scheduled_at) : undefined}
        className="hover:text-accent"
      >
        {scheduled_at ? formatDateTime(scheduled_at) : 'Run now'}
      </Link>,
    ])
  if (execution.event) rows.push(['Event', <EventLink key="event" event={execution.event} />])
  if (attempt > 1 || max_attempts > 1) rows.push(['Attempt', `${Math.max(1, attempt)} of ${max_attempts}`])
  if (code_version)
    rows.push([
      'Code',
      <code key="code" className="font-mono text-xs" title={code_version}>
        {code_version.slice(0, 10)}
      </code>,
    ])
  for (const [name, cell] of Object.entries(execution.columns ?? {}))
    if (cell !== null) rows.push([name, String(cell)])
  if (forked_from)
    rows.push([
      'Forked from',
      <Link
        key="fork"
        to="/history/$id"
        params={{ id: forked_from }}
        className="font-mono text-xs hover:text-accent"
      >
        {forked_from.slice(0, 8)}
      </Link>,
    ])
  if (parent_id)
    rows.push([
      'Parent run',
      <Link
        key="parent"
        to="/history/$id"
        params={{ id: parent_id }}
        className="font-mono text-xs hover:text-accent"
      >
        {parent_id.slice(0, 8)}
      </Link>,
    ])
  if (cpu_ms !== null) rows.push(['CPU', formatDuration(cpu_ms)])
  if (peak_memory_bytes !== null) rows.push(['Memory', formatBytes(peak_memory_bytes)])
  return rows
}
