import pg, { type PoolConfig } from 'pg'
import type { Log } from '../log.ts'
import { StartError } from '../start-error.ts'
import { databaseError } from '../start-faults.ts'
import { startEmbedded } from './embedded.ts'

/** A PostgreSQL that takes connections. */
export interface PostgresServer {
  /** What `pg.Pool` and `pg.Client` take. */
  connection: PoolConfig
  /** We started it, and it ends with us. */
  embedded: boolean
  /** Ends an embedded PostgreSQL; close the pools first. */
  stop(): Promise<void>
}

const VERSION_MIN = 150_000

/** The database of `DATABASE_URL`, or else the embedded one under `<dataDir>/postgres`. The caller holds the lock of `dataDir`. */
export async function startDatabase(options: {
  dataDir: string
  databaseUrl: string | null
  log: Log
  /** Overrides settings of the embedded PostgreSQL. */
  settings?: Readonly<Record<string, string>>
}): Promise<PostgresServer> {
  if (options.databaseUrl === null) return startEmbedded(options)
  const connection: PoolConfig = { connectionString: options.databaseUrl }
  await checkReachable(connection)
  return { connection, embedded: false, stop: async () => {} }
}

async function checkReachable(connection: PoolConfig): Promise<void> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ server_version_num: string }>('show server_version_num')
    const version = Number(rows[0]?.server_version_num)
    if (version < VERSION_MIN)
      throw new StartError(
        `DATABASE_URL points to PostgreSQL ${Math.floor(version / 10_000)}; Bifrost needs 15 or newer.`,
      )
  } catch (cause) {
    if (cause instanceof StartError) throw cause
    throw databaseError(client, cause)
  } finally {
    await client.end().catch(() => {})
  }
}
