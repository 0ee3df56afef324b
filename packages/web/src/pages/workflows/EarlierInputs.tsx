import { type ExecutionSummary, FileRef, type Json, type Workflow } from '@bifrost/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useMay } from '../../app/session.ts'
import { notify } from '../../ui/notices.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { executionQueries } from '../executions/queries.ts'
import { StatusDot, statusLooks } from '../executions/StatusBadge.tsx'

const earlierMax = 6

/** The inputs of the last runs, to start from again. */
export function EarlierInputs({
  workflow,
  onPick,
}: {
  workflow: Workflow
  onPick: (input: Record<string, Json>) => void
}) {
  const may = useMay()
  const client = useQueryClient()
  const [picking, setPicking] = useState<string | null>(null)
  const runs = useQuery({
    ...executionQueries.recent(earlierMax, workflow.name),
    enabled: may('execution:read'),
  })
  if (workflow.parameters.length === 0 || !runs.data || runs.data.items.length === 0) return null

  const pick = async (run: ExecutionSummary) => {
    setPicking(run.id)
    try {
      const { input } = await client.fetchQuery({ ...executionQueries.one(run.id), staleTime: 60_000 })
      onPick(typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {})
    } catch (error) {
      notify.failure(error)
    } finally {
      setPicking(null)
    }
  }
  return (
    <aside aria-label="Earlier inputs">
      <h2 className="mb-1.5 text-sm font-semibold text-muted">Start from an earlier input</h2>
      <ul className="-mx-2">
        {runs.data.items.map((run) => (
          <li key={run.id}>
            <button
              type="button"
              disabled={picking !== null}
              onClick={() => void pick(run)}
              className="block w-full rounded-md px-2 py-1.5 text-left transition-colors hover:bg-hover disabled:opacity-60"
            >
              <span className="flex items-center gap-2 text-sm">
                <StatusDot status={run.status} />
                <span className="sr-only">{statusLooks[run.status].label}</span>
                <TimeAgo at={run.created_at} />
                {run.started_by && <span className="truncate text-faint">{run.started_by.name}</span>}
              </span>
              <InputPreview id={run.id} />
            </button>
          </li>
        ))}
      </ul>
    </aside>
  )
}

/** The first values of the input, so that one can tell them apart. */
function InputPreview({ id }: { id: string }) {
  const execution = useQuery({ ...executionQueries.one(id), staleTime: 60_000 })
  return (
    <QueryView
      query={execution}
      pending={<Skeleton className="mt-1 h-3.5 w-3/4" />}
      // It stands in a button, which says without it which run it is.
      failed={() => null}
    >
      {({ input }) => (
        <span className="block truncate font-mono text-xs text-faint">{previewOf(input) || 'no input'}</span>
      )}
    </QueryView>
  )
}

function previewOf(input: Json): string {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return ''
  return Object.entries(input)
    .map(([name, value]) => `${name}: ${valueText(value)}`)
    .join(', ')
    .slice(0, 160)
}

function valueText(value: Json): string {
  if (typeof value === 'string') return value
  const file = FileRef.safeParse(value)
  return file.success ? file.data.name : JSON.stringify(value)
}
