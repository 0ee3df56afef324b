import { type BulkAction, type BulkProgress, type ExecutionFilter, limits, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleStop, Play, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../../app/api.ts'
import { useMay } from '../../../app/session.ts'
import { explain } from '../../../errors.ts'
import { formatCount, formatNumber } from '../../../format.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/Dialog.tsx'
import { QueryView } from '../../../ui/QueryView.tsx'
import { InlineProblem } from '../../../ui/states.tsx'
import { executionQueries } from '../queries.ts'
import { bulkWords } from './bulk-words.ts'

/** How many runs the filter finds, and what can be done with all of them. */
export function BulkBar({ filter }: { filter: ExecutionFilter }) {
  const may = useMay()
  const [action, setAction] = useState<BulkAction | null>(null)
  const count = useQuery(executionQueries.count(filter))
  const some = (count.data ?? 0) > 0
  return (
    <div className="mb-2 flex min-h-7 flex-wrap items-center gap-2 text-sm text-muted">
      <span className="tabular mr-auto" role="status">
        {some && formatCount(count.data ?? 0, 'run')}
      </span>
      {some && may('workflow:run') && filter.status?.includes('SUSPENDED') && (
        <Button look="quiet" size="sm" icon={Play} onClick={() => setAction('continue')}>
          Continue parked
        </Button>
      )}
      {some && may('execution:cancel') && (
        <Button look="quiet" size="sm" icon={CircleStop} onClick={() => setAction('cancel')}>
          Cancel all
        </Button>
      )}
      {some && may('workflow:run') && (
        <Button look="quiet" size="sm" icon={RotateCcw} onClick={() => setAction('rerun')}>
          Rerun all
        </Button>
      )}
      {action && <BulkDialog action={action} filter={filter} onClose={() => setAction(null)} />}
    </div>
  )
}

/** Counts first, asks, and shows how far it is. */
function BulkDialog({
  action,
  filter,
  onClose,
}: {
  action: BulkAction
  filter: ExecutionFilter
  onClose: () => void
}) {
  const client = useQueryClient()
  const words = bulkWords[action]
  const count = useQuery({
    queryKey: ['executions', 'bulk-count', action, filter],
    queryFn: ({ signal }) => api(routes.bulkExecutions, { body: { action, filter, dry_run: true }, signal }),
    gcTime: 0,
    staleTime: 0,
  })
  const start = useMutation({
    mutationFn: () => api(routes.bulkExecutions, { body: { action, filter } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['executions'] }),
  })
  const progress = useBulkProgress(start.data)
  const matched = count.data?.matched ?? 0
  const tooMany = matched > limits.bulkRunsMax
  return (
    <Dialog title={words.title} onClose={onClose}>
      {progress ? (
        <Progress progress={progress} action={action} />
      ) : (
        <QueryView query={count} rows={2} isInline>
          {() => (
            <p className="text-muted">
              {matched === 0
                ? words.none
                : tooMany
                  ? `The filter matches ${formatCount(matched, 'run')}; at most ${formatNumber(limits.bulkRunsMax)} can be handled at once. Narrow the filter, for example by day.`
                  : words.question(formatCount(matched, 'run'))}
            </p>
          )}
        </QueryView>
      )}
      {start.isError && <InlineProblem>{explain(start.error).message}</InlineProblem>}
      <div className="mt-5 flex justify-end gap-2">
        <Button data-autofocus onClick={onClose}>
          {progress ? 'Close' : matched === 0 || tooMany || action === 'cancel' ? 'Back' : 'Cancel'}
        </Button>
        {!progress && matched > 0 && !tooMany && (
          <Button
            look={action === 'cancel' ? 'danger' : 'primary'}
            busy={start.isPending}
            onClick={() => start.mutate()}
          >
            {words.confirm(formatCount(matched, 'run'))}
          </Button>
        )}
      </div>
    </Dialog>
  )
}

/** A long one continues in the background; its progress is requested until it is done. */
function useBulkProgress(first: BulkProgress | undefined): BulkProgress | undefined {
  const client = useQueryClient()
  const later = useQuery({
    queryKey: ['bulk', first?.id],
    queryFn: async ({ signal }) => {
      const progress = await api(routes.getBulkProgress, { params: { id: first?.id ?? '' }, signal })
      void client.invalidateQueries({ queryKey: ['executions'] })
      return progress
    },
    enabled: first?.status === 'running',
    refetchInterval: ({ state }) => (state.data?.status === 'done' ? false : 1000),
  })
  return later.data ?? first
}

function Progress({ progress, action }: { progress: BulkProgress; action: BulkAction }) {
  const { matched, done, failed_count, failed, status } = progress
  const handled = done + failed_count
  const words = bulkWords[action]
  return (
    <div role="status" className="grid gap-3">
      <p>
        {status === 'done'
          ? `${formatCount(done, 'run')} ${words.done}.`
          : `${formatNumber(handled)} of ${formatCount(matched, 'run')} so far. It continues if you leave this page.`}
      </p>
      {status !== 'done' && (
        <progress
          aria-label={words.title}
          className="h-1.5 w-full accent-accent"
          value={handled}
          max={matched}
        />
      )}
      {failed_count > 0 && (
        <div>
          <p className="mb-1 text-bad">{formatCount(failed_count, 'run')} failed:</p>
          <ul className="max-h-48 overflow-auto text-sm">
            {failed.map(({ execution_id, message }) => (
              <li key={execution_id} className="py-0.5 [overflow-wrap:anywhere]">
                <Link
                  to="/history/$id"
                  params={{ id: execution_id }}
                  className="font-mono text-xs hover:text-accent"
                >
                  {execution_id.slice(0, 8)}
                </Link>{' '}
                {message}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}
