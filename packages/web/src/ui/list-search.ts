// The state of a list as the address has it. All lists share this form: one short parameter for each filter, `sort=-name`
// (the minus means descending) and `columns=-duration,trigger` (what differs from the columns shown by default).

/** Reads one value of an address; `undefined` when it makes no sense. */
export type Reader<Value> = (value: unknown) => Value | undefined

type Readers = Record<string, Reader<string | boolean>>

/** A list: its name, which saved filters use, and what it can be filtered by. */
export interface ListDefinition<Filter> {
  id: string
  filter: { [Name in keyof Filter]-?: Reader<NonNullable<Filter[Name]>> }
}

type FilterRead<Given extends Readers> = {
  [Name in keyof Given]?: NonNullable<ReturnType<Given[Name]>>
}

export type FilterOf<Definition> = Definition extends ListDefinition<infer Filter> ? Filter : never

/** The parameters of a list in the address. */
export type ListSearch<Filter> = Filter & { sort?: string; columns?: string }

export interface Order {
  column: string
  isDescending: boolean
}

export function defineList<Given extends Readers>(
  id: string,
  filter: Given,
): ListDefinition<FilterRead<Given>> {
  // A mapped type of readers and the readers of a mapped type are the same, which the compiler cannot see.
  return { id, filter } as unknown as ListDefinition<FilterRead<Given>>
}

export const text: Reader<string> = (value) => {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

export const flag: Reader<true> = (value) => (value === true || value === 'true' ? true : undefined)

/** A day such as `2026-01-31`. */
export const day: Reader<string> = (value) =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : undefined

export const matching =
  (pattern: RegExp): Reader<string> =>
  (value) => {
    const given = text(value)
    return given !== undefined && pattern.test(given) ? given : undefined
  }

export const oneOf =
  <const Value extends string>(options: readonly Value[]): Reader<Value> =>
  (value) =>
    options.find((option) => option === value)

/** Reads the filter of a list from an address, or from wherever it was saved; what makes no sense is left out. */
export function readFilter<Filter>(
  { filter }: ListDefinition<Filter>,
  search: Readonly<Record<string, unknown>>,
): Filter {
  const read: Partial<Record<keyof Filter, unknown>> = {}
  for (const name of Object.keys(filter) as (keyof Filter & string)[]) {
    const value = filter[name](search[name])
    if (value !== undefined) read[name] = value
  }
  return read as Filter
}

/** Reads the whole state of a list: for `validateSearch` of its page. */
export function readListSearch<Filter>(
  definition: ListDefinition<Filter>,
  search: Readonly<Record<string, unknown>>,
): ListSearch<Filter> {
  const sort = text(search['sort'])
  const columns = text(search['columns'])
  return {
    ...readFilter(definition, search),
    ...(sort === undefined ? {} : { sort }),
    ...(columns === undefined ? {} : { columns }),
  }
}

export const isFiltered = (filter: object): boolean => Object.keys(filter).length > 0

export function readOrder(sort: string | undefined): Order | null {
  if (!sort || sort === '-') return null
  return sort.startsWith('-')
    ? { column: sort.slice(1), isDescending: true }
    : { column: sort, isDescending: false }
}

export const writeOrder = (order: Order | null): string | undefined =>
  order === null ? undefined : `${order.isDescending ? '-' : ''}${order.column}`

/** What a press on a heading does: up, down, and back to the order of the list itself. */
export function nextOrder(column: string, order: Order | null): Order | null {
  if (order?.column !== column) return { column, isDescending: false }
  return order.isDescending ? null : { column, isDescending: true }
}

/** Which columns were chosen against the default: shown although it hides them, or hidden. */
export type ColumnChoice = ReadonlyMap<string, boolean>

export function readColumns(text: string | undefined): ColumnChoice {
  const names = (text ?? '').split(',').filter((name) => name.replace(/^-/, '') !== '')
  return new Map(
    names.map((name) => (name.startsWith('-') ? [name.slice(1), false] : [name, true]) as [string, boolean]),
  )
}

export const writeColumns = (choice: ColumnChoice): string | undefined =>
  [...choice].map(([name, isShown]) => (isShown ? name : `-${name}`)).join(',') || undefined

/** Midnight where the reader is, of a day or of so many days later. */
export function midnight(day: string, daysLater = 0): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + daysLater).toISOString()
}
