import { TriangleAlert } from 'lucide-react'
import type { AnyColumn } from '../../ui/columns.ts'
import { FilterBar } from '../../ui/FilterBar.tsx'
import { FlagFilter, SearchFilter, TextFilter } from '../../ui/filters.tsx'
import type { ListState } from '../../ui/use-list-state.ts'
import type { EventFilter } from './event-search.ts'

export function EventFilters({
  list,
  columns,
}: {
  list: ListState<EventFilter>
  columns: readonly AnyColumn[]
}) {
  return (
    <FilterBar list={list} columns={columns}>
      <SearchFilter list={list} name="q" label="Search name, ID or payload" className="w-full sm:w-72" />
      <TextFilter list={list} name="name" label="Event name" any="Any name" />
      <TextFilter list={list} name="key" label="Key" any="Any key" />
      <FlagFilter
        icon={TriangleAlert}
        isOn={list.filter.failed === true}
        onChange={(failed) => list.set('failed', failed || undefined)}
      >
        Failed
      </FlagFilter>
    </FilterBar>
  )
}
