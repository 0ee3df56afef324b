import { limits } from '@bifrost/contract'
import pg from 'pg'
import type { HeavyStatements, Query, Statements } from './database.ts'
import { FairGate } from './fair-gate.ts'
import { inTransaction } from './in-transaction.ts'
import type { Log } from './log.ts'
import { type ListScope, type OrgScope, shareHolderOf } from './scope.ts'
import { boundRows } from './statement-bytes.ts'

/** The role of the database that features speak as: it owns nothing, and row-level security holds for it. */
export const APP_ROLE = 'bifrost_app'

/**
 * No statement of the application's role runs or waits for a lock without an end, and no transaction stays open while
 * it sends nothing: the caller that chose the statement holds a connection for so long.
 */
const SPEAK_AS = [
  `set role ${APP_ROLE}`,
  `set statement_timeout = ${limits.statementTimeMs}`,
  `set lock_timeout = ${limits.lockWaitMs}`,
  `set idle_in_transaction_session_timeout = ${limits.transactionIdleMs}`,
].join('; ')

/** What the policies of the tables read, in the order of `SETTINGS`. */
type RowsOf = readonly [org: string, chain: string, owner: string, all: string]

const SETTINGS = ['bifrost.org', 'bifrost.chain', 'bifrost.owner', 'bifrost.all'] as const
const SPEAK_FOR = `select ${SETTINGS.map((name, index) => `set_config('${name}', $${index + 1}, false)`).join(', ')}`

/**
 * Connections that speak as the application's role. Each remembers the scope that it spoke for last: a further statement
 * for the same rows costs nothing, and before one for others that is said.
 */
export class ScopedConnections {
  readonly #pool: pg.Pool
  /** The scope that a connection speaks for outside of transactions. Absent: none, or it is not certain. */
  readonly #speaksFor = new WeakMap<pg.PoolClient, string>()
  /** Who may have a connection. An organization never holds them all. */
  readonly #connections = new FairGate({
    placesMax: limits.scopedConnectionsMax,
    perKeyMax: limits.scopedConnectionsPerOrganizationMax,
    perKeyShare: limits.scopedConnectionsPerOrganizationMax,
    reservedPlaces: 1,
    waitingPerKeyMax: limits.statementsWaitingMax,
    waitMs: limits.statementWaitMs,
    refusal: 'Your organization uses more than its share of the database',
  })
  /** Who may run a statement whose cost a user chose. Together they leave connections for all the others. */
  readonly #heavy = new FairGate({
    placesMax: limits.heavyStatementsMax,
    perKeyMax: limits.heavyStatementsPerOrganizationMax,
    perKeyShare: limits.heavyStatementsPerOrganizationMax - 1,
    reservedPlaces: 1,
    waitingPerKeyMax: limits.heavyStatementsWaitingMax,
    waitMs: limits.statementWaitMs,
    refusal: 'Your organization has the maximum number of large queries running',
  })
  #closing = false

  constructor(config: pg.PoolConfig, log: Log) {
    this.#pool = new pg.Pool({
      max: limits.scopedConnectionsMax,
      idleTimeoutMillis: 30_000,
      ...config,
      // Awaited: no caller gets a connection that still has the engine's role.
      onConnect: async (client) => {
        client.on('error', () => {})
        boundRows(client, limits.statementBytesMax)
        await client.query(SPEAK_AS)
      },
    })
    this.#pool.on('error', (error) => {
      if (!this.#closing) log.warn({ err: error }, 'a database connection was lost')
    })
  }

  as(scope: OrgScope, list?: ListScope): Statements {
    const rows = rowsOf(scope, list)
    const speaker = { holder: shareHolderOf(scope), key: rows.join(' '), rows }
    return {
      query: (text, values) => this.#with(speaker, async (client) => (await client.query(text, values)).rows),
      prepared: (name, text, values) =>
        this.#with(speaker, async (client) => (await client.query({ name, text, values })).rows),
      transaction: (work) => this.#transaction(speaker, '', work),
    }
  }

  heavy(scope: OrgScope, list?: ListScope): HeavyStatements {
    const holder = shareHolderOf(scope)
    const rows = rowsOf(scope, list)
    const speaker = { holder, key: rows.join(' '), rows }
    const transaction: HeavyStatements['transaction'] = (work, timeMs) =>
      this.#heavy.use(holder, () => {
        const time = timeMs ?? this.#heavyTimeMs(holder)
        return this.#transaction(speaker, `set local statement_timeout = ${time}`, work)
      })
    return { query: (text, values) => transaction((query) => query(text, values)), transaction }
  }

  /** Alone, a large query may take its time; while others have some, all of them are short. */
  #heavyTimeMs(holder: string): number {
    return this.#heavy.isContended(holder) ? limits.tableQueryContendedTimeMs : limits.tableQueryTimeMs
  }

  close(): Promise<void> {
    this.#closing = true
    return this.#pool.end()
  }

  async #connect(holder: string): Promise<pg.PoolClient> {
    const wait = this.#connections.enter(holder)
    if (wait) await wait
    try {
      return await this.#pool.connect()
    } catch (error) {
      this.#connections.leave(holder)
      throw error
    }
  }

  #release(holder: string, client: pg.PoolClient, broken: Error | undefined): void {
    client.release(broken)
    this.#connections.leave(holder)
  }

  async #with<T>({ holder, key, rows }: Speaker, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect(holder)
    let broken: Error | undefined
    try {
      if (this.#speaksFor.get(client) !== key) {
        this.#speaksFor.delete(client)
        await client
          .query({ name: 'speak_for', text: SPEAK_FOR, values: [...rows] })
          .catch((cause: Error) => {
            broken = cause
            throw cause
          })
        this.#speaksFor.set(client, key)
      }
      return await use(client)
    } finally {
      this.#release(holder, client, broken)
    }
  }

  async #transaction<T>(
    { holder, key, rows }: Speaker,
    settings: string,
    work: (query: Query) => Promise<T>,
  ): Promise<T> {
    const client = await this.#connect(holder)
    // What is set within the transaction ends with it, whatever way it ends.
    const begin = ['begin']
    if (this.#speaksFor.get(client) !== key) begin.push(speakForNow(rows))
    if (settings) begin.push(settings)
    return inTransaction(client, work, (broken) => this.#release(holder, client, broken), begin.join('; '))
  }
}

/** Whose share the statement counts for, and which rows it sees. */
interface Speaker {
  holder: string
  key: string
  rows: RowsOf
}

const speakForNow = (rows: RowsOf): string =>
  `select ${SETTINGS.map((name, index) => `set_config('${name}', ${pg.escapeLiteral(rows[index] ?? '')}, true)`).join(', ')}`

function rowsOf(scope: OrgScope, list: ListScope | undefined): RowsOf {
  if (list === undefined || (list.kind === 'org' && list.orgId === scope.orgId))
    return [scope.orgId, `{${scope.chain.join(',')}}`, scope.owner ?? 'global', '']
  if (list.kind === 'global') return ['', '{}', '', '']
  if (scope.role !== 'platform_admin')
    throw new Error('only platform administrators can see other organizations')
  return list.kind === 'all' ? ['', '{}', '', 'on'] : [list.orgId, `{${list.orgId}}`, '', '']
}
