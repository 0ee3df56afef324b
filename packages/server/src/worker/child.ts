import net from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import {
  backoffMs,
  type ClosedPort,
  egressRules,
  FromChild,
  type JournalEntry,
  limits,
  PROTOCOL_VERSION,
  type RunFailure,
  type ToChild,
} from '@bifrost/contract'
import { memoryExceeded } from '../platform/containment/resources.ts'
import type { Log } from '../platform/log.ts'
import { type MessageReader, readMessages } from '../platform/messages.ts'
import { reasonOfExit } from './exit-reason.ts'
import { Pulse } from './pulse.ts'
import { Redactor } from './redaction/redactor.ts'
import type { LostReason, RunEvents } from './run-events.ts'
import type { ChildPlace, SpawnedChild } from './spawn-child.ts'
import { StateMachine } from './state-machine.ts'
import { childLives } from './states.ts'
import { keepTail } from './stderr-tail.ts'
import { isTooDeep, TOO_DEEP } from './too-deep.ts'

export type RunMessage = Extract<ToChild, { type: 'run' }>
export type CheckMessage = Extract<ToChild, { type: 'check' }>
/** What a child is told to do with a function. */
export type StartMessage = Omit<RunMessage, 'type' | 'run' | 'beginBy'> | Omit<CheckMessage, 'run'>
export type * from './run-events.ts'

export interface ChildEvents {
  /** Work for its messages took from `began` on; answers for how many milliseconds nothing more of it is read. */
  worked(child: Child, began: number): number
  /** What it is told leaves when this lets it. */
  goAhead(go: () => void): void
  /** A run ended or the child got free in another way. */
  changed(child: Child): void
  ended(child: Child): void
}

/** Its pipes are closed so long after its end: a sandbox that was killed while it started may leave a process that holds them. */
const PIPES_MS = 500
const LINE_BYTES_MAX = 64 * 1024 * 1024
const OUTGOING_LINE_LENGTH = 1024 * 1024
/** What lets the code of a run begin or continue. */
const GO_AHEADS: ReadonlySet<ToChild['type']> = new Set(['run', 'recorded', 'refused', 'resolved'])
const OWED_BYTES_MAX = 64 * 1024 * 1024
/** So long a child may take to begin a run. It grows with each child that was too late: a busy machine is slow. */
const BEGIN = { firstMs: 250, maxMs: 30_000 }
/** Between the last moment in which a run may begin, and the look whether it has. */
const BEGIN_MARGIN_MS = 50

const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6

/** One child process: blank at first, then of one organization and one code version until its end. */
export class Child {
  readonly #process: SpawnedChild
  readonly #channel: Duplex
  readonly #reader: MessageReader
  readonly #events: ChildEvents
  readonly #runs = new Map<number, RunEvents>()
  /** Runs that were sent and have not begun, and until when they may. */
  readonly #unbegun = new Map<number, number>()
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
  /** Log lines that are not stored yet. */
  #logBytes = 0
  #pacing: NodeJS.Timeout | null = null
  readonly #recorded = new Map<number, number[]>()
  readonly #patience = new Map<number, number>()
  #nextRun = 1
  readonly #stderr: () => string
  #killReason: LostReason | null = null
  readonly #life = new StateMachine('A child', childLives, 'blank')

  /** Organization and code version; null while blank. */
  key: string | null = null
  /** What its runs have read. One run may leave a secret where the next finds it: in a variable of the module. */
  readonly redactor = new Redactor()
  readonly pulse = new Pulse()
  /** How many runs it has at the same time. */
  readonly runsMax: number
  runsStarted = 0
  rssBytes = 0
  lastUsedMs = performance.now()

  constructor(place: ChildPlace, events: ChildEvents, log: Log) {
    this.#events = events
    this.#log = log
    this.#place = place
    this.#process = place.process
    this.runsMax = place.runsMax ?? limits.runsPerChildMax
    this.#channel = this.#process.stdio[3] as Duplex
    this.ready = new Promise((resolve) => {
      this.#readyNow = resolve
    })
    const receive = (message: unknown, bytes: number) => this.#receive(message, bytes)
    const refuse = (error: Error) =>
      this.kill({ code: 'protocol', message: `The child broke the protocol: ${error.message}` })
    const worked = (began: number) => this.#pace(events.worked(this, began))
    this.#reader = readMessages(this.#channel, LINE_BYTES_MAX, receive, refuse, worked)
    readMessages(this.#process.stdio[4] as Readable, 10_000, receive, refuse)
    this.#stderr = keepTail(this.#process.stderr)
    place.onExceeded?.((what) => this.kill(what))
    this.#process.on('error', (error) => this.#end(`It could not be started: ${error.message}`))
    this.#process.on('exit', () => setTimeout(() => this.#closePipes(), PIPES_MS).unref())
    // 'close', not 'exit': a result that is still in the pipe is read first.
    this.#process.on('close', (code, signal) =>
      this.#reader.finish(() => this.#end(signal ? `signal ${signal}` : `exit code ${code}`)),
    )
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get ended(): boolean {
    return this.#life.is('ended')
  }

  get isRetiring(): boolean {
    return this.#life.is('retiring')
  }

  /** It takes no further runs. */
  retire(): void {
    if (this.#life.is('loading', 'serving')) this.#life.become('retiring')
  }

  get runCount(): number {
    return this.#runs.size
  }

  /** Runs whose code has begun, and not ended. */
  get begunRuns(): number {
    return this.#runs.size - this.#unbegun.size
  }

  /**
   * Gives a blank child its code; its connections count for `shareHolder`. Rejects with a RunFailure when the author's
   * modules throw.
   */
  load(
    key: string,
    shareHolder: string,
    code: { version: string; source: string; path: string },
    env: Record<string, string>,
    egressAllow: readonly string[],
    egressClosed: ClosedPort | null = null,
  ): Promise<void> {
    this.#life.become('loading')
    this.key = key
    this.#place.proxy?.open(shareHolder, egressRules(net, egressAllow, egressClosed))
    return new Promise((resolve, reject) => {
      this.#loaded = { resolve, reject }
      this.#send({ type: 'load', ...code, env, egressAllow, egressClosed })
    })
  }

  /** `tooLate`: how many children have been too late to begin it. */
  start(message: StartMessage, events: RunEvents, tooLate = 0): number {
    const run = this.#nextRun++
    this.#runs.set(run, events)
    if (!('type' in message)) {
      this.#unbegun.set(run, Number.POSITIVE_INFINITY)
      this.#patience.set(run, backoffMs(tooLate + 1, BEGIN))
    }
    this.runsStarted++
    this.lastUsedMs = performance.now()
    this.#send({ type: 'run', run, beginBy: 0, ...message } as ToChild)
    return run
  }

  cancel(run: number, reason: 'cancelled' | 'timeout'): void {
    this.#send({ type: 'cancel', run, reason })
  }

  /** Nothing of the run may act any more. The child says when that is so. */
  end(run: number): void {
    this.#send({ type: 'end', run })
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

  /** This record is committed: the code may continue. Those of one turn go in one message. */
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

  /** Cuts what code of this run has connected to. Only a child without a network of its own leaves that to the server. */
  cutConnections(run: number): void {
    this.#place.proxy?.closeRun(run)
  }

  /** Whatever this run still sends is passed over. */
  forget(run: number): void {
    this.#runs.delete(run)
    this.#unbegun.delete(run)
    this.#patience.delete(run)
    this.pulse.left(run, this.#runs.size === 0)
  }

  /** Asks for a sign of life; one that is still owed means that the child is blocked. */
  ping(): void {
    this.#returnUnbegun()
    if (this.pulse.ask()) this.#send({ type: 'ping' })
  }

  /** Runs whose time to begin has passed, and that did not. What the child said in time is read before they are let go. */
  #returnUnbegun(): void {
    if (this.#unbegun.size === 0) return
    const looked = monotonicMs() - BEGIN_MARGIN_MS
    const late = [...this.#unbegun].filter(([, beginBy]) => beginBy < looked).map(([run]) => run)
    if (late.length === 0) return
    const look = () => {
      for (const run of late) if (this.#unbegun.has(run) && !this.ended) this.#notBegun(run)
    }
    setImmediate(() => setImmediate(look))
  }

  #notBegun(run: number): void {
    const events = this.#runs.get(run)
    this.forget(run)
    events?.notBegun?.()
  }

  kill(reason: LostReason): void {
    this.#killReason ??= reason
    this.#process.kill('SIGKILL')
  }

  /** A process that still has the other end sees it, and ends as well. */
  #closePipes(): void {
    for (const stream of this.#process.stdio) stream?.destroy()
  }

  #send(message: ToChild): void {
    if (this.#outgoing.length === 0) setImmediate(() => this.#events.goAhead(() => this.#flush()))
    this.#outgoing.push(message)
  }

  #flush(): void {
    // A run that was let go meanwhile neither begins nor continues.
    const messages = this.#outgoing.filter(
      (message) => !GO_AHEADS.has(message.type) || this.#runs.has((message as RunMessage).run),
    )
    const flushed = this.#afterFlush
    for (const message of messages)
      if (message.type === 'run') {
        message.beginBy = monotonicMs() + (this.#patience.get(message.run) ?? BEGIN.firstMs)
        if (this.#unbegun.has(message.run)) this.#unbegun.set(message.run, message.beginBy)
      }
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
    this.#listen()
  }

  /** What a child asks for, says and makes us do has bounds: beyond them it is not listened to for a while. */
  #listen(): void {
    const isTooMuch =
      this.#pacing !== null ||
      this.#owedBytes > OWED_BYTES_MAX ||
      this.#owed.size > limits.childCallsOpenMax ||
      this.#logBytes > limits.childLogBytesMax
    if (isTooMuch !== this.#reader.isHeld) this.#reader.hold(isTooMuch)
  }

  #pace(pauseMs: number): void {
    if (pauseMs < 1 || this.#pacing) return
    this.#pacing = setTimeout(() => {
      this.#pacing = null
      this.#listen()
    }, pauseMs)
    this.#listen()
  }

  #logged(bytes: number, stored: unknown): void {
    if (!(stored instanceof Promise)) return
    this.#logBytes += bytes
    if (this.#logBytes > limits.childLogBytesMax) this.#listen()
    const written = () => {
      this.#logBytes -= bytes
      if (this.#reader.isHeld) this.#listen()
    }
    stored.then(written, written)
  }

  #paid(what: string): void {
    this.#owedBytes -= this.#owed.get(what) ?? 0
    this.#owed.delete(what)
    if (this.#reader.isHeld) this.#listen()
  }

  #receive(value: unknown, bytes: number): void {
    if (this.#hasBegun(value)) return
    const parsed = FromChild.safeParse(value)
    if (!parsed.success) {
      this.kill({ code: 'protocol', message: 'The child sent a message that is not of the protocol.' })
      return
    }
    const message = parsed.data
    if (isTooDeep(message)) {
      if (message.type === 'call') this.reply(message.call, { error: TOO_DEEP })
      else this.kill({ code: 'protocol', message: `The child broke the protocol: ${TOO_DEEP.message}` })
      return
    }
    switch (message.type) {
      case 'ready':
        if (message.protocol === PROTOCOL_VERSION) this.#readyNow()
        else this.kill({ code: 'protocol', message: `The child speaks protocol ${message.protocol}.` })
        return
      case 'loaded':
        if (this.#life.is('loading')) this.#life.become('serving')
        this.#loaded?.resolve()
        return
      case 'load_failed':
        this.retire()
        this.#loaded?.reject(message.failure)
        return
      case 'pong':
        this.pulse.answered()
        this.rssBytes = message.rssBytes
        // Where the system does not say how much memory it has, the child's own word is better than none.
        if (message.rssBytes > limits.childMemoryBytesMax)
          this.kill(memoryExceeded(limits.childMemoryBytesMax))
        return
      case 'busy':
        this.pulse.busy(message.run)
        return
      case 'not_begun':
        if (this.#runs.has(message.run)) this.#notBegun(message.run)
        return
      case 'silent':
        this.#runs.get(message.run)?.silent?.()
        return
      case 'log':
        this.#logged(bytes, this.#runs.get(message.run)?.log(message))
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
        this.cutConnections(message.run)
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

  // Each run says this one, so it is read without the schema.
  #hasBegun(value: unknown): boolean {
    const { type, run } = (value ?? {}) as { type?: unknown; run?: unknown }
    return type === 'begun' && typeof run === 'number' && this.#unbegun.delete(run)
  }

  #end(how: string): void {
    if (this.ended) return
    this.#life.become('ended')
    if (this.#pacing) clearTimeout(this.#pacing)
    const reason = this.#killReason ?? reasonOfExit(how, this.#stderr())
    if (!this.#killReason)
      this.#log.warn(
        { pid: this.pid, how, stderr: this.redactor.text(this.#stderr().trim()) },
        'a child process ended',
      )
    this.#place.proxy?.close()
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
    const runs = [...this.#runs]
    this.#runs.clear()
    this.#events.ended(this)
    for (const [run, events] of runs)
      if (this.#unbegun.has(run) && events.notBegun) events.notBegun()
      else events.lost(reason)
  }
}
