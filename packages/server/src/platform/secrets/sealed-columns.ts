import type { Query } from '../database.ts'

/** Where sealed texts are: found by the names of columns, so that no list has to be kept. */
export interface SealedColumn {
  table: string
  column: string
}

/** All columns of type bytea that are called `ciphertext`, or whose name ends in `sealed`. */
export const sealedColumns = (query: Query): Promise<SealedColumn[]> =>
  query<SealedColumn>(
    `select quote_ident(c.table_name) as "table", quote_ident(c.column_name) as "column"
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' and c.udt_name = 'bytea'
       and (c.column_name = 'ciphertext' or c.column_name like '%sealed')
     order by 1, 2`,
  )

/** Whether anything depends on the secret key. */
export async function hasSecrets(query: Query): Promise<boolean> {
  const columns = await sealedColumns(query)
  if (columns.length === 0) return false
  const some = columns.map(({ table, column }) => `exists (select from ${table} where ${column} is not null)`)
  const [row] = await query<{ some: boolean }>(`select ${some.join(' or ')} as some`)
  return row?.some ?? false
}
