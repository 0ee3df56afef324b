import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { History } from 'lucide-react'
import { ButtonLink } from '../../../ui/Button.tsx'
import { EmptyList } from '../../../ui/EmptyList.tsx'
import { Page } from '../../../ui/Page.tsx'
import { PagedView } from '../../../ui/PagedView.tsx'
import { EmptyState } from '../../../ui/states.tsx'
import { useListState } from '../../../ui/use-list-state.ts'
import { workflowQueries } from '../../workflows/queries.ts'
import { executionQueries } from '../queries.ts'
import { BulkBar } from './BulkBar.tsx'
import { HistoryFilters } from './HistoryFilters.tsx'
import { executionList, toFilters } from './history-search.ts'
import { anyLive } from './live-rows.ts'
import { RunTable, runColumns } from './RunTable.tsx'

/** A refresh fetches every page that is open; beyond this many it would be a load of its own. */
const refreshedPagesMax = 4

export function HistoryPage() {
  const list = useListState(executionList)
  const filters = toFilters(list.filter)
  const runs = useInfiniteQuery({
    ...executionQueries.list(filters),
    refetchInterval: ({ state }) => {
      const pages = state.data?.pages ?? []
      if (pages.length > refreshedPagesMax) return false
      return pages.some((page) => anyLive(page.items)) ? 2_000 : 10_000
    },
  })
  const own = useOwnColumns(list.filter.workflow)
  const columns = runColumns({ byDay: true, own })

  return (
    <Page title="History" lead="Every run, newest first.">
      <HistoryFilters list={list} columns={columns} />
      {list.isFiltered && <BulkBar filter={filters} />}
      <PagedView
        query={runs}
        rows={12}
        empty={
          <EmptyList
            list={list}
            icon={History}
            noMatch="No runs match"
            hint="Try a longer time, or fewer filters."
          >
            <EmptyState
              icon={History}
              title="Nothing has run yet"
              action={
                <ButtonLink look="primary" to="/workflows">
                  See the workflows
                </ButtonLink>
              }
            >
              All runs appear here, however they were started.
            </EmptyState>
          </EmptyList>
        }
      >
        {(items) => <RunTable runs={items} list={list} columns={columns} byDay />}
      </PagedView>
    </Page>
  )
}

/** The display columns of the workflow that is filtered for. */
function useOwnColumns(name: string | undefined): readonly string[] {
  const workflows = useQuery({ ...workflowQueries.list(), enabled: name !== undefined })
  return workflows.data?.items.find((one) => one.name === name)?.columns ?? []
}
