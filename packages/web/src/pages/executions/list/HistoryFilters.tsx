import { ExecutionStatus, Trigger } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { Popover } from 'radix-ui'
import type { AnyColumn } from '../../../ui/columns.ts'
import { FilterBar } from '../../../ui/FilterBar.tsx'
import { DaysFilter, GivenFilter, SearchFilter, SelectFilter } from '../../../ui/filters.tsx'
import type { ListState } from '../../../ui/use-list-state.ts'
import { workflowQueries } from '../../workflows/queries.ts'
import { StatusDot, statusLooks } from '../StatusBadge.tsx'
import { type HistoryFilter, readStatuses, writeStatuses } from './history-search.ts'
import { triggerLabels } from './triggers.ts'

export function HistoryFilters({
  list,
  columns,
}: {
  list: ListState<HistoryFilter>
  columns: readonly AnyColumn[]
}) {
  const { workflow, status, column, form } = list.filter
  const workflows = useQuery(workflowQueries.list())
  const names = new Set([
    ...(workflows.data?.items.map(({ name }) => name) ?? []),
    ...(workflow ? [workflow] : []),
  ])
  return (
    <FilterBar list={list} columns={columns}>
      <SearchFilter list={list} name="q" label="Search runs" />
      <SelectFilter
        list={list}
        name="workflow"
        label="Workflow"
        any="Any workflow"
        options={[...names].sort().map((name) => [name, name])}
      />
      <StatusSelect
        chosen={readStatuses(status)}
        onChange={(statuses) => list.set('status', writeStatuses(statuses))}
      />
      <SelectFilter
        list={list}
        name="trigger"
        label="Trigger"
        any="Any trigger"
        options={Trigger.options.map((trigger) => [trigger, triggerLabels[trigger]])}
      />
      <DaysFilter list={list} />
      {column && <GivenFilter onRemove={() => list.set('column', '')}>{column}</GivenFilter>}
      {form && <GivenFilter onRemove={() => list.set('form', '')}>From one form</GivenFilter>}
    </FilterBar>
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
