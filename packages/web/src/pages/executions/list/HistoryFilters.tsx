import { ExecutionStatus, Trigger } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { ChevronDown, X } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useEffect, useState } from 'react'
import { Button } from '../../../components/Button.tsx'
import { SearchInput } from '../../../components/SearchInput.tsx'
import { StatusDot, statusLooks } from '../../../components/StatusBadge.tsx'
import { workflowQueries } from '../../workflows/queries.ts'
import { type HistorySearch, isFiltered, readStatuses, writeStatuses } from './history-search.ts'
import { triggerLabels } from './triggers.ts'

const typingPauseMs = 250

/** The filters of history; they live in the URL. */
export function HistoryFilters({
  search,
  onChange,
}: {
  search: HistorySearch
  onChange: (search: HistorySearch) => void
}) {
  const set = <K extends keyof HistorySearch>(name: K, value: HistorySearch[K] | '') => {
    const { [name]: _, ...rest } = search
    onChange(value ? { ...rest, [name]: value } : rest)
  }
  return (
    <search className="mb-4 flex flex-wrap items-center gap-2">
      <PausedSearch value={search.q ?? ''} onChange={(q) => set('q', q)} />
      <WorkflowSelect value={search.workflow} onChange={(workflow) => set('workflow', workflow)} />
      <StatusSelect
        chosen={readStatuses(search.status)}
        onChange={(statuses) => set('status', writeStatuses(statuses))}
      />
      <select
        aria-label="Trigger"
        className="control w-auto"
        value={search.trigger ?? ''}
        onChange={(event) => set('trigger', event.target.value as Trigger | '')}
      >
        <option value="">Any trigger</option>
        {Trigger.options.map((trigger) => (
          <option key={trigger} value={trigger}>
            {triggerLabels[trigger]}
          </option>
        ))}
      </select>
      <span className="flex items-center gap-1.5 text-sm text-faint">
        <input
          type="date"
          aria-label="From day"
          className="control w-[8.75rem]"
          value={search.from ?? ''}
          max={search.to}
          onChange={(event) => set('from', event.target.value)}
        />
        to
        <input
          type="date"
          aria-label="To day"
          className="control w-[8.75rem]"
          value={search.to ?? ''}
          min={search.from}
          onChange={(event) => set('to', event.target.value)}
        />
      </span>
      {search.column && (
        <Button size="sm" icon={X} onClick={() => set('column', '')} title="Remove this filter">
          {search.column}
        </Button>
      )}
      {search.form && (
        <Button size="sm" icon={X} onClick={() => set('form', '')} title="Remove this filter">
          From one form
        </Button>
      )}
      {isFiltered(search) && (
        <Button look="quiet" size="sm" icon={X} onClick={() => onChange({})}>
          Clear
        </Button>
      )}
    </search>
  )
}

/** Tells what was typed once the typing pauses, so that each letter is not a request. */
function PausedSearch({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed starts the pause
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onChange(text), typingPauseMs)
    return () => clearTimeout(timer)
  }, [text])
  return <SearchInput label="Search runs" value={text} onChange={setText} className="w-full sm:w-64" />
}

function WorkflowSelect({
  value,
  onChange,
}: {
  value: string | undefined
  onChange: (value: string) => void
}) {
  const workflows = useQuery(workflowQueries.list())
  const names = workflows.data?.items.map(({ name }) => name) ?? []
  return (
    <select
      aria-label="Workflow"
      className="control w-auto max-w-52"
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">Any workflow</option>
      {[...new Set(value ? [...names, value] : names)].sort().map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  )
}

function StatusSelect({
  chosen,
  onChange,
}: {
  chosen: ExecutionStatus[]
  onChange: (statuses: ExecutionStatus[]) => void
}) {
  const label =
    chosen.length === 0
      ? 'Any status'
      : chosen.length === 1 && chosen[0]
        ? statusLooks[chosen[0]].label
        : `${chosen.length} statuses`
  return (
    <Popover.Root>
      <Popover.Trigger className="control flex w-auto items-center gap-2 text-left">
        {label}
        <ChevronDown size={14} aria-hidden className="text-faint" />
      </Popover.Trigger>
      <Popover.Content
        align="start"
        sideOffset={6}
        collisionPadding={8}
        aria-label="Statuses"
        className="z-30 w-60 animate-pop rounded-lg bg-raised p-1.5 shadow-pop"
      >
        {ExecutionStatus.options.map((status) => (
          <label
            key={status}
            className="flex h-8 cursor-pointer items-center gap-2.5 rounded-md px-2 hover:bg-hover has-focus-visible:bg-hover"
          >
            <input
              type="checkbox"
              className="size-4"
              checked={chosen.includes(status)}
              onChange={(event) =>
                onChange(event.target.checked ? [...chosen, status] : chosen.filter((one) => one !== status))
              }
            />
            <StatusDot status={status} />
            {statusLooks[status].label}
          </label>
        ))}
      </Popover.Content>
    </Popover.Root>
  )
}
