import type { WorkflowSummary } from '@bifrost/contract'
import { useSuspenseQuery } from '@tanstack/react-query'
import { FileCode2 } from 'lucide-react'
import { formatCount } from '../../format.ts'
import { Button } from '../../ui/Button.tsx'
import type { AnyColumn } from '../../ui/columns.ts'
import { FilterBar } from '../../ui/FilterBar.tsx'
import { SearchFilter, SelectFilter } from '../../ui/filters.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { SegmentedControl } from '../../ui/SegmentedControl.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { PackagesSection } from './PackagesSection.tsx'
import { ProblemRow } from './ProblemRow.tsx'
import { workflowQueries } from './queries.ts'
import { WorkflowRow } from './WorkflowRow.tsx'
import { arrange, type TypeFilter, typeFilters, workflowList } from './workflow-list.ts'

const typeLabels: Record<TypeFilter, string> = {
  all: 'All',
  workflow: 'Workflows',
  tool: 'Tools',
  data_provider: 'Data providers',
  problem: 'With problems',
}

const columns: readonly AnyColumn[] = [
  { id: 'workflow', label: 'Workflow', show: 'always' },
  { id: 'description', label: 'Description' },
  { id: 'tags', label: 'Tags' },
  { id: 'last', label: 'Last run' },
]

export function WorkflowsPage() {
  const { data } = useSuspenseQuery({
    ...workflowQueries.list(),
    refetchOnMount: 'always',
    refetchInterval: 4_000,
  })
  const list = useListState(workflowList)
  const { groups, problems, counts, tags, shown } = arrange(data.items, data.problems, list.filter)
  const nothingHere = data.items.length === 0 && data.problems.length === 0

  return (
    <Page
      title="Workflows"
      lead={
        nothingHere
          ? undefined
          : `${formatCount(data.items.length, 'function')}, found in the files of the workspace.`
      }
    >
      {nothingHere ? (
        <EmptyState icon={FileCode2} title="No workflows yet">
          Every function that a file of the workspace wraps in <code>workflow()</code> appears here as soon as
          the file is saved.
        </EmptyState>
      ) : (
        <>
          <FilterBar list={list} columns={columns}>
            <SearchFilter list={list} name="q" label="Search workflows" className="w-full sm:w-72" />
            <SegmentedControl
              label="Type"
              value={list.filter.type ?? 'all'}
              onChange={(type) => list.set('type', type === 'all' ? '' : type)}
              options={typeFilters
                .filter((type) => type === 'all' || counts[type] > 0)
                .map((type) => ({ value: type, label: typeLabels[type], count: counts[type] }))}
            />
            {tags.length > 0 && (
              <SelectFilter
                list={list}
                name="tag"
                label="Tag"
                any="Any tag"
                options={tags.map((tag) => [tag, tag])}
              />
            )}
          </FilterBar>

          <output className="sr-only">{formatCount(shown, 'result')}</output>
          <PackagesSection />
          {problems.length > 0 && (
            <Section title="Files that cannot be read" className="mb-7">
              <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line">
                {problems.map((problem) => (
                  <ProblemRow key={`${problem.path}:${problem.line}:${problem.message}`} problem={problem} />
                ))}
              </ul>
            </Section>
          )}
          {groups.map(({ category, items }) => (
            <Section
              key={category}
              title={category}
              aside={<span className="tabular text-xs text-faint">{items.length}</span>}
              className="mb-7"
            >
              <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line">
                {items.map((workflow: WorkflowSummary) => (
                  <WorkflowRow key={workflow.id} workflow={workflow} columns={list.columns} />
                ))}
              </ul>
            </Section>
          ))}
          {shown === 0 && (
            <EmptyState
              icon={FileCode2}
              title="Nothing matches"
              action={<Button onClick={() => list.applyFilter({})}>Show all</Button>}
            >
              No workflow has this text in its name, description, tags or path.
            </EmptyState>
          )}
        </>
      )}
    </Page>
  )
}
