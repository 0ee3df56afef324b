import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg, { type PoolConfig } from 'pg'
import { inTransaction } from '../in-transaction.ts'
import type { Log } from '../log.ts'
import { StartError } from '../start-error.ts'

const FOLDER = join(import.meta.dirname, '../../../migrations')
/** Any number that is ours: two servers that start at once take turns by it. */
const LOCK = 7_253_101

interface Migration {
  name: string
  sql: string
  checksum: string
}

/**
 * Brings the database up to date: runs the numbered files of `migrations/` that it has not seen, each in a transaction.
 * Files are never changed once released; write another one. Answers the names of those it ran.
 */
export async function migrate(
  connection: PoolConfig,
  { log, folder = FOLDER }: { log: Log; folder?: string },
): Promise<string[]> {
  const migrations = readMigrations(folder)
  const client = new pg.Client(connection)
  client.on('error', () => {})
  await client.connect()
  try {
    if (pending(migrations, await applied(client)).length === 0) return []
    await client.query('select pg_advisory_lock($1)', [LOCK])
    await client.query(
      'create table if not exists schema_migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
    )
    const todo = pending(migrations, await applied(client))
    for (const migration of todo) await run(client, migration, log)
    return todo.map(({ name }) => name)
  } finally {
    // The lock ends with its connection.
    await client.end()
  }
}

/** The names of all migrations of this version, in their order. */
export const migrationNames = (folder = FOLDER): string[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
    .sort()

function readMigrations(folder: string): Migration[] {
  return migrationNames(folder).map((name) => {
    const sql = readFileSync(join(folder, name), 'utf8')
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  })
}

async function applied(client: pg.Client): Promise<Map<string, string>> {
  try {
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'select name, checksum from schema_migrations',
    )
    return new Map(rows.map(({ name, checksum }) => [name, checksum]))
  } catch (cause) {
    if ((cause as { code?: string }).code === '42P01') return new Map()
    throw cause
  }
}

function pending(migrations: Migration[], done: Map<string, string>): Migration[] {
  for (const { name, checksum } of migrations)
    if (done.has(name) && done.get(name) !== checksum)
      throw new StartError(
        `The migration ${name} was changed after this database ran it; restore the file and put the change into a new one.`,
      )
  const known = new Set(migrations.map(({ name }) => name))
  const unknown = [...done.keys()].find((name) => !known.has(name))
  if (unknown)
    throw new StartError(
      `The database was written by a newer Bifrost (it has ${unknown}); start that version or a newer one.`,
    )
  return migrations.filter(({ name }) => !done.has(name))
}

async function run(client: pg.Client, migration: Migration, log: Log): Promise<void> {
  try {
    await inTransaction(
      client,
      async (query) => {
        await query(migration.sql)
        await query('insert into schema_migrations (name, checksum) values ($1, $2)', [
          migration.name,
          migration.checksum,
        ])
      },
      () => {},
    )
    log.debug(`Ran the migration ${migration.name}`)
  } catch (cause) {
    throw new StartError(`The migration ${migration.name} failed: ${(cause as Error).message}`, { cause })
  }
}
