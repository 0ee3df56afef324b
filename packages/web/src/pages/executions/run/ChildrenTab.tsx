import { useInfiniteQuery } from '@tanstack/react-query'
import clsx from 'clsx'
import { useState } from 'react'
import { formatNumber } from '../../../format.ts'
import { Button } from '../../../ui/Button.tsx'
import { QueryView } from '../../../ui/QueryView.tsx'
import { executionQueries } from '../queries.ts'
import { ChildRow } from './ChildRow.tsx'
import { type ProgressPart, progressOf } from './children-progress.ts'

const pollMs = 2_000

/** The runs that a run started: how far they are, and the ones of one group, those that failed first. */
export function ChildrenTab({ id }: { id: string }) {
  const [chosen, setChosen] = useState<ProgressPart['id'] | 'all' | null>(null)
  const all = useInfiniteQuery(executionQueries.children(id))
  const progress = progressOf(all.data?.pages[0]?.counts ?? {})
  const failed = progress.parts.find((part) => part.id === 'failed' && part.count > 0)
  // Who has chosen nothing sees what went wrong, when something did.
  const part = chosen === null ? failed : progress.parts.find((one) => one.id === chosen && one.count > 0)
  const shown = useInfiniteQuery({
    ...executionQueries.children(id, part?.statuses),
    // By what came with this very list: its last look comes after the last run has ended.
    refetchInterval: ({ state }) =>
      progressOf(state.data?.pages[0]?.counts ?? {}).open > 0 ? pollMs : false,
  })
  return (
    // Until something can be chosen, both are the same query.
    <QueryView query={shown} rows={4}>
      {({ pages }) => {
        const runs = pages.flatMap((page) => page.items)
        const oneWorkflow = new Set(runs.map((run) => run.workflow_name)).size <= 1
        const done = progress.total - progress.open
        return (
          <div className="grid gap-4">
            <div>
              <p className="tabular text-sm text-muted" role="status">
                <span className="font-medium text-ink">{formatNumber(done)}</span> of{' '}
                {formatNumber(progress.total)} runs are done
                {oneWorkflow && runs[0] && (
                  <>
                    {' '}
                    · <span className="font-medium text-ink">{runs[0].workflow_name}</span>
                  </>
                )}
              </p>
              <div aria-hidden className="mt-2 flex h-1.5 gap-0.5 overflow-hidden rounded-full bg-hover">
                {progress.parts
                  .filter(({ count }) => count > 0)
                  .map(({ id: part, count }) => (
                    <div
                      key={part}
                      className={clsx('min-w-[3px]', colors[part])}
                      style={{ flexGrow: count }}
                    />
                  ))}
              </div>
            </div>
            <fieldset className="flex flex-wrap gap-1.5">
              <legend className="sr-only">Show runs</legend>
              <Choice label="All" count={progress.total} pressed={!part} onPress={() => setChosen('all')} />
              {progress.parts
                .filter(({ count }) => count > 0)
                .map(({ id: group, label, count }) => (
                  <Choice
                    key={group}
                    label={label}
                    count={count}
                    dot={colors[group]}
                    pressed={part?.id === group}
                    onPress={() => setChosen(group)}
                  />
                ))}
            </fieldset>
            <ul aria-label="Runs" className="divide-y divide-line border-y border-line">
              {runs.map((run) => (
                <ChildRow key={run.id} run={run} named={!oneWorkflow} />
              ))}
            </ul>
            {shown.hasNextPage && (
              <div className="flex justify-center">
                <Button
                  size="sm"
                  disabled={shown.isFetchingNextPage}
                  onClick={() => void shown.fetchNextPage()}
                >
                  Show more
                </Button>
              </div>
            )}
          </div>
        )
      }}
    </QueryView>
  )
}

const colors: Record<ProgressPart['id'], string> = {
  failed: 'bg-bad',
  succeeded: 'bg-ok',
  running: 'bg-live',
  waiting: 'bg-idle/45',
}

function Choice({
  label,
  count,
  dot,
  pressed,
  onPress,
}: {
  label: string
  count: number
  dot?: string
  pressed: boolean
  onPress: () => void
}) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onPress}
      className={clsx(
        'inline-flex h-8 items-center gap-1.5 rounded-full border px-3 text-sm',
        pressed ? 'border-accent bg-accent-soft text-ink' : 'border-line text-muted hover:text-ink',
      )}
    >
      {dot && <span aria-hidden className={clsx('size-2 rounded-full', dot)} />}
      {label} <span className="tabular text-faint">{formatNumber(count)}</span>
    </button>
  )
}
