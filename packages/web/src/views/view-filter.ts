import type { ViewFilter } from '@bifrost/contract'

/** Parameters of an address, as a list keeps them: lists of texts are written with commas. */
export const searchOf = (filter: ViewFilter): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(filter).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  )

/** What a list shows now, as a view keeps it. */
export const filterOf = (search: object): ViewFilter =>
  Object.fromEntries(
    Object.entries(search).filter((member): member is [string, string | number | boolean] =>
      ['string', 'number', 'boolean'].includes(typeof member[1]),
    ),
  )

/** Whether a list shows what the view says, whatever the order of the members. */
export function isSame(search: object, filter: ViewFilter): boolean {
  const sorted = (members: object) =>
    JSON.stringify(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)))
  return sorted(filterOf(search)) === sorted(searchOf(filter))
}
