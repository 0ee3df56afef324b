import { join } from 'node:path'
import pg from 'pg'
import { makeDataDir } from '../packages/server/src/platform/data-dir.ts'
import { silentLog } from '../packages/server/src/platform/log.ts'
import { startEmbedded } from '../packages/server/src/platform/postgres/embedded.ts'

/** An own database, and how to reach it; the host is the folder of PostgreSQL's socket. */
export interface Place {
  host: string
  port: number
  user: string
  password: string
  database: string
}

/** The one PostgreSQL of a run, with the product's own settings: ours and every peer use it. */
export interface Postgres {
  version: string
  database(name: string): Promise<Place>
  /** Lets what came before reach the disk, so that its checkpoint does not fall into the next measurement. */
  settle(): Promise<void>
  stop(): Promise<void>
}

export async function startPostgres(scratch: string): Promise<Postgres> {
  const dataDir = join(scratch, 'postgres')
  makeDataDir(dataDir)
  const server = await startEmbedded({ dataDir, log: silentLog })
  const { host = '', port = 5432, user = '', password = '' } = server.connection
  const admin = new pg.Pool({ ...server.connection, max: 1 })
  admin.on('error', () => {})
  const { rows } = await admin.query<{ server_version: string }>('show server_version')
  return {
    version: rows[0]?.server_version ?? 'unknown',
    async database(database) {
      await admin.query(`create database ${pg.escapeIdentifier(database)}`)
      return { host, port, user, password: String(password), database }
    },
    async settle() {
      await admin.query('checkpoint')
    },
    async stop() {
      await admin.end()
      await server.stop()
    },
  }
}

/** As DATABASE_URL: a socket's folder has to be a parameter. */
export const urlOf = ({ host, port, user, password, database }: Place): string =>
  `postgresql://${user}:${encodeURIComponent(password)}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`

export function poolOf(place: Place, max: number): pg.Pool {
  const pool = new pg.Pool({ ...place, max })
  pool.on('error', () => {})
  return pool
}
