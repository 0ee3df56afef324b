import { AppError, limits, type NewTableIndex, type TableIndex, validationError } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { bitOf, findTable, pathOf, type StoredIndex, type Table, uniqueSql } from '../rows/rows.ts'

const KEY_PLACES = [1, 2, 3, 4, 5, 6, 7, 8]
const UNIQUE_PLACES = [1, 2, 3]

export const indexOf = ({
  id,
  fields,
  is_unique,
  state,
  error,
  rows_done,
  created_at,
}: StoredIndex): TableIndex => ({
  id,
  fields,
  is_unique,
  state: state === 'dropping' ? 'failed' : state,
  error,
  rows_done,
  created_at,
})

/** Indexes as people see them: one that is being taken away is gone. */
export const indexesOf = (table: Table): TableIndex[] =>
  table.indexes.filter(({ state }) => state !== 'dropping').map(indexOf)

/** Declares an index of a table that is locked for it, and answers its id. It is built afterwards. */
export async function declareIndex(
  query: Query,
  scope: OrgScope,
  table: Table,
  { fields, is_unique: isUnique = false }: NewTableIndex,
): Promise<string> {
  for (const field of fields) {
    pathOf(field)
    if (['id', 'created_by', 'updated_by'].includes(field) || field.startsWith('$'))
      throw validationError([
        { field: 'fields', message: `cannot be ${field}: it is not a field of the document` },
      ])
  }
  if (new Set(fields).size < fields.length)
    throw validationError([{ field: 'fields', message: 'name each field once' }])
  if (!isUnique && fields.length > 1)
    throw validationError([{ field: 'fields', message: 'can be more than one only for a unique index' }])
  const live = table.indexes.filter(({ state }) => state !== 'dropping')
  if (live.some((one) => one.is_unique === isUnique && one.fields.join('\n') === fields.join('\n')))
    throw new AppError('already_exists', `The table "${table.name}" already has this index.`)
  const keyPlace =
    fields.length === 1
      ? KEY_PLACES.find((place) => table.indexes.every((one) => one.key_place !== place))
      : null
  const uniquePlace = isUnique
    ? UNIQUE_PLACES.find((place) => table.indexes.every((one) => one.unique_place !== place))
    : null
  if (keyPlace === undefined || uniquePlace === undefined || live.length >= limits.tableIndexesMax)
    throw new AppError(
      'bad_request',
      `A table may have ${limits.tableIndexesMax} indexes, ${UNIQUE_PLACES.length} of them unique.`,
    )
  const id = newId()
  await query(
    `insert into table_indexes (id, table_id, org_id, fields, is_unique, key_place, unique_place)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, table.id, scope.owner, fields, isUnique, keyPlace, uniquePlace],
  )
  return id
}

/** What a statement sets so that a row has the keys of indexes, or has them no longer. */
function settings(
  indexes: readonly StoredIndex[],
  param: (value: unknown) => string,
  isKept: boolean,
): string {
  const set: string[] = []
  let bits = 0
  for (const { key_place: keyPlace, unique_place: uniquePlace, fields } of indexes) {
    const keys = isKept ? fields.map((field) => `table_key(r.data #> ${param(pathOf(field))}::text[])`) : []
    if (keyPlace !== null) {
      bits |= bitOf(keyPlace)
      set.push(`k${keyPlace} = ${isKept ? keys[0] : 'null'}`)
    }
    if (uniquePlace !== null) set.push(`u${uniquePlace} = ${isKept ? uniqueSql(keys) : 'null'}`)
  }
  if (bits !== 0) set.push(`keyed = r.keyed ${isKept ? `| ${bits}` : `& ~${bits}`}`)
  return set.join(', ')
}

/** The next rows of a table, by their ids, get the keys of indexes or lose them; null when there are no more. */
export async function keyRows(
  query: Query,
  table: string,
  indexes: readonly StoredIndex[],
  { after, limit }: { after: string; limit: number },
): Promise<{ last: string; count: number } | null> {
  const values: unknown[] = [table, after, limit]
  const isKept = indexes[0]?.state === 'building'
  const set = settings(indexes, (value) => `$${values.push(value)}`, isKept)
  const [done] = await query<{ last: string | null; count: number }>(
    `with batch as (
       select b.id from table_rows b where b.table_id = $1 and b.id > $2 order by b.id limit $3 for update
     ), changed as (
       update table_rows r set ${set} from batch where r.table_id = $1 and r.id = batch.id
     )
     select max(id) as last, count(*)::int as count from batch`,
    values,
  )
  return done && done.last !== null ? { last: done.last, count: done.count } : null
}

/** The index with this id, for who may change the table. */
export async function indexIn(query: Query, scope: OrgScope, table: Table, id: string): Promise<StoredIndex> {
  const { indexes } = await findTable(query, scope, table.id)
  const index = indexes.find((one) => one.id === id && one.state !== 'dropping')
  if (!index) throw new AppError('not_found', `The table "${table.name}" has no such index.`)
  return index
}
