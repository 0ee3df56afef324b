import { type Execution, isTerminal, type Json } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Braces } from 'lucide-react'
import { JsonTree } from '../../../ui/JsonTree.tsx'
import { QueryView } from '../../../ui/QueryView.tsx'
import { EmptyState } from '../../../ui/states.tsx'
import { executionQueries } from '../queries.ts'
import { NotYet } from './NotYet.tsx'

/** The local variables at the end, or where it failed. */
export function VariablesView({ execution }: { execution: Execution }) {
  const ended = isTerminal(execution.status)
  const variables = useQuery({ ...executionQueries.variables(execution.id), enabled: ended })
  if (!ended) return <NotYet what="The value of each local variable" />
  return (
    <QueryView
      query={variables}
      rows={4}
      isEmpty={({ variables }) => Object.keys(variables ?? {}).length === 0}
      empty={
        <EmptyState icon={Braces} title="No variables">
          The function had no local variables, or did not reach them.
        </EmptyState>
      }
    >
      {({ variables }) => (
        <>
          <p className="mb-2 text-sm text-muted">
            {execution.error ? 'The values when the run failed.' : 'The values at the end of the run.'}
          </p>
          <JsonTree value={variables as Record<string, Json>} label="Variables" />
        </>
      )}
    </QueryView>
  )
}
