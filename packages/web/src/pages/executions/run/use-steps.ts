import { type ExecutionStatus, isTerminal, type Step } from '@bifrost/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef } from 'react'
import { executionQueries } from '../queries.ts'
import { inOrder } from './step-timeline.ts'

/** A run that logs a thousand lines a second is no reason to read its steps as often. */
const rereadMs = 400
const pollMs = 2_000
/** Nothing happens in a run that waits but what the stream tells; and long lists are not read every moment. */
const seldomMs = 10_000
const manySteps = 1_000
const none: StepsRead = { items: [], complete: true }

interface StepsRead {
  items: readonly Step[]
  /** None is left out: of very many, only the latest are read. */
  complete: boolean
}

/** The steps of a run in the order they began: read again when `change` differs, and every moment while the run lives. */
export function useSteps(id: string, status: ExecutionStatus, change: string): StepsRead {
  const client = useQueryClient()
  const { data = none } = useQuery({
    ...executionQueries.steps(id),
    refetchInterval: ({ state }) => {
      if (isTerminal(status) || status === 'SCHEDULED') return false
      return status === 'SUSPENDED' || (state.data?.items.length ?? 0) > manySteps ? seldomMs : pollMs
    },
  })
  const seen = useRef(change)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    if (seen.current === change) return
    seen.current = change
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      // One that is on its way is not given up for the next, or a slow answer would never come.
      void client.refetchQueries({ queryKey: executionQueries.steps(id).queryKey }, { cancelRefetch: false })
    }, rereadMs)
  }, [change, client, id])
  useEffect(() => () => clearTimeout(timer.current), [])
  return useMemo(() => ({ ...data, items: inOrder(data.items) }), [data])
}
