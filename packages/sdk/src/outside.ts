import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import {
  fetchReason,
  type JournalEntry,
  type Json,
  type StepKind,
  type StepPlace,
  type WaitFor,
} from '@bifrost/contract'
import type { CurrentRun } from './current-run.ts'
import type { DurableRun } from './durable.ts'
import { requireJsonMembers } from './json.ts'
import { requireOptions, text } from './options.ts'
import type { ExecutionContext } from './types.ts'

/** Where a program that is not a run finds the platform, and which account it uses. */
export interface ConnectOptions {
  /** The address of the server; `BIFROST_URL` when absent. */
  url?: string
  /** An API key of a person who may write workflows; `BIFROST_API_KEY` when absent. */
  token?: string
  /** For which organization, where the key's owner may act for several: its id, or `global`. */
  scope?: string
}

let connected: CurrentRun | null = null

/**
 * Lets a program that is not a run use the SDK: `config`, `tables`, `files`, `events`, `workflows` and the others then ask the
 * server over HTTP, with the rights of the key. Without this call the settings `BIFROST_URL` and `BIFROST_API_KEY` are used. Steps
 * and sleeps run in the program and are not remembered; screens, `waitForEvent` and cursors need a run.
 * Inside a run it has no effect.
 * @example
 * connect({ url: 'https://bifrost.example.com', token: process.env.BIFROST_API_KEY })
 * const devices = await tables.query('devices', { where: { active: true } })
 */
export function connect(options: ConnectOptions = {}): void {
  requireOptions('connect()', options, { url: text, token: text, scope: text })
  const url = options.url ?? process.env['BIFROST_URL']
  const token = options.token ?? process.env['BIFROST_API_KEY']
  if (!url || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TypeError('connect() needs the address of the server: give url, or set BIFROST_URL.')
  if (!token) throw new TypeError('connect() needs an API key: give token, or set BIFROST_API_KEY.')
  connected = outsideRun(url.replace(/\/+$/, ''), token, options.scope)
}

/** @internal What stands in for the run where there is none; null when no server is known. */
export function outside(): CurrentRun | null {
  if (!connected && process.env['BIFROST_URL'] && process.env['BIFROST_API_KEY']) connect()
  return connected
}

function outsideRun(url: string, token: string, scope: string | undefined): CurrentRun {
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await asked(url, path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(scope === undefined ? {} : { 'bifrost-scope': scope }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json().catch(() => null)
    if (response.ok) return answer
    const { code = 'internal', message = `The server answered ${response.status}.` } =
      (answer as { error?: { code?: string; message?: string } } | null)?.error ?? {}
    throw Object.assign(new Error(message), { name: 'BifrostError', code })
  }
  return {
    context: contextOutside,
    log: (level, message) => void process.stderr.write(`${level}: ${message}\n`),
    call: async (method, args) => {
      requireJsonMembers(args)
      const answer = await ask('POST', `/api/sdk/${encodeURIComponent(method)}`, { args })
      return (answer as { value: unknown }).value
    },
    durable: new OutsideDurable((id) => ask('GET', `/api/executions/${id}`) as Promise<ChildRun>),
  }
}

/** Says which address does not answer: fetch alone names none. */
async function asked(url: string, path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url + path, request)
  } catch (cause) {
    throw Object.assign(
      new Error(
        `The server at ${url} does not answer (${fetchReason(cause)}). Check the address, and whether the server runs.`,
        { cause },
      ),
      { name: 'BifrostError', code: 'unavailable' },
    )
  }
}

const contextOutside = new Proxy({} as ExecutionContext, {
  get() {
    throw new Error('The context belongs to a run, and this program is not a run.')
  },
})

interface ChildRun {
  status: string
  result: Json
  error: { type: string; message: string } | null
}

const ENDED = ['SUCCESS', 'COMPLETED_WITH_ERRORS', 'FAILED', 'TIMEOUT', 'CANCELLED']
const LOOK_MS = 300
const TIMER_MS_MAX = 2 ** 31 - 1

/** Durable calls of a program that is not started again: each is done once, and nothing is kept. */
class OutsideDurable implements DurableRun {
  readonly executionId = 'outside'
  readonly isDurable = false
  readonly signal = new AbortController().signal
  readonly #inside = new AsyncLocalStorage<string>()
  readonly #find: (id: string) => Promise<ChildRun>

  constructor(find: (id: string) => Promise<ChildRun>) {
    this.#find = find
  }

  get insideStep(): string | null {
    return this.#inside.getStore() ?? null
  }

  next(kind: StepKind, name: string): { place: StepPlace; known: null } {
    const key = `outside/${randomUUID()}`
    return { place: { key, name, occurrence: 1, branch: '', position: 0, kind }, known: null }
  }

  inBranch<T>(_name: string, work: () => T): T {
    return work()
  }

  work<T>(step: string, body: () => Promise<T>): Promise<T> {
    return this.#inside.run(step, body)
  }

  started(): void {}
  onUndo(): void {}
  async record(): Promise<void> {}
  async replay(): Promise<void> {}

  async sleepInProcess(ms: number): Promise<void> {
    const until = Date.now() + ms
    // One of Node's timers counts 24 days at most.
    for (let left = ms; left > 0; left = until - Date.now())
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, TIMER_MS_MAX)))
  }

  async wait(place: StepPlace, wait: WaitFor): Promise<JournalEntry> {
    if (wait.kind === 'timer' || wait.kind === 'retry') {
      await this.sleepInProcess(Math.max(0, wait.dueAt - Date.now()))
      return entryOf(place, null)
    }
    if (wait.kind === 'child') return this.#ended(place, wait.childId, wait.dueAt)
    throw new Error(`${place.name} waits for an answer, which works inside a run only.`)
  }

  async #ended(place: StepPlace, id: string, dueAt: number | null): Promise<JournalEntry> {
    for (;;) {
      const { status, result, error } = await this.#find(id)
      if (ENDED.includes(status)) {
        const failure = ['SUCCESS', 'COMPLETED_WITH_ERRORS'].includes(status)
          ? null
          : { type: error?.type ?? 'Error', message: error?.message ?? `The run ended ${status}.`, stack: '' }
        return entryOf(place, failure ? null : JSON.stringify(result), failure)
      }
      if (dueAt !== null && Date.now() >= dueAt) return entryOf(place, null)
      await this.sleepInProcess(LOOK_MS)
    }
  }
}

const entryOf = (
  place: StepPlace,
  output: string | null,
  error: JournalEntry['error'] = null,
): JournalEntry => ({
  ...place,
  status: error ? 'failed' : 'completed',
  order: null,
  attempt: 1,
  attempts: [],
  output,
  error,
  dueAt: null,
  resume: null,
})
