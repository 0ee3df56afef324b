import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import { inject } from 'vitest'
import { silentLog } from '../../platform/log.ts'
import { migrate } from '../../platform/postgres/migrate.ts'
import { cloneDatabase, type TestDatabase } from '../database.ts'

/** The rows of a table before and after the migrations; a table keeps its identity when it gets another name. */
export interface TableRows {
  name: string
  before: number
  /** Null: the table is gone. */
  after: number | null
}

/**
 * A database that commit cb4bcde wrote, brought up to date. The dump says how it was made, and what of it by hand.
 */
export async function upgradeFilledDatabase(): Promise<{
  database: TestDatabase
  tables: TableRows[]
  ran: string[]
}> {
  const database = await cloneDatabase({ ...inject('testServer'), template: 'template0' })
  const dump = gunzipSync(readFileSync(join(import.meta.dirname, 'filled.sql.gz'))).toString()
  await withClient(database, (client) => client.query(dump))
  const before = await withClient(database, rowsOfTables)
  const ran = await migrate(database.connection, { log: silentLog })
  const after = new Map((await withClient(database, rowsOfTables)).map(({ oid, count }) => [oid, count]))
  const tables = before.map(({ oid, name, count }) => ({
    name,
    before: count,
    after: after.get(oid) ?? null,
  }))
  return { database, tables, ran }
}

async function rowsOfTables(client: pg.Client): Promise<{ oid: number; name: string; count: number }[]> {
  const { rows } = await client.query<{ oid: number; name: string }>(
    `select oid, relname::text as name from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname`,
  )
  const counted = []
  for (const { oid, name } of rows) {
    const answer = await client.query<{ count: number }>(`select count(*)::int as count from public.${name}`)
    counted.push({ oid, name, count: answer.rows[0]?.count ?? 0 })
  }
  return counted
}

/** A dump changes settings of its session, so that each use gets one of its own. */
async function withClient<T>(database: TestDatabase, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(database.connection)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
