import pg from 'pg'
import type { Log } from './log.ts'
import type { ListScope, OrgScope } from './scope.ts'
import { ScopedConnections } from './scoped-connections.ts'

// Numbers that JavaScript holds exactly come back as numbers; int8 counts and sizes do.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

export type Query = <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>

/** The one database. Statements of the hot path have a name, so that the server plans them once per connection. */
export interface Database extends Statements {
  /**
   * Statements under the rows of a scope, as the application's role: they see and change what the scope may, whatever
   * they say. Of a list for administrators, what `list` says.
   */
  as(scope: OrgScope, list?: ListScope): Statements
  /** A connection of its own, for LISTEN. The caller ends it. */
  connect(): Promise<pg.Client>
  close(): Promise<void>
}

/** What statements are run with. */
export interface Statements {
  query: Query
  /** Runs a statement under a name: parsed and planned once per connection. */
  prepared<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]>
  /** All or nothing: rolls back when `work` throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
}

const POOL_SIZE = 12

export function openDatabase(config: pg.PoolConfig, log: Log): Database {
  const pool = new pg.Pool({ max: POOL_SIZE, idleTimeoutMillis: 30_000, ...config })
  // An idle socket that dies emits 'error'; without a listener Node ends the process. The pool makes a new one.
  let closing = false
  pool.on('error', (error) => {
    if (!closing) log.warn({ err: error }, 'a database connection was lost')
  })
  // One in use has no listener of the pool's: it may die between two statements of a transaction.
  pool.on('connect', (client) => client.on('error', () => {}))
  const query: Query = async (text, values) => (await pool.query(text, values)).rows
  const statements: Statements = {
    query,
    prepared: async (name, text, values) => (await pool.query({ name, text, values })).rows,
    async transaction(work) {
      const client = await pool.connect()
      let broken: Error | undefined
      try {
        await client.query('begin')
        const result = await work(async (text, values) => (await client.query(text, values)).rows)
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback').catch((cause: Error) => {
          broken = cause
        })
        throw error
      } finally {
        client.release(broken)
      }
    },
  }
  const scoped = new ScopedConnections(config, log)
  return {
    ...statements,
    as: (scope, list) => scoped.as(scope, list),
    async connect() {
      const client = new pg.Client(config)
      await client.connect()
      return client
    },
    async close() {
      closing = true
      await Promise.all([pool.end(), scoped.close()])
    },
  }
}

/**
 * The statement was refused for its data (SQLSTATE classes 22 and 23, and 54: a nesting or an index entry too large), not
 * for the state of the server.
 */
export const isDataError = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && /^(2[23]|54)/.test(error.code ?? '')

/** Two transactions waited for each other, and PostgreSQL ended this one; nothing of it happened. */
export const isDeadlock = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === '40P01'

/** A value is none that the database can hold, such as a text with a NUL (SQLSTATE class 22). */
export const isValueError = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code?.startsWith('22') === true

/** The server does not answer, starts or stops; the same statement may go through in a moment. */
export const isUnavailable = (error: unknown): boolean => {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  if (typeof code === 'string' && /^(08|57P|ECONN|EPIPE|ENOENT$|53300)/.test(code)) return true
  return (
    typeof message === 'string' &&
    /Connection terminated|timeout exceeded when trying to connect/.test(message)
  )
}
