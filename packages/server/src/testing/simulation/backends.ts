import pg, { type PoolConfig } from 'pg'
import type { World } from './world.ts'

export interface Statement {
  text: string
  values?: unknown[] | undefined
  name?: string | undefined
}

export type Outcome = { rows: pg.QueryResultRow[] } | { error: unknown }

/** One real connection. */
export class Backend {
  readonly client: pg.Client
  pid = 0
  inTransaction = false
  #nowText = ''
  /** What the statement under way came to; null until it has ended. */
  outcome: Outcome | null = null
  statement = ''
  done: ((outcome: Outcome) => Promise<void>) | null = null

  constructor(connection: PoolConfig) {
    this.client = new pg.Client(connection)
    this.client.on('error', () => {})
  }

  async open(): Promise<void> {
    await this.client.connect()
    // A plan that the seed before has left must be the plan that this one would make; and the simulation, not a clock, finds
    // out which backend waits for which.
    await this.client.query(
      `set plan_cache_mode = force_generic_plan; set deadlock_timeout = '1h'; set statement_timeout = 0`,
    )
    const [row] = (await this.client.query('select pg_backend_pid() as pid')).rows
    this.pid = row.pid
  }

  async send({ text, values, name }: Statement, now: string): Promise<void> {
    this.outcome = null
    this.statement = name ?? text
    const query = name === undefined ? { text, values } : { name, text, values }
    try {
      // As now() of PostgreSQL: within a transaction time stands still.
      if (!this.inTransaction && this.#nowText !== now) {
        this.#nowText = now
        await this.client.query(`select set_config('bifrost.now', $1, false)`, [now])
      }
      this.outcome = { rows: (await this.client.query(query)).rows }
    } catch (error) {
      this.outcome = { error }
    }
  }
}

/** How long a statement may take before the simulation asks whether it waits for a lock. In real time; nothing depends on it. */
const ASK_AFTER_MS = 4

const sleep = setTimeout

/**
 * The real connections. Statements go to PostgreSQL one after another, in the order of virtual time; one that waits for
 * a lock stays under way, and whatever comes after it may let it continue.
 */
export class Backends {
  readonly #connection: PoolConfig
  readonly #all: Backend[] = []
  #idle: Backend[] = []
  #underWay: Backend[] = []
  readonly #monitor: pg.Client

  constructor(connection: PoolConfig) {
    this.#connection = connection
    this.#monitor = new pg.Client(connection)
  }

  async open(): Promise<void> {
    await this.#monitor.connect()
  }

  async close(): Promise<void> {
    await this.#monitor.end()
    for (const backend of this.#all) await backend.client.end().catch(() => {})
  }

  /** For questions of the simulation itself. */
  async ask<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]> {
    return (await this.#monitor.query<Row>(text, values)).rows
  }

  /** Between two seeds: nothing under way, and the same connections in the same order. */
  async reset(): Promise<void> {
    for (const backend of this.#all) {
      if (this.#underWay.includes(backend)) await this.ask('select pg_cancel_backend($1)', [backend.pid])
      await backend.client.query('rollback').catch(() => {})
      backend.inTransaction = false
      backend.done = null
      backend.outcome = null
    }
    this.#underWay = []
    this.#idle = this.#all.toReversed()
  }

  async take(): Promise<Backend> {
    const idle = this.#idle.pop()
    if (idle) return idle
    const backend = new Backend(this.#connection)
    await backend.open()
    this.#all.push(backend)
    return backend
  }

  give(backend: Backend): void {
    this.#idle.push(backend)
  }

  /** No transaction is open and no statement under way: no lock is held. */
  get isQuiet(): boolean {
    return this.#underWay.length === 0 && this.#all.every((backend) => !backend.inTransaction)
  }

  isBusy(backend: Backend): boolean {
    return this.#underWay.includes(backend)
  }

  /** Sends a statement. `done` is called when it has ended, perhaps by the end of another one. */
  async execute(
    world: World,
    backend: Backend,
    statement: Statement,
    done: (outcome: Outcome) => Promise<void>,
  ): Promise<void> {
    backend.done = done
    this.#underWay.push(backend)
    void backend.send(statement, new Date(Math.floor(world.nowMs)).toISOString())
    await this.#settle(world)
  }

  /** Until every statement under way has ended or waits for a lock that another session holds. */
  async #settle(world: World): Promise<void> {
    for (let tries = 0; ; tries++) {
      const going = this.#underWay.filter((backend) => !backend.outcome)
      if (going.length === 0) break
      // A new one gets a moment; those that waited before are asked about at once.
      if (tries > 0 || going.length === this.#underWay.length) await this.#moment(going)
      const stuck = going.filter((backend) => !backend.outcome)
      if (stuck.length === 0) continue
      const locked = await this.ask<{ pid: number; by: number[] }>(
        'select distinct pid, pg_blocking_pids(pid) as by from pg_locks where not granted and pid = any($1)',
        [stuck.map((backend) => backend.pid)],
      )
      if (stuck.every((backend) => !backend.outcome && locked.some(({ pid }) => pid === backend.pid))) {
        this.#lookForDeadlock(world, locked)
        break
      }
    }
    const ended = this.#underWay.filter((backend) => backend.outcome)
    this.#underWay = this.#underWay.filter((backend) => !backend.outcome)
    for (const backend of ended) {
      const { done, outcome } = backend
      backend.done = null
      if (done && outcome) await done(outcome)
    }
  }

  async #moment(going: Backend[]): Promise<void> {
    const until = performance.now() + ASK_AFTER_MS
    while (performance.now() < until && going.some((backend) => !backend.outcome))
      await new Promise((resolve) =>
        performance.now() + 1 < until ? setImmediate(resolve) : sleep(resolve, 1),
      )
  }

  #lookForDeadlock(world: World, locked: { pid: number; by: number[] }[]): void {
    const waitsFor = new Map(locked.map(({ pid, by }) => [pid, by]))
    for (const { pid } of locked) {
      const seen = new Set<number>()
      const open = [...(waitsFor.get(pid) ?? [])]
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (next === pid) {
          const texts = this.#underWay.map(({ pid, statement }) => `${pid === next ? '* ' : ''}${statement}`)
          world.violation(`transactions wait for each other (deadlock): ${texts.join(' | ')}`)
          return
        }
        if (!seen.has(next)) open.push(...(waitsFor.get(next) ?? []))
        seen.add(next)
      }
    }
  }
}
