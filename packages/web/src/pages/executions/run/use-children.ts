import type { Step } from '@bifrost/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { executionQueries } from '../queries.ts'
import { type Progress, progressOf } from './children-progress.ts'

/** The list is long and its runs are short: the counts tell enough between two looks. */
const pollMs = 2_000

/** How the runs stand that a run started; null when there are none. Read again while one of them is not at its end. */
export function useChildren(id: string, steps: readonly Step[]): Progress | null {
  const calls = steps.filter(({ kind }) => kind === 'fan_out' || kind === 'run').length
  const { data, refetch } = useInfiniteQuery({
    ...executionQueries.children(id),
    enabled: calls > 0,
    refetchInterval: ({ state }) => {
      const counts = state.data?.pages[0]?.counts
      return counts && progressOf(counts).open === 0 && steps.every(({ status }) => status !== 'running')
        ? false
        : pollMs
    },
  })
  // A further call may come when all runs of the last one have ended.
  useEffect(() => {
    if (calls > 0) void refetch({ cancelRefetch: false })
  }, [calls, refetch])
  const counts = data?.pages[0]?.counts
  const progress = counts ? progressOf(counts) : null
  return progress && progress.total > 0 ? progress : null
}
