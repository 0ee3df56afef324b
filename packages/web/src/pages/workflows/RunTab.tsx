import type { Workflow } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { CircleSlash } from 'lucide-react'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { executionQueries } from '../executions/queries.ts'
import { RunForm } from './RunForm.tsx'

/** The run form; with `from`, filled with the input of that run. */
export function RunTab({ workflow, from }: { workflow: Workflow; from: string | undefined }) {
  const earlier = useQuery({ ...executionQueries.one(from ?? ''), enabled: from !== undefined })
  if (workflow.status !== 'active')
    return (
      <EmptyState icon={CircleSlash} title="Can’t run right now">
        Fix its file; the form comes back as soon as the file is saved.
      </EmptyState>
    )
  if (from === undefined) return <RunForm workflow={workflow} />
  return (
    <QueryView query={earlier} rows={4}>
      {({ input }) => (
        <RunForm
          workflow={workflow}
          earlier={typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {}}
        />
      )}
    </QueryView>
  )
}
