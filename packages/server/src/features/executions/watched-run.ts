import type { ExecutionStatus } from '@bifrost/contract'
import type { Engine } from '../../engine/engine.ts'
import { may, type OrgScope } from '../../platform/scope.ts'
import { visible } from './filter.ts'
import { findExecution, listLogs } from './queries.ts'
import type { DetailRow, LogRow } from './rows.ts'

/** A notification may be lost: this often the run is looked at anyway. */
const LOOK_MS = 2000
const LINES_PER_READ = 500
/** What one reader is given at once: all of it waits in memory until it is taken. */
const BYTES_PER_READ = 256 * 1024

/** How a run stands, as it was read once for all who watch it. */
export interface Look {
  /** Null: it is gone. */
  row: DetailRow | null
  /** The number of its last line, of a moment at or before the row's. */
  lastSeq: number
  /** Lines after one, read after the row: when the row has ended, all of its lines are among them. */
  lines(after: number): Promise<LogRow[]>
}

interface Stand {
  status: ExecutionStatus
  attempt: number
  last_seq: number
}

/** Who sees the same of a run: those who may debug see all of it, others what is theirs. */
const viewOf = (scope: OrgScope, id: string) =>
  `${id}/${scope.orgId}/${may(scope, 'execution:debug') ? 'all' : scope.userId}`

/** The runs that are watched from this process: one look at a time each, however many watch. */
export class WatchedRuns {
  readonly #engine: Engine
  readonly #runs = new Map<string, WatchedRun>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Every watcher leaves again. */
  enter(scope: OrgScope, id: string): { run: WatchedRun; leave(): void } {
    const key = viewOf(scope, id)
    const run = this.#runs.get(key) ?? new WatchedRun(this.#engine, scope, id)
    this.#runs.set(key, run)
    run.viewers++
    return {
      run,
      leave: () => {
        if (--run.viewers > 0) return
        run.stop()
        this.#runs.delete(key)
      },
    }
  }
}

/**
 * One run and those who watch it. The database is read when something was said of it, and now and then; what is read
 * serves all of them. What the run waits for, a costly question, is asked only where the answer can be new.
 */
export class WatchedRun {
  viewers = 0
  /** Grows when something was said of the run, and when time has passed. */
  version = 0
  readonly #engine: Engine
  readonly #scope: OrgScope
  readonly #id: string
  readonly #unsubscribe: () => void
  readonly #timer: NodeJS.Timeout
  readonly #waiting = new Set<(isSilent: boolean) => void>()
  #row: DetailRow | null = null
  /** The look at this version. What is said while it is under way is another version. */
  #look: { version: number; found: Promise<Look> } | null = null

  constructor(engine: Engine, scope: OrgScope, id: string) {
    this.#engine = engine
    this.#scope = scope
    this.#id = id
    this.#unsubscribe = engine.notifier.subscribe(`execution:${id}`, () => this.#wake(false))
    this.#timer = setInterval(() => this.#wake(true), LOOK_MS)
  }

  stop(): void {
    this.#unsubscribe()
    clearInterval(this.#timer)
  }

  /** How it stands at this version; read once, however many ask. */
  look(): Promise<Look> {
    if (this.#look?.version === this.version) return this.#look.found
    const look = { version: this.version, found: this.#read() }
    this.#look = look
    look.found.catch(() => {
      if (this.#look === look) this.#look = null
    })
    return look.found
  }

  /** Until there is another version: true when only time has passed. `cancel` ends the wait. */
  changed(): { isSilent: Promise<boolean>; cancel(): void } {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#waiting.add(resolve)
    return {
      isSilent: promise,
      cancel: () => {
        this.#waiting.delete(resolve)
        resolve(false)
      },
    }
  }

  /** Watchers that ask for the same lines after one look, while they are being read, get the same. */
  #linesOfLook(): Look['lines'] {
    const reads = new Map<number, Promise<LogRow[]>>()
    return (after) => {
      const known = reads.get(after)
      if (known) return known
      const read = listLogs(this.#scope, this.#engine.db, this.#id, {
        after,
        limit: LINES_PER_READ + 1,
        bytesMax: BYTES_PER_READ,
      }).then((rows) => rows.slice(0, LINES_PER_READ))
      reads.set(after, read)
      const forget = () => reads.delete(after)
      read.then(forget, forget)
      return read
    }
  }

  #wake(isSilent: boolean): void {
    this.version++
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve(isSilent)
  }

  async #read(): Promise<Look> {
    const { db } = this.#engine
    const values: unknown[] = []
    const param = (value: unknown) => `$${values.push(value)}`
    const conditions = [...visible(this.#scope, param), `e.id = ${param(this.#id)}`]
    const [stand] = await db.as(this.#scope).query<Stand>(
      `select e.status, e.attempt,
         coalesce((select max(seq) from execution_logs l where l.execution_id = e.id), 0) as last_seq
       from executions e where ${conditions.join(' and ')}`,
      values,
    )
    if (!stand) this.#row = null
    else if (!this.#row || !isAsBefore(this.#row, stand))
      this.#row = await findExecution(this.#scope, db, this.#id)
    return { row: this.#row, lastSeq: stand?.last_seq ?? 0, lines: this.#linesOfLook() }
  }
}

/** A run at work has nothing to say of why it waits. */
const isAsBefore = (row: DetailRow, { status, attempt }: Stand) =>
  status === 'RUNNING' && row.status === status && row.attempt === attempt
