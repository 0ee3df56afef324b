import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from '@bifrost/contract'
import type pg from 'pg'
import type { Database } from './database.ts'
import type { Log } from './log.ts'
import { createNotifier, type Notifier } from './notify.ts'
import type { Role } from './roles.ts'
import { type Topic, wantedBy } from './topics.ts'

export interface ProcessNotifierOptions {
  db: Database
  log: Log
  processId: string
  roles: readonly Role[]
}

const CHANNEL = 'bifrost'
/** The lease of a process that does not renew it expires after this. */
const LEASE_SECONDS = 10
const RENEW_MS = 3000
/** What is said within this time goes together; the first leaves at once. */
const GATHER_MS = 5
/** PostgreSQL takes less than 8,000 bytes. */
const PAYLOAD_LENGTH_MAX = 7000
/** A connection that was cut without a word is found by asking. */
const ASK_MS = 5000
const RECONNECT = { firstMs: 100, maxMs: 2000 }
/** A process began or ended: look who is there. */
const HELLO = 'processes'

/**
 * The notifier of processes that share a database. Within the process it tells at once; to the others it speaks by
 * NOTIFY, on the side of the work and only while another process lives that wants to hear it.
 */
export class ProcessNotifier implements Notifier {
  readonly #options: ProcessNotifierOptions
  readonly #local = createNotifier()
  /** Roles of the other processes that live. */
  #others: ReadonlySet<Role> = new Set()
  #unsaid = new Set<Topic>()
  #saying = false
  #client: pg.Client | null = null
  #renewal: NodeJS.Timeout | null = null
  #listening: Promise<void> = Promise.resolve()
  readonly #stopping = new AbortController()

  constructor(options: ProcessNotifierOptions) {
    this.#options = options
  }

  /** Resolves when the others are known and hear of this process. */
  async start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    await this.#renew()
    this.#listening = this.#listen(resolve)
    await promise
    this.#renewal = setInterval(() => void this.#renew().catch(() => {}), RENEW_MS)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    if (this.#renewal) clearInterval(this.#renewal)
    await this.#client?.end().catch(() => {})
    await this.#listening
    const { db, processId } = this.#options
    await db.query('delete from processes where id = $1', [processId]).catch(() => {})
    await this.#send([HELLO]).catch(() => {})
  }

  publish(topic: Topic): void {
    this.#local.publish(topic)
    if (this.#others.size === 0) return
    if (!wantedBy(topic).some((role) => this.#others.has(role))) return
    this.#unsaid.add(topic)
    if (!this.#saying) void this.#say()
  }

  subscribe(topic: Topic, listener: () => void): () => void {
    return this.#local.subscribe(topic, listener)
  }

  async #say(): Promise<void> {
    this.#saying = true
    // What the same turn still says goes with it.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#unsaid.size > 0) {
      const topics = [...this.#unsaid]
      this.#unsaid = new Set()
      // An unavailable database hears nothing; every process looks by itself, and at everything when it is back.
      await this.#send(topics).catch(() => {})
      await sleep(GATHER_MS)
    }
    this.#saying = false
  }

  async #send(topics: readonly string[]): Promise<void> {
    const payloads: string[] = []
    let payload = this.#options.processId
    for (const topic of topics) {
      if (payload.length + topic.length + 1 > PAYLOAD_LENGTH_MAX) {
        payloads.push(payload)
        payload = this.#options.processId
      }
      payload += `\n${topic}`
    }
    payloads.push(payload)
    await this.#options.db.prepared(
      'notify',
      `select pg_notify('${CHANNEL}', payload) from unnest($1::text[]) as payload`,
      [payloads],
    )
  }

  #hear(payload: string): void {
    const [from, ...topics] = payload.split('\n')
    if (from === this.#options.processId) return
    for (const topic of topics)
      if (topic === HELLO) void this.#look().catch(() => {})
      else this.#local.publish(topic as Topic)
  }

  /** Listens until the stop, on one connection after the other. */
  async #listen(onFirst: () => void): Promise<void> {
    const { db, log } = this.#options
    let first = true
    for (let failures = 0; !this.#stopping.signal.aborted; ) {
      try {
        const client = await db.connect()
        this.#client = client
        client.on('error', () => {})
        client.on('notification', ({ payload }) => this.#hear(payload ?? ''))
        const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
        await client.query(`listen ${CHANNEL}`)
        if (!first) await this.#renew()
        await this.#send([HELLO])
        await this.#look()
        failures = 0
        if (first) onFirst()
        // What was said while no connection listened.
        else this.#local.publishAll()
        first = false
        await this.#whileItAnswers(client, ended)
      } catch (error) {
        if (failures++ === 0 && !this.#stopping.signal.aborted)
          log.warn({ err: error }, 'the connection for notifications failed; trying again')
        if (first && failures > 5) onFirst()
      }
      this.#client = null
      await sleep(backoffMs(failures, RECONNECT), null, {
        signal: this.#stopping.signal,
      }).catch(() => {})
    }
    onFirst()
  }

  async #whileItAnswers(client: pg.Client, ended: Promise<void>): Promise<void> {
    let answered = true
    const asking = setInterval(() => {
      if (!answered) {
        client.connection.stream.destroy()
        return
      }
      answered = false
      client.query('select 1').then(
        () => {
          answered = true
        },
        () => {},
      )
    }, ASK_MS)
    await ended
    clearInterval(asking)
  }

  async #renew(): Promise<void> {
    const { db, processId, roles } = this.#options
    await db.prepared(
      'renew_process',
      `insert into processes (id, roles, machine, pid, started_at, lease_until)
       values ($1, $2, $3, $4, now(), now() + interval '${LEASE_SECONDS} seconds')
       on conflict (id) do update set lease_until = excluded.lease_until`,
      [processId, roles, hostname(), process.pid],
    )
    await this.#look()
  }

  async #look(): Promise<void> {
    const rows = await this.#options.db.prepared<{ role: Role }>(
      'processes',
      'select distinct unnest(roles) as role from processes where id <> $1 and lease_until > now()',
      [this.#options.processId],
    )
    this.#others = new Set(rows.map((row) => row.role))
  }
}
