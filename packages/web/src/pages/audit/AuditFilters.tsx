import type { AnyColumn } from '../../ui/columns.ts'
import { FilterBar } from '../../ui/FilterBar.tsx'
import { DaysFilter, SearchFilter, SelectFilter, TextFilter } from '../../ui/filters.tsx'
import type { ListState } from '../../ui/use-list-state.ts'
import type { AuditListFilter } from './audit-search.ts'

export function AuditFilters({
  list,
  columns,
}: {
  list: ListState<AuditListFilter>
  columns: readonly AnyColumn[]
}) {
  return (
    <FilterBar list={list} columns={columns}>
      <SearchFilter list={list} name="q" label="Search changes and people" />
      <TextFilter list={list} name="actor" label="Who" any="Anyone" />
      <TextFilter list={list} name="action" label="Action" any="Any action" />
      <SelectFilter
        list={list}
        name="outcome"
        label="Outcome"
        any="Any outcome"
        options={[
          ['success', 'Succeeded'],
          ['failure', 'Failed'],
        ]}
        className="w-full sm:w-auto"
      />
      <DaysFilter list={list} />
    </FilterBar>
  )
}
