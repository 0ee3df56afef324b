import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { type ReactNode, useEffect, useMemo, useRef } from 'react'
import { Button } from './Button.tsx'
import { QueryView } from './QueryView.tsx'

/** A list that comes by the page; the next one loads as the end comes near. */
export function PagedView<Item>({
  query,
  rows,
  empty,
  children,
}: {
  query: UseInfiniteQueryResult<InfiniteData<{ items: Item[] }>>
  rows?: number | undefined
  empty: ReactNode
  children: (items: readonly Item[]) => ReactNode
}) {
  const items = useItems(query)
  return (
    <QueryView query={{ ...query, data: query.data && items }} rows={rows} empty={empty}>
      {(items) => (
        <>
          {children(items)}
          <More
            hasMore={query.hasNextPage}
            isBusy={query.isFetchingNextPage}
            isFailed={query.isFetchNextPageError}
            onMore={() => void query.fetchNextPage()}
          />
        </>
      )}
    </QueryView>
  )
}

/** The items of all pages that are here. */
export function useItems<Item>({
  data,
}: Pick<UseInfiniteQueryResult<InfiniteData<{ items: Item[] }>>, 'data'>): readonly Item[] {
  return useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])
}

/** The button is for the keyboard, and for when loading by itself fails. */
function More({
  hasMore,
  isBusy,
  isFailed,
  onMore,
}: {
  hasMore: boolean
  isBusy: boolean
  isFailed: boolean
  onMore: () => void
}) {
  const end = useRef<HTMLDivElement>(null)
  const load = useRef(onMore)
  load.current = onMore
  const isWatched = hasMore && !isBusy && !isFailed
  useEffect(() => {
    if (!isWatched || !end.current) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) load.current()
      },
      { rootMargin: '400px' },
    )
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [isWatched])
  return (
    <div ref={end} className="py-6 text-center text-sm text-faint">
      {hasMore ? (
        <Button busy={isBusy} onClick={onMore}>
          Load more
        </Button>
      ) : (
        'End of list'
      )}
    </div>
  )
}
