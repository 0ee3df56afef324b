import type pg from 'pg'
import type { Database, Query } from '../../platform/database.ts'
import type { Backend, Backends, Outcome, Statement } from './backends.ts'
import type { Process } from './world.ts'

/** What the network and the database do to one statement. */
export interface StatementFate {
  thereMs: number
  backMs: number
  /** `refused`: it never arrives. `unheard`: it is done, and the answer is lost. */
  fault: 'refused' | 'unheard' | null
}

export interface DatabaseEvents {
  fate(statement: Statement): StatementFate
  /** Right before PostgreSQL gets it, and right after it has answered; nothing comes in between. */
  before(owner: Process, statement: Statement): Promise<void>
  after(owner: Process, statement: Statement, outcome: Outcome): Promise<void>
}

const CONNECTIONS_MAX = 12

const connectionLost = () =>
  Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' })

/** The database as one simulated process sees it: over a network that is slow, and sometimes away. */
export class SimulatedDatabase implements Database {
  readonly #owner: Process
  readonly #backends: Backends
  readonly #events: DatabaseEvents
  #taken = 0
  #waiting: (() => void)[] = []

  constructor(owner: Process, backends: Backends, events: DatabaseEvents) {
    this.#owner = owner
    this.#backends = backends
    this.#events = events
  }

  /** The engine alone is simulated; it speaks for all organizations. */
  as(): this {
    return this
  }

  heavy(): this {
    return this
  }

  inShare<T>(_orgId: string, work: () => Promise<T>): Promise<T> {
    return work()
  }

  query: Query = async <Row extends object = Record<string, unknown>>(text: string, values?: unknown[]) =>
    (await this.#alone({ text, values })) as Row[]

  async prepared<Row extends object = Record<string, unknown>>(
    name: string,
    text: string,
    values: unknown[],
  ): Promise<Row[]> {
    return (await this.#alone({ name, text, values })) as Row[]
  }

  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    await this.#acquire()
    const connection = new Connection(this.#owner, this.#backends, this.#events)
    try {
      await connection.send({ text: 'begin' })
      const result = await work(
        async <Row extends object = Record<string, unknown>>(text: string, values?: unknown[]) =>
          (await connection.send({ text, values })) as Row[],
      )
      await connection.send({ text: 'commit' })
      return result
    } catch (error) {
      await connection.send({ text: 'rollback' }).catch(() => {})
      throw error
    } finally {
      connection.close()
      this.#release()
    }
  }

  async #alone(statement: Statement): Promise<pg.QueryResultRow[]> {
    await this.#acquire()
    const connection = new Connection(this.#owner, this.#backends, this.#events)
    try {
      return await connection.send(statement)
    } finally {
      connection.close()
      this.#release()
    }
  }

  async #acquire(): Promise<void> {
    if (this.#taken < CONNECTIONS_MAX) this.#taken++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #release(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#taken--
  }

  connect(): Promise<pg.Client> {
    throw new Error('a simulation has no listeners: notifications are messages')
  }

  async close(): Promise<void> {}
}

/** One connection of a simulated process, from when it is taken from its pool until it is given back. */
class Connection {
  readonly #owner: Process
  readonly #backends: Backends
  readonly #events: DatabaseEvents
  #backend: Backend | null = null
  #lost = false
  #closed = false
  readonly #forget: () => void

  constructor(owner: Process, backends: Backends, events: DatabaseEvents) {
    this.#owner = owner
    this.#backends = backends
    this.#events = events
    this.#forget = owner.onEnd(() => this.#cut())
  }

  send(statement: Statement): Promise<pg.QueryResultRow[]> {
    const { world } = this.#owner
    const fate = this.#events.fate(statement)
    const what = statement.name ?? oneLine(statement.text)
    return new Promise((resolve, reject) => {
      const answer = (outcome: Outcome) =>
        world.plan(this.#owner, fate.backMs, `answer to ${what}`, () => {
          if ('error' in outcome) reject(outcome.error)
          else resolve(outcome.rows)
        })
      world.plan(null, fate.thereMs, `statement ${what}`, async () => {
        // The process that sent it is gone: what was on its way may have arrived, or not.
        if (
          this.#closed ||
          (!this.#owner.alive && (this.#backend?.inTransaction || world.random.chance(0.5)))
        )
          return
        if (this.#lost || fate.fault === 'refused') {
          if (!this.#lost) world.say(this.#owner.name, `× ${what}: the connection breaks before it`)
          this.#lost = true
          await this.#rollBack()
          answer({ error: connectionLost() })
          return
        }
        this.#backend ??= await this.#backends.take()
        const backend = this.#backend
        await this.#events.before(this.#owner, statement)
        await this.#backends.execute(world, backend, statement, async (outcome) => {
          await this.#ended(backend, statement, outcome)
          if (fate.fault !== 'unheard' || 'error' in outcome) answer(outcome)
          else {
            world.say(this.#owner.name, `× ${what}: done, and the answer is lost`)
            this.#lost = true
            await this.#rollBack()
            answer({ error: connectionLost() })
          }
        })
      })
    })
  }

  async #ended(backend: Backend, statement: Statement, outcome: Outcome): Promise<void> {
    if (statement.text === 'begin') backend.inTransaction = true
    if (statement.text === 'commit' || statement.text === 'rollback') backend.inTransaction = false
    await this.#events.after(this.#owner, statement, outcome)
    // The owner ended meanwhile: the database notices now.
    if (!this.#owner.alive) await this.#drop()
  }

  close(): void {
    if (!this.#closed && this.#backend) this.#backends.give(this.#backend)
    this.#closed = true
    this.#backend = null
    this.#forget()
  }

  /** The process has ended; its sockets close soon after. */
  #cut(): void {
    if (this.#closed) return
    const { world } = this.#owner
    world.plan(null, world.random.between(0.1, 3), 'a connection closes', () => this.#drop())
  }

  async #drop(): Promise<void> {
    const backend = this.#backend
    if (this.#closed || (backend && this.#backends.isBusy(backend))) return
    await this.#rollBack()
    this.close()
  }

  async #rollBack(): Promise<void> {
    const backend = this.#backend
    if (!backend?.inTransaction) return
    backend.inTransaction = false
    await this.#backends.execute(this.#owner.world, backend, { text: 'rollback' }, async () => {})
  }
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim().slice(0, 60)
