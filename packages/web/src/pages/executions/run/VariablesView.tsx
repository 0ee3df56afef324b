import { type Execution, isTerminal, type Json } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Braces } from 'lucide-react'
import { JsonTree } from '../../../components/JsonTree.tsx'
import { EmptyState, ErrorState, SkeletonRows } from '../../../components/states.tsx'
import { executionQueries } from '../queries.ts'
import { NotYet } from './NotYet.tsx'

/** The local variables at the end, or where it failed. */
export function VariablesView({ execution }: { execution: Execution }) {
  const ended = isTerminal(execution.status)
  const variables = useQuery({ ...executionQueries.variables(execution.id), enabled: ended })
  if (!ended) return <NotYet what="The value of each local variable" />
  if (variables.isPending) return <SkeletonRows rows={4} />
  if (variables.isError)
    return <ErrorState error={variables.error} onRetry={() => void variables.refetch()} />
  const found = variables.data.variables as Record<string, Json>
  if (Object.keys(found).length === 0)
    return (
      <EmptyState icon={Braces} title="No variables">
        The function had no local variables, or did not reach them.
      </EmptyState>
    )
  return (
    <>
      <p className="mb-2 text-sm text-muted">
        {execution.error ? 'As they were when it failed.' : 'As they were at the end.'}
      </p>
      <JsonTree value={found} label="Variables" />
    </>
  )
}
