import pg from 'pg'
import type { Statements } from './database.ts'
import type { Log } from './log.ts'
import type { ListScope, OrgScope } from './scope.ts'

/** The role of the database that features speak as: it owns nothing, and row-level security holds for it. */
export const APP_ROLE = 'bifrost_app'

const POOL_SIZE = 8

/** What the policies of the tables read, in the order of `SETTINGS`. */
type RowsOf = readonly [org: string, chain: string, owner: string, all: string]

const SETTINGS = ['bifrost.org', 'bifrost.chain', 'bifrost.owner', 'bifrost.all'] as const
const SPEAK_FOR = `select ${SETTINGS.map((name, index) => `set_config('${name}', $${index + 1}, false)`).join(', ')}`

/**
 * Connections that speak as the application's role. Each remembers for whom it spoke last: a further statement for the
 * same rows costs nothing, and before one for others that is said.
 */
export class ScopedConnections {
  readonly #pool: pg.Pool
  /** For whom a connection speaks outside of transactions. Absent: nobody, or it is not certain. */
  readonly #speaksFor = new WeakMap<pg.PoolClient, string>()
  #closing = false

  constructor(config: pg.PoolConfig, log: Log) {
    this.#pool = new pg.Pool({
      max: POOL_SIZE,
      idleTimeoutMillis: 30_000,
      ...config,
      // Awaited: nobody gets a connection that still has the engine's role.
      onConnect: async (client) => {
        client.on('error', () => {})
        await client.query(`set role ${APP_ROLE}`)
      },
    })
    this.#pool.on('error', (error) => {
      if (!this.#closing) log.warn({ err: error }, 'a database connection was lost')
    })
  }

  as(scope: OrgScope, list?: ListScope): Statements {
    const rows = rowsOf(scope, list)
    const key = rows.join(' ')
    return {
      query: (text, values) =>
        this.#with(key, rows, async (client) => (await client.query(text, values)).rows),
      prepared: (name, text, values) =>
        this.#with(key, rows, async (client) => (await client.query({ name, text, values })).rows),
      transaction: (work) => this.#transaction(key, rows, work),
    }
  }

  close(): Promise<void> {
    this.#closing = true
    return this.#pool.end()
  }

  async #with<T>(key: string, rows: RowsOf, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
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
      client.release(broken)
    }
  }

  async #transaction<T>(
    key: string,
    rows: RowsOf,
    work: Parameters<Statements['transaction']>[0],
  ): Promise<T> {
    const client = await this.#pool.connect()
    let broken: Error | undefined
    try {
      // What is set within the transaction ends with it, whatever way it ends.
      await client.query(this.#speaksFor.get(client) === key ? 'begin' : `begin; ${speakForNow(rows)}`)
      const result = (await work(async (text, values) => (await client.query(text, values)).rows)) as T
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
  }
}

const speakForNow = (rows: RowsOf): string =>
  `select ${SETTINGS.map((name, index) => `set_config('${name}', ${pg.escapeLiteral(rows[index] ?? '')}, true)`).join(', ')}`

function rowsOf(scope: OrgScope, list: ListScope | undefined): RowsOf {
  if (list === undefined || (list.kind === 'org' && list.orgId === scope.orgId))
    return [scope.orgId, `{${scope.chain.join(',')}}`, scope.owner ?? 'global', '']
  if (list.kind === 'global') return ['', '{}', '', '']
  if (scope.role !== 'platform_admin')
    throw new Error('only administrators of the platform see other organisations')
  return list.kind === 'all' ? ['', '{}', '', 'on'] : [list.orgId, `{${list.orgId}}`, '', '']
}
