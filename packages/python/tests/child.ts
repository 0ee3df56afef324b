import { type ChildProcess, spawn } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { FromChild, type JournalEntry, type ToChild } from '../../contract/src/index.ts'

const CHILD = fileURLToPath(new URL('../src/bifrost_child.py', import.meta.url))

interface ChildOptions {
  arguments?: string[]
  env?: NodeJS.ProcessEnv
}

export type Sent<T extends FromChild['type']> = Extract<FromChild, { type: T }>
type LoadMessage = Extract<ToChild, { type: 'load' }>
type RunMessage = Extract<ToChild, { type: 'run' }>

export const context: RunMessage['context'] = {
  executionId: '0198a000-0000-7000-8000-000000000001',
  workflowId: '0198a000-0000-7000-8000-000000000002',
  workflowName: 'close',
  orgId: '0198a000-0000-7000-8000-000000000003',
  orgName: 'Contoso',
  organization: { slug: 'contoso', isProvider: false, parent: null },
  userId: '0198a000-0000-7000-8000-000000000004',
  email: 'ada@contoso.test',
  name: 'Ada',
  isPlatformAdmin: false,
  isGlobalScope: false,
  publicUrl: 'https://bifrost.contoso.test',
  attempt: 1,
  timeSaved: 0,
  value: 0,
  form: null,
}

type Answer = (call: Sent<'call'>) => { value?: unknown; error?: { code: string; message: string } }

const NODE_CHILD = fileURLToPath(new URL('../../sdk/src/runtime/main.ts', import.meta.url))

/** A child as the server starts it, and everything that it said. */
export class Child {
  readonly said: FromChild[] = []
  readonly process: ChildProcess
  /** Answers calls to the platform. */
  answer: Answer = () => ({ value: null })
  /** Waits that are answered as soon as they are committed, by key. */
  come: Record<string, Partial<JournalEntry>> = {}
  /** What a store of the server does: it commits each record. */
  commits = true
  /** Written to the standard streams themselves, past the log. */
  raw = ''
  readonly #waiting = new Set<() => void>()
  readonly ended: Promise<number | null>

  constructor(command: string, options: ChildOptions = {}) {
    const isPython = command !== process.execPath
    const script = isPython ? ['-I', '-B', '-X', 'utf8', CHILD] : [NODE_CHILD]
    this.process = spawn(command, [...script, ...(options.arguments ?? [])], {
      env: { PATH: process.env['PATH'], SERVER_SECRET: 'x', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    })
    for (const descriptor of [3, 4]) this.#read(this.process.stdio[descriptor] as Readable)
    for (const descriptor of [1, 2])
      (this.process.stdio[descriptor] as Readable).setEncoding('utf8').on('data', (text: string) => {
        this.raw += text
      })
    this.ended = new Promise((resolve) => {
      this.process.on('exit', (code) => {
        resolve(code)
        this.#tell()
      })
    })
  }

  #read(stream: Readable): void {
    let rest = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) for (const message of JSON.parse(line)) this.#hear(FromChild.parse(message))
    })
    stream.on('error', () => {})
  }

  #hear(message: FromChild): void {
    this.said.push(message)
    if (message.type === 'call') this.send({ type: 'reply', call: message.call, ...this.answer(message) })
    if (this.commits && (message.type === 'step_ended' || message.type === 'wait'))
      this.send({ type: 'recorded', run: message.run, records: [message.record] })
    if (message.type === 'wait' && this.come[message.key]) {
      const entry = journalOf([message], this.come).at(0)
      if (entry) this.send({ type: 'resolved', run: message.run, entry })
    }
    this.#tell()
  }

  #tell(): void {
    for (const look of this.#waiting) look()
  }

  send(...messages: ToChild[]): void {
    const line = this.process.stdio[3] as Duplex
    if (line.writable) line.write(`${JSON.stringify(messages)}\n`)
  }

  /** The first message of these types, also one that was said before. */
  async next<T extends FromChild['type']>(...types: T[]): Promise<Sent<T>> {
    return this.until((message): message is Sent<T> => (types as string[]).includes(message.type))
  }

  async until<M extends FromChild>(fits: (message: FromChild) => message is M): Promise<M> {
    for (;;) {
      const found = this.said.find(fits)
      if (found) return found
      if (this.process.exitCode !== null || this.process.signalCode !== null)
        throw new Error(`The child has ended: ${this.raw}`)
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#waiting.delete(look)
          resolve()
        }
        this.#waiting.add(look)
      })
    }
  }

  all<T extends FromChild['type']>(type: T): Sent<T>[] {
    return this.said.filter((message): message is Sent<T> => message.type === type)
  }

  get logs(): string[] {
    return this.all('log').map(({ level, message }) => `${level}: ${message}`)
  }

  load(files: Record<string, string>, entry: string, more: Partial<LoadMessage> = {}) {
    return this.loadSource(JSON.stringify({ language: 'python', entry, files }), entry, more)
  }

  loadSource(source: string, entry: string, more: Partial<LoadMessage> = {}) {
    this.send({
      type: 'load',
      version: 'v1',
      source,
      path: entry,
      env: {},
      egressAllow: [],
      egressClosed: null,
      ...more,
    })
    return this.next('loaded', 'load_failed')
  }

  run(exportName: string, input: Record<string, unknown> = {}, more: RunOptions = {}) {
    const { run = 1, arguments: shape = [], metadata = {}, parameters = [], part, ...rest } = more
    this.send({
      type: 'run',
      run,
      target: { exportName, arguments: shape, parameters, metadata, ...(part && { part }) },
      input,
      context,
      timeoutMs: 0,
      durable: true,
      lastAttempt: true,
      undo: false,
      journal: [],
      beginBy: Number(process.hrtime.bigint()) / 1e6 + 60_000,
      ...rest,
    })
    return this.until(
      (message): message is Sent<'done' | 'failed' | 'suspend'> =>
        ['done', 'failed', 'suspend'].includes(message.type) && (message as { run: number }).run === run,
    )
  }

  async stop(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.ended
    for (const stream of this.process.stdio) stream?.destroy()
  }
}

export type RunOptions = Partial<Omit<RunMessage, 'type' | 'target' | 'input'>> &
  Partial<RunMessage['target']>

/** Runs a function of one file and gives what it said. */
export async function withChild<T>(
  python: string | null,
  work: (child: Child) => Promise<T>,
  options: ChildOptions = {},
): Promise<T> {
  const child = new Child(python ?? '', options)
  try {
    return await work(child)
  } finally {
    await child.stop()
  }
}

/** What a suspended run has in its journal when it comes back: what it said, with what has come for its waits. */
export function journalOf(
  said: readonly FromChild[],
  come: Record<string, Partial<JournalEntry>> = {},
): JournalEntry[] {
  const entries = new Map<string, JournalEntry>()
  for (const message of said) {
    if (message.type !== 'step_ended' && message.type !== 'wait') continue
    const { key, name, occurrence, branch, position, kind } = message
    const place = { key, name, occurrence, branch, position, kind }
    const ended = message.type === 'step_ended'
    entries.set(key, {
      ...place,
      status: ended
        ? message.error
          ? 'failed'
          : 'completed'
        : message.wait.kind === 'retry'
          ? 'retrying'
          : 'waiting',
      order: ended ? message.order : null,
      attempt: message.attempts.length,
      attempts: message.attempts,
      output: ended ? message.output : null,
      error: ended ? message.error : null,
      dueAt: ended ? null : message.wait.dueAt,
      resume: null,
      ...come[key],
    })
  }
  return [...entries.values()]
}
