import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { History } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Button, ButtonLink } from '../../../components/Button.tsx'
import { Page } from '../../../components/Page.tsx'
import { EmptyState, ErrorState, InlineProblem, SkeletonRows } from '../../../components/states.tsx'
import { explain } from '../../../errors.ts'
import { workflowQueries } from '../../workflows/queries.ts'
import { executionQueries } from '../queries.ts'
import { BulkBar } from './BulkBar.tsx'
import { HistoryFilters } from './HistoryFilters.tsx'
import { isFiltered, toFilters } from './history-search.ts'
import { anyLive } from './live-rows.ts'
import { RunTable } from './RunTable.tsx'

const route = getRouteApi('/shell/history')
/** A refresh fetches every page that is open; beyond this many it would be a load of its own. */
const refreshedPagesMax = 4

export function HistoryPage() {
  const search = route.useSearch()
  const navigate = useNavigate()
  const runs = useInfiniteQuery({
    ...executionQueries.list(toFilters(search)),
    refetchInterval: ({ state }) => {
      const pages = state.data?.pages ?? []
      if (pages.length > refreshedPagesMax) return false
      return pages.some((page) => anyLive(page.items)) ? 2_000 : 10_000
    },
  })
  const items = runs.data?.pages.flatMap((page) => page.items) ?? []
  const filtered = isFiltered(search)
  const own = useOwnColumns(search.workflow)

  return (
    <Page title="History" lead="Every run, newest first.">
      <HistoryFilters
        search={search}
        onChange={(next) => void navigate({ to: '/history', search: next, replace: true })}
      />
      {filtered && <BulkBar filter={toFilters(search)} />}
      {runs.isPending ? (
        <SkeletonRows rows={12} />
      ) : runs.isError && items.length === 0 ? (
        <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
      ) : items.length === 0 ? (
        <EmptyState
          icon={History}
          title={filtered ? 'No runs match' : 'Nothing has run yet'}
          action={
            filtered ? (
              <Button onClick={() => void navigate({ to: '/history', search: {} })}>Clear the filters</Button>
            ) : (
              <ButtonLink look="primary" to="/workflows">
                See the workflows
              </ButtonLink>
            )
          }
        >
          {filtered
            ? 'Try a longer time, or fewer filters.'
            : 'All runs appear here, however they were started.'}
        </EmptyState>
      ) : (
        <div aria-busy={runs.isPlaceholderData} className={runs.isPlaceholderData ? 'opacity-60' : ''}>
          {runs.isError && <InlineProblem tone="warn">{explain(runs.error).message}</InlineProblem>}
          <RunTable runs={items} byDay own={own} />
          <More
            hasMore={runs.hasNextPage}
            busy={runs.isFetchingNextPage}
            onMore={() => void runs.fetchNextPage()}
          />
        </div>
      )}
    </Page>
  )
}

/** The display columns of the workflow that is filtered for. */
function useOwnColumns(name: string | undefined): readonly string[] {
  const workflows = useQuery({ ...workflowQueries.list(), enabled: name !== undefined })
  return workflows.data?.items.find((one) => one.name === name)?.columns ?? []
}

/** Loads the next page as the end of the list comes near; the button is for the keyboard, and for when that fails. */
function More({ hasMore, busy, onMore }: { hasMore: boolean; busy: boolean; onMore: () => void }) {
  const end = useRef<HTMLDivElement>(null)
  const load = useRef(onMore)
  load.current = onMore
  useEffect(() => {
    if (!hasMore || busy || !end.current) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) load.current()
      },
      { rootMargin: '400px' },
    )
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [hasMore, busy])
  return (
    <div ref={end} className="py-6 text-center text-sm text-faint">
      {hasMore ? (
        <Button busy={busy} onClick={onMore}>
          Load more
        </Button>
      ) : (
        'End of list'
      )}
    </div>
  )
}
