import { AppError, limits } from '@bifrost/contract'
import pg from 'pg'
import { FairGate } from './fair-gate.ts'
import { inTransaction } from './in-transaction.ts'
import type { Log } from './log.ts'
import type { ListScope, OrgScope } from './scope.ts'
import { ScopedConnections } from './scoped-connections.ts'

// Numbers that JavaScript holds exactly come back as numbers; int8 counts and sizes do.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

export type Query = <Row extends object = Record<string, unknown>>(
  text: string,
  values?: unknown[],
) => Promise<Row[]>

/** The one database. Statements of the hot path have a name, so that the server plans them once per connection. */
export interface Database extends Statements {
  /**
   * Statements under the rows of a scope, as the application's role: they see and change what the scope may, whatever
   * they say. Of a list for administrators, what `list` says.
   */
  as(scope: OrgScope, list?: ListScope): Statements
  /**
   * The same for statements whose cost a user chose: queries of tables, searches, exports. They have a lane of their
   * own, so that those of one organization delay no other, and a time limit that is shorter while others have some.
   */
  heavy(scope: OrgScope, list?: ListScope): HeavyStatements
  /**
   * Work as the engine's own role whose size a user chose: no customer (`shareHolderOf`) has more than a share of
   * the engine's connections with it.
   */
  inShare<T>(shareHolder: string, work: () => Promise<T>): Promise<T>
  /** A connection of its own, for LISTEN. The caller ends it. */
  connect(): Promise<pg.Client>
  close(): Promise<void>
}

/** What statements are run with. */
export interface Statements {
  query: Query
  /** Runs a statement under a name: parsed and planned once per connection. */
  prepared<Row extends object = Record<string, unknown>>(
    name: string,
    text: string,
    values: unknown[],
  ): Promise<Row[]>
  /** All or nothing: rolls back when `work` throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
}

export interface HeavyStatements {
  query: Query
  /** `timeMs`: how long each statement may take; without it, what the lane says. */
  transaction<T>(work: (query: Query) => Promise<T>, timeMs?: number): Promise<T>
}

const POOL_SIZE = 12

/**
 * The engine's statements take rows by their keys. Their plans are kept for as long as a connection lives: one that was
 * made while a table was small must serve when it has grown, so a table is read as a whole only where there is no index.
 */
const PLAN_BY_KEYS = 'set enable_seqscan = off'

export function openDatabase(config: pg.PoolConfig, log: Log): Database {
  const pool = new pg.Pool({
    max: POOL_SIZE,
    idleTimeoutMillis: 30_000,
    ...config,
    onConnect: async (client) => {
      await client.query(PLAN_BY_KEYS)
    },
  })
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
      return inTransaction(client, work, (broken) => client.release(broken))
    },
  }
  const scoped = new ScopedConnections(config, log)
  const shares = new FairGate({
    placesMax: limits.engineSharesMax,
    perKeyMax: limits.engineSharesPerOrganizationMax,
    perKeyShare: limits.engineSharesPerOrganizationMax,
    reservedPlaces: 1,
    waitingPerKeyMax: limits.engineSharesWaitingMax,
    waitMs: limits.engineShareWaitMs,
    refusal: 'Your organization has the maximum amount of work in the database',
  })
  return {
    ...statements,
    as: (scope, list) => scoped.as(scope, list),
    heavy: (scope, list) => scoped.heavy(scope, list),
    inShare: (shareHolder, work) => shares.use(shareHolder, work),
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

/** What ended a statement at one of its limits, in words that say what to do; null for other errors. */
export function limitError(error: unknown): AppError | null {
  const code = error instanceof pg.DatabaseError ? error.code : undefined
  // canceling statement due to statement timeout
  if (code === '57014')
    return new AppError(
      'validation_failed',
      'The query took too long. Narrow it, for example to a shorter time or to one workflow.',
    )
  // lock_timeout
  if (code === '55P03')
    return new AppError('conflict', 'Another request is changing the same rows. Try again in a moment.')
  return null
}

/** The server does not answer, starts or stops; the same statement may go through in a moment. */
export const isUnavailable = (error: unknown): boolean => {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  if (typeof code === 'string' && /^(08|57P|ECONN|EPIPE|ENOENT$|53300)/.test(code)) return true
  return (
    typeof message === 'string' &&
    /Connection terminated|timeout exceeded when trying to connect/.test(message)
  )
}
