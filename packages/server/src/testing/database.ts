import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import pg, { type PoolConfig } from 'pg'
import { makeDataDir } from '../platform/data-dir.ts'
import { silentLog } from '../platform/log.ts'
import { startDatabase } from '../platform/postgres/database.ts'
import { migrate } from '../platform/postgres/migrate.ts'
import { throwawaySettings } from '../platform/postgres/settings.ts'

/** A PostgreSQL for tests, with a migrated database that every test file clones. */
export interface TestServer {
  connection: PoolConfig
  template: string
}

/** A database of one test file. */
export interface TestDatabase {
  connection: PoolConfig
  name: string
  drop(): Promise<void>
}

/** Starts the PostgreSQL of a test run, or uses the one of `url`, and prepares the template. */
export async function startTestServer(
  url: string | null,
): Promise<{ server: TestServer; stop: () => Promise<void> }> {
  // In /tmp and open to pass through, so that it works as root too.
  const dataDir = mkdtempSync('/tmp/bifrost-test-')
  makeDataDir(dataDir)
  const database = await startDatabase({
    dataDir,
    databaseUrl: url,
    log: silentLog,
    settings: { ...throwawaySettings, max_connections: '200' },
  })
  const template = `bifrost_template_${randomBytes(4).toString('hex')}`
  const connection = withDatabase(database.connection, template)
  await administer(database.connection, `create database ${template}`)
  await migrate(connection, { log: silentLog })
  const server = { connection: database.connection, template }
  const stop = async (): Promise<void> => {
    if (!database.embedded) await administer(database.connection, `drop database ${template} with (force)`)
    await database.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return { server, stop }
}

/** Clones the template: a database with all tables and no rows. */
export async function cloneDatabase(server: TestServer): Promise<TestDatabase> {
  const name = `bifrost_test_${randomBytes(8).toString('hex')}`
  await administer(server.connection, `create database ${name} template ${server.template}`)
  return {
    name,
    connection: withDatabase(server.connection, name),
    drop: () => administer(server.connection, `drop database if exists ${name} with (force)`),
  }
}

async function administer(connection: PoolConfig, sql: string): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

function withDatabase(connection: PoolConfig, database: string): PoolConfig {
  if (connection.connectionString === undefined) return { ...connection, database }
  const url = new URL(connection.connectionString)
  url.pathname = `/${database}`
  return { connectionString: url.href }
}
