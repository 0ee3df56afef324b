import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { explain } from '../errors.ts'
import { ErrorState, InlineProblem, SkeletonRows } from './states.tsx'

/** A query, or as much of one as its states need. */
export type AnyQuery<Data> = Pick<
  UseQueryResult<Data>,
  'data' | 'error' | 'isError' | 'isPlaceholderData'
> & { refetch: () => Promise<unknown> }

/**
 * What was read, or why it is not there: lines while it is on the way, the error with a second try, and what to say when
 * there is nothing. What was read before stays in view when reading it once more fails, unless `failed` replaces it.
 */
export function QueryView<Data>({
  query,
  rows,
  pending,
  isInline = false,
  failed,
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
  /** What to show instead of an error, also where what was read before is no longer true. */
  failed?: (error: Error) => ReactNode
  isEmpty?: (data: Data) => boolean
  empty?: ReactNode
  children: (data: Data) => ReactNode
}) {
  const { data } = query
  if (query.isError && failed && query.error) return failed(query.error)
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
      ) : (
        // One element in both states: what has the focus in it keeps it.
        <div
          aria-busy={query.isPlaceholderData || undefined}
          className={query.isPlaceholderData ? 'opacity-60' : 'contents'}
        >
          {children(data)}
        </div>
      )}
    </>
  )
}

function hasNoItems(data: unknown): boolean {
  const items = (data as { items?: unknown } | null)?.items ?? data
  return Array.isArray(items) && items.length === 0
}
