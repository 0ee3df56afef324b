import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import {
  type ColumnChoice,
  isFiltered,
  type ListDefinition,
  type Order,
  readColumns,
  readFilter,
  readListSearch,
  readOrder,
  writeColumns,
  writeOrder,
} from './list-search.ts'

/** What the kit knows of any list. */
export interface AnyListState {
  /** The name of the list, such as `executions`. */
  id: string
  /** A plain JSON value, the same as in the address: what a saved view keeps. */
  filter: object
  isFiltered: boolean
  /** Filter, order and columns together, as the address has them. */
  search: object
  /** Replaces filter, order and columns; what makes no sense in them is left out. */
  applySearch: (search: object) => void
  /** Replaces the whole filter, for instance by one that was saved; what makes no sense in it is left out. */
  applyFilter: (filter: object) => void
  order: Order | null
  setOrder: (order: Order | null) => void
  columns: ColumnChoice
  setColumns: (columns: ColumnChoice) => void
}

export interface ListState<Filter> extends AnyListState {
  filter: Filter & object
  /** Sets one member of the filter; an empty value removes it. */
  set: <Name extends keyof Filter & string>(name: Name, value: Filter[Name] | '' | false | undefined) => void
}

/**
 * The filter, order and columns of a list, all of them in the address: a link shares them, and a reload and the way back
 * keep them. The columns are kept for the next visit, too.
 */
export function useListState<Filter>(definition: ListDefinition<Filter>): ListState<Filter> {
  const address: Record<string, unknown> = useSearch({ strict: false })
  const navigate = useNavigate()
  const { id } = definition
  const search = readListSearch(definition, address)
  const [kept, setKept] = useState(() => readKept(id))

  /** Only what is given changes; other parameters of the page stay. */
  const go = (change: (current: Record<string, unknown>) => Record<string, unknown>) =>
    void navigate({
      to: '.',
      // Each page has parameters of its own, which the kit does not know.
      search: ((current: Record<string, unknown>) => withoutMissing(change(current))) as never,
      replace: true,
    })

  const isMissing = search.columns === undefined && kept !== undefined
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, so that the address says what is shown
  useEffect(() => {
    if (isMissing) go((current) => ({ ...current, columns: kept }))
  }, [])

  const filter = readFilter(definition, address) as Filter & object
  const withoutFilter = Object.fromEntries(Object.keys(definition.filter).map((name) => [name, undefined]))
  return {
    id,
    filter,
    isFiltered: isFiltered(filter),
    search,
    applySearch: (next) =>
      go((current) => ({
        ...current,
        ...withoutFilter,
        sort: undefined,
        columns: undefined,
        ...readListSearch(definition, { ...next }),
      })),
    applyFilter: (next) =>
      go((current) => ({ ...current, ...withoutFilter, ...readFilter(definition, { ...next }) })),
    set: (name, value) => go((current) => ({ ...current, [name]: value || undefined })),
    order: readOrder(search.sort),
    setOrder: (order) => go((current) => ({ ...current, sort: writeOrder(order) })),
    columns: readColumns(search.columns ?? kept),
    setColumns: (columns) => {
      const written = writeColumns(columns)
      keep(id, written)
      setKept(written)
      go((current) => ({ ...current, columns: written }))
    },
  }
}

const withoutMissing = (search: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined))

const storageKey = (list: string) => `bifrost.columns.${list}`

function readKept(list: string): string | undefined {
  try {
    return localStorage.getItem(storageKey(list)) ?? undefined
  } catch {
    return undefined
  }
}

function keep(list: string, columns: string | undefined): void {
  try {
    if (columns === undefined) localStorage.removeItem(storageKey(list))
    else localStorage.setItem(storageKey(list), columns)
  } catch {
    // Storage may be closed to us; the choice is then in the address alone.
  }
}
