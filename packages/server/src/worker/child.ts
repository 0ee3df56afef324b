import type { Duplex, Readable } from 'node:stream'
import {
  FromChild,
  type JournalEntry,
  PROTOCOL_VERSION,
  type RunFailure,
  type ToChild,
} from '@bifrost/contract'
import type { Log } from '../platform/log.ts'
import type { StepEnded, StepStarted, WaitMessage } from './attempt-journal.ts'
import { readMessages } from './messages.ts'
import { Redactor } from './redact.ts'
import { type ChildPlace, HEAP_MB_MAX, type SpawnedChild } from './spawn-child.ts'

export type RunMessage = Extract<ToChild, { type: 'run' }>
export type CheckMessage = Extract<ToChild, { type: 'check' }>
/** What a child is told to do with a function. */
export type StartMessage = Omit<RunMessage, 'type' | 'run'> | Omit<CheckMessage, 'run'>
export type CheckedMessage = Extract<FromChild, { type: 'checked' }>
export type ColumnsMessage = Extract<FromChild, { type: 'columns' }>
export type DoneMessage = Extract<FromChild, { type: 'done' }>
export type SuspendMessage = Extract<FromChild, { type: 'suspend' }>
export type FailedMessage = Extract<FromChild, { type: 'failed' }>

/** What a child tells of one run. Exactly one of done, failed and lost ends it. */
export interface RunEvents {
  log(message: Extract<FromChild, { type: 'log' }>): void
  call(message: Extract<FromChild, { type: 'call' }>): void
  /** It was told to stop, and takes back what it did. */
  undoing(): void
  stepStarted(message: StepStarted): void
  stepEnded(message: StepEnded): void
  wait(message: WaitMessage): void
  suspended(message: SuspendMessage): void
  done(message: DoneMessage): void
  columns(message: ColumnsMessage): void
  /** Ends a check, and nothing else. */
  checked(message: CheckedMessage): void
  failed(message: FailedMessage): void
  /** The process ended under it. */
  lost(reason: LostReason): void
}

export interface LostReason {
  code: 'out_of_memory' | 'child_exited' | 'killed' | 'protocol'
  message: string
}

export interface ChildEvents {
  /** What it is told leaves when this lets it. */
  goAhead(go: () => void): void
  /** A run ended or the child got free in another way. */
  changed(child: Child): void
  ended(child: Child): void
}

const STDERR_KEPT = 4000
/** Its pipes are closed so long after its end: a sandbox that was killed while it started may leave somebody holding them. */
const PIPES_MS = 500
const LINE_BYTES_MAX = 64 * 1024 * 1024
const OUTGOING_LINE_LENGTH = 1024 * 1024
/** What lets the code of a run begin or go on. */
const GO_AHEADS: ReadonlySet<ToChild['type']> = new Set(['run', 'recorded', 'refused', 'resolved'])
const OWED_BYTES_MAX = 64 * 1024 * 1024

/** One child process: blank at first, then of one organisation and one code version until its end. */
export class Child {
  readonly #process: SpawnedChild
  readonly #channel: Duplex
  readonly #events: ChildEvents
  readonly #runs = new Map<number, RunEvents>()
  readonly #log: Log
  readonly #place: ChildPlace
  readonly ready: Promise<void>
  #readyNow = () => {}
  #loaded: { resolve(): void; reject(failure: RunFailure): void } | null = null
  #outgoing: ToChild[] = []
  #afterFlush: (() => void)[] = []
  /** Calls and records without an answer yet, and how much text they came as. */
  readonly #owed = new Map<string, number>()
  #owedBytes = 0
  readonly #recorded = new Map<number, number[]>()
  #nextRun = 1
  #stderr = ''
  #killReason: LostReason | null = null
  #awaitsPong = false

  /** Organisation and code version; null while blank. */
  key: string | null = null
  /** What its runs have read. One run may leave a secret where the next finds it: in a variable of the module. */
  readonly redactor = new Redactor()
  /** It has not answered for a while: it gets no new work. */
  blocked = false
  /** The run that said, from inside a long synchronous stretch, that it holds the child. */
  busyRun: number | null = null
  /** It takes no further runs and ends when it has none. */
  retiring = false
  ended = false
  runsStarted = 0
  rssBytes = 0
  lastUsedMs = performance.now()

  constructor(place: ChildPlace, events: ChildEvents, log: Log) {
    this.#events = events
    this.#log = log
    this.#place = place
    this.#process = place.process
    this.#channel = this.#process.stdio[3] as Duplex
    this.ready = new Promise((resolve) => {
      this.#readyNow = resolve
    })
    const receive = (message: unknown, bytes: number) => this.#receive(message, bytes)
    const refuse = (error: Error) =>
      this.kill({ code: 'protocol', message: `The child broke the protocol: ${error.message}` })
    readMessages(this.#channel, LINE_BYTES_MAX, receive, refuse)
    readMessages(this.#process.stdio[4] as Readable, 10_000, receive, refuse)
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT)
    })
    this.#process.on('error', (error) => this.#end(`It could not be started: ${error.message}`))
    this.#process.on('exit', () => setTimeout(() => this.#closePipes(), PIPES_MS).unref())
    // 'close', not 'exit': a result that is still in the pipe is read first.
    this.#process.on('close', (code, signal) => this.#end(signal ? `signal ${signal}` : `exit code ${code}`))
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get runCount(): number {
    return this.#runs.size
  }

  /** Gives a blank child its code. Rejects with a RunFailure when the author's modules throw. */
  load(
    key: string,
    code: { version: string; source: string; path: string },
    env: Record<string, string>,
    egressAllow: readonly string[],
  ): Promise<void> {
    this.key = key
    return new Promise((resolve, reject) => {
      this.#loaded = { resolve, reject }
      this.#send({ type: 'load', ...code, env, egressAllow })
    })
  }

  start(message: StartMessage, events: RunEvents): number {
    const run = this.#nextRun++
    this.#runs.set(run, events)
    this.runsStarted++
    this.lastUsedMs = performance.now()
    this.#send({ type: 'run', run, ...message })
    return run
  }

  cancel(run: number, reason: 'cancelled' | 'timeout'): void {
    this.#send({ type: 'cancel', run, reason })
  }

  /** Resolves when the answer has left for the child, or there is no child any more. */
  reply(
    call: number,
    answer: { value: unknown } | { error: { code: string; message: string } },
  ): Promise<void> {
    this.#paid(`call ${call}`)
    return new Promise((resolve) => {
      this.#afterFlush.push(resolve)
      this.#send({ type: 'reply', call, ...answer })
    })
  }

  /** This record is committed: the code may go on. Those of one turn go in one message. */
  recorded(run: number, record: number): void {
    const waiting = this.#recorded.get(run)
    if (waiting) waiting.push(record)
    else {
      const records = [record]
      this.#recorded.set(run, records)
      this.#send({ type: 'recorded', run, records })
    }
  }

  /** This record is stored, or never will be: nothing of it is held here any more. */
  settled(run: number, record: number): void {
    this.#paid(`record ${run} ${record}`)
  }

  /** This record was not stored, for a reason that lies in it. */
  refused(run: number, record: number, error: { code: string; message: string }): void {
    this.#send({ type: 'refused', run, record, error })
  }

  resolved(run: number, entry: JournalEntry): void {
    this.#send({ type: 'resolved', run, entry })
  }

  /** Whatever this run still sends is passed over. */
  forget(run: number): void {
    this.#runs.delete(run)
    if (this.busyRun === run) this.busyRun = null
  }

  /** Asks for a sign of life; one that is still owed means that the child is blocked. */
  ping(): void {
    if (this.#awaitsPong) this.blocked = true
    else {
      this.#awaitsPong = true
      this.#send({ type: 'ping' })
    }
  }

  kill(reason: LostReason): void {
    this.#killReason ??= reason
    this.#process.kill('SIGKILL')
  }

  /** Whoever still has the other end sees it, and ends as well. */
  #closePipes(): void {
    for (const stream of this.#process.stdio) stream?.destroy()
  }

  #send(message: ToChild): void {
    if (this.#outgoing.length === 0) setImmediate(() => this.#events.goAhead(() => this.#flush()))
    this.#outgoing.push(message)
  }

  #flush(): void {
    // A run that was let go meanwhile neither begins nor goes on.
    const messages = this.#outgoing.filter(
      (message) => !GO_AHEADS.has(message.type) || this.#runs.has((message as RunMessage).run),
    )
    const flushed = this.#afterFlush
    this.#outgoing = []
    this.#afterFlush = []
    this.#recorded.clear()
    const left = () => {
      for (const resolve of flushed) resolve()
    }
    if (this.ended || !this.#channel.writable) {
      left()
      return
    }
    try {
      // Many inputs together are more than one text can hold.
      let line: string[] = []
      let length = 0
      for (const message of messages) {
        const text = JSON.stringify(message)
        line.push(text)
        length += text.length
        if (length < OUTGOING_LINE_LENGTH) continue
        this.#channel.write(`[${line.join(',')}]\n`)
        line = []
        length = 0
      }
      if (messages.length > 0) this.#channel.write(`[${line.join(',')}]\n`, left)
      else left()
    } catch (error) {
      left()
      this.kill({ code: 'protocol', message: `What the child asked for cannot be sent: ${String(error)}` })
    }
  }

  /** What a child asks for is held here until it is answered; one that asks for much is not listened to meanwhile. */
  #owe(what: string, bytes: number): void {
    this.#owed.set(what, (this.#owed.get(what) ?? 0) + bytes)
    this.#owedBytes += bytes
    if (this.#owedBytes > OWED_BYTES_MAX) this.#channel.pause()
  }

  #paid(what: string): void {
    this.#owedBytes -= this.#owed.get(what) ?? 0
    this.#owed.delete(what)
    if (this.#owedBytes <= OWED_BYTES_MAX && this.#channel.isPaused()) this.#channel.resume()
  }

  #receive(value: unknown, bytes: number): void {
    const parsed = FromChild.safeParse(value)
    if (!parsed.success) {
      this.kill({ code: 'protocol', message: 'The child sent a message that is not of the protocol.' })
      return
    }
    const message = parsed.data
    switch (message.type) {
      case 'ready':
        if (message.protocol === PROTOCOL_VERSION) this.#readyNow()
        else this.kill({ code: 'protocol', message: `The child speaks protocol ${message.protocol}.` })
        return
      case 'loaded':
        this.#loaded?.resolve()
        return
      case 'load_failed':
        this.retiring = true
        this.#loaded?.reject(message.failure)
        return
      case 'pong':
        this.#awaitsPong = false
        this.blocked = false
        this.busyRun = null
        this.rssBytes = message.rssBytes
        return
      case 'busy':
        this.busyRun = message.run
        return
      case 'log':
        this.#runs.get(message.run)?.log(message)
        return
      case 'call': {
        const events = this.#runs.get(message.run)
        if (events) this.#owe(`call ${message.call}`, bytes)
        events?.call(message)
        return
      }
      case 'undoing':
        this.#runs.get(message.run)?.undoing()
        return
      case 'step_started':
        this.#runs.get(message.run)?.stepStarted(message)
        return
      case 'step_ended': {
        const events = this.#runs.get(message.run)
        if (events) this.#owe(`record ${message.run} ${message.record}`, bytes)
        events?.stepEnded(message)
        return
      }
      case 'wait': {
        const events = this.#runs.get(message.run)
        if (events) this.#owe(`record ${message.run} ${message.record}`, bytes)
        events?.wait(message)
        return
      }
      case 'columns':
        this.#runs.get(message.run)?.columns(message)
        return
      case 'checked': {
        const events = this.#runs.get(message.run)
        this.forget(message.run)
        this.lastUsedMs = performance.now()
        events?.checked(message)
        this.#events.changed(this)
        return
      }
      case 'suspend':
      case 'done':
      case 'failed': {
        const events = this.#runs.get(message.run)
        this.forget(message.run)
        this.rssBytes = message.rssBytes
        this.lastUsedMs = performance.now()
        if (message.type === 'suspend') events?.suspended(message)
        else if (message.type === 'done') events?.done(message)
        else events?.failed(message)
        this.#events.changed(this)
      }
    }
  }

  #end(how: string): void {
    if (this.ended) return
    this.ended = true
    const reason = this.#killReason ?? this.#reasonOfExit(how)
    if (!this.#killReason)
      this.#log.warn(
        { pid: this.pid, how, stderr: this.redactor.text(this.#stderr.trim()) },
        'a child process ended',
      )
    this.#place.clear()
    this.#readyNow()
    const failure: RunFailure = {
      kind: 'load_failed',
      type: 'LoadError',
      message: `The code could not be loaded: ${reason.message}`,
      stack: '',
      forUser: false,
      retry: true,
    }
    this.#loaded?.reject(failure)
    for (const events of [...this.#runs.values()]) events.lost(reason)
    this.#runs.clear()
    this.#events.ended(this)
  }

  #reasonOfExit(how: string): LostReason {
    if (/heap out of memory|Allocation failed/.test(this.#stderr))
      return {
        code: 'out_of_memory',
        message: `The process of this run used more than ${HEAP_MB_MAX} MB of memory and was ended.`,
      }
    const said = this.#stderr.trim().split('\n').slice(0, 6).join('\n')
    return {
      code: 'child_exited',
      message: `The process of this run ended by itself (${how}).${said ? ` It said: ${said}` : ''}`,
    }
  }
}
