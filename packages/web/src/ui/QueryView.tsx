import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ErrorState, InlineProblem, SkeletonRows } from '../components/states.tsx'
import { explain } from '../errors.ts'

/** A query, or as much of one as its states need. */
export type AnyQuery<Data> = Pick<
  UseQueryResult<Data>,
  'data' | 'error' | 'isError' | 'isPlaceholderData'
> & { refetch: () => Promise<unknown> }

/**
 * What was read, or why it is not there: lines while it is on the way, the error with a second try, and what to say when
 * there is nothing. What was read before stays in view when reading it once more fails.
 */
export function QueryView<Data>({
  query,
  rows,
  pending,
  isInline = false,
  isEmpty = hasNoItems,
  empty,
  children,
}: {
  query: AnyQuery<Data>
  /** How many lines stand in for what is on the way. */
  rows?: number | undefined
  /** What stands in for it instead of lines. */
  pending?: ReactNode
  /** In a dialog or beside other things, an error is a line and not a page. */
  isInline?: boolean
  isEmpty?: (data: Data) => boolean
  empty?: ReactNode
  children: (data: Data) => ReactNode
}) {
  const { data } = query
  if (data === undefined) {
    if (!query.isError) return pending === undefined ? <SkeletonRows rows={rows} /> : pending
    if (isInline) return <InlineProblem>{explain(query.error).message}</InlineProblem>
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  }
  return (
    <>
      {query.isError && <InlineProblem tone="warn">{explain(query.error).message}</InlineProblem>}
      {empty !== undefined && isEmpty(data) ? (
        empty
      ) : query.isPlaceholderData ? (
        <div aria-busy className="opacity-60">
          {children(data)}
        </div>
      ) : (
        children(data)
      )}
    </>
  )
}

function hasNoItems(data: unknown): boolean {
  const items = (data as { items?: unknown } | null)?.items ?? data
  return Array.isArray(items) && items.length === 0
}
