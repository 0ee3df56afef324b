import { useQuery } from '@tanstack/react-query'
import { History } from 'lucide-react'
import { ButtonLink } from '../../ui/Button.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState } from '../../ui/states.tsx'
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
  return (
    <QueryView
      query={runs}
      empty={
        <EmptyState icon={History} title="Not run yet">
          All its runs appear here, however they are started.
        </EmptyState>
      }
    >
      {({ items, next_cursor }) => (
        <>
          <RunTable runs={items} columns={columns} />
          {next_cursor && (
            <div className="mt-4 text-center">
              <ButtonLink to="/history" search={{ workflow }}>
                All runs in history
              </ButtonLink>
            </div>
          )}
        </>
      )}
    </QueryView>
  )
}
