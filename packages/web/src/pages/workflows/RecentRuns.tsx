import { useQuery } from '@tanstack/react-query'
import { History } from 'lucide-react'
import { ButtonLink } from '../../components/Button.tsx'
import { EmptyState, ErrorState, SkeletonRows } from '../../components/states.tsx'
import { anyLive } from '../executions/list/live-rows.ts'
import { RunTable, runColumns } from '../executions/list/RunTable.tsx'
import { executionQueries } from '../executions/queries.ts'

const shown = 25
const columns = runColumns({ hideWorkflow: true })

export function RecentRuns({ workflow }: { workflow: string }) {
  const runs = useQuery({
    ...executionQueries.recent(shown, workflow),
    refetchInterval: ({ state }) => (anyLive(state.data?.items) ? 2_000 : 15_000),
  })
  if (runs.isPending) return <SkeletonRows />
  if (runs.isError) return <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
  if (runs.data.items.length === 0)
    return (
      <EmptyState icon={History} title="Not run yet">
        All its runs appear here, however they are started.
      </EmptyState>
    )
  return (
    <>
      <RunTable runs={runs.data.items} columns={columns} />
      {runs.data.next_cursor && (
        <div className="mt-4 text-center">
          <ButtonLink to="/history" search={{ workflow }}>
            All runs in history
          </ButtonLink>
        </div>
      )}
    </>
  )
}
