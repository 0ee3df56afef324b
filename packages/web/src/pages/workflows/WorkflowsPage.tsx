import type { WorkflowSummary } from '@bifrost/contract'
import { useSuspenseQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { FileCode2, X } from 'lucide-react'
import { Button } from '../../components/Button.tsx'
import { Page, Section } from '../../components/Page.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { SegmentedControl } from '../../components/SegmentedControl.tsx'
import { EmptyState } from '../../components/states.tsx'
import { formatCount } from '../../format.ts'
import { ProblemRow } from './ProblemRow.tsx'
import { workflowQueries } from './queries.ts'
import { WorkflowRow } from './WorkflowRow.tsx'
import { arrange, type TypeFilter, typeFilters } from './workflow-list.ts'

const route = getRouteApi('/shell/workflows')
const typeLabels: Record<TypeFilter, string> = {
  all: 'All',
  workflow: 'Workflows',
  tool: 'Tools',
  data_provider: 'Data providers',
  problem: 'With problems',
}

export function WorkflowsPage() {
  const { data } = useSuspenseQuery({
    ...workflowQueries.list(),
    refetchOnMount: 'always',
    refetchInterval: 4_000,
  })
  const search = route.useSearch()
  const navigate = useNavigate()
  const { groups, problems, counts, tags, shown } = arrange(data.items, data.problems, search)
  const change = (next: Partial<typeof search>) =>
    navigate({ to: '/workflows', search: dropEmpty({ ...search, ...next }), replace: true })
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
          <div className="mb-5 flex flex-wrap items-center gap-2.5">
            <SearchInput
              label="Search workflows"
              value={search.q ?? ''}
              onChange={(q) => void change({ q })}
              className="w-full sm:w-72"
            />
            <SegmentedControl
              label="Type"
              value={(search.type as TypeFilter) ?? 'all'}
              onChange={(type) => void change({ type: type === 'all' ? '' : type })}
              options={typeFilters
                .filter((type) => type === 'all' || counts[type] > 0)
                .map((type) => ({ value: type, label: typeLabels[type], count: counts[type] }))}
            />
            {tags.length > 0 && (
              <select
                aria-label="Tag"
                className="control w-auto"
                value={search.tag ?? ''}
                onChange={(event) => void change({ tag: event.target.value })}
              >
                <option value="">Any tag</option>
                {tags.map((tag) => (
                  <option key={tag}>{tag}</option>
                ))}
              </select>
            )}
            {(search.q || search.type || search.tag) && (
              <Button
                look="quiet"
                size="sm"
                icon={X}
                onClick={() => void change({ q: '', type: '', tag: '' })}
              >
                Clear
              </Button>
            )}
          </div>

          <output className="sr-only">{formatCount(shown, 'result')}</output>
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
                  <WorkflowRow key={workflow.id} workflow={workflow} />
                ))}
              </ul>
            </Section>
          ))}
          {shown === 0 && (
            <EmptyState
              icon={FileCode2}
              title="Nothing matches"
              action={<Button onClick={() => void change({ q: '', type: '', tag: '' })}>Show all</Button>}
            >
              No workflow has these words in its name, description, tags or path.
            </EmptyState>
          )}
        </>
      )}
    </Page>
  )
}

function dropEmpty(search: { q?: string; type?: string; tag?: string }) {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value)) as typeof search
}
