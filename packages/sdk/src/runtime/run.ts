import { format } from 'node:util'
import { type LogLevel, limits, type RunFailure, type ToChild } from '@bifrost/contract'
import { type CurrentRun, callerRun, currentRun } from '../current-run.ts'
import { cleanStack, failureOf } from '../failure.ts'
import { requireJsonMembers, toJsonText } from '../json.ts'
import { setScope } from '../set-scope.ts'
import type { ExecutionContext, Roi } from '../types.ts'
import { Actor } from './actor.ts'
import { buildArguments } from './arguments.ts'
import { VariableCapture } from './capture.ts'
import type { Channel } from './channel.ts'
import { Columns } from './columns.ts'
import { DurableCalls } from './durable-calls.ts'
import { providerOptions } from './provider-options.ts'
import { RoiCount } from './roi.ts'
import { undoSteps } from './undo.ts'
import { UndoRun } from './undo-run.ts'

const STOPPED = 'The run was cancelled.'

/** Where messages to the server go. */
type Sender = Pick<Channel, 'send'>

type RunMessage = Extract<ToChild, { type: 'run' }>

/** One run inside this child: its context, its log budget, its variables, its end. */
export class Run implements CurrentRun {
  readonly number: number
  readonly context: ExecutionContext
  readonly capture = new VariableCapture()
  readonly durable: DurableCalls
  /** On whose account its code acts. */
  readonly actor: Actor
  /** By performance.now(); the loop guard stops synchronous code that is past it. */
  readonly deadlineMs: number
  readonly #message: RunMessage
  readonly #channel: Sender
  readonly #abort = new AbortController()
  readonly #calls: PlatformCalls
  readonly #onEnd: () => void
  readonly #cpuAtStart = process.cpuUsage()
  readonly #body = Promise.withResolvers<unknown>()
  readonly #roi: RoiCount
  #columns: Columns | null = null
  #undo: UndoRun | null = null
  #isStopped = false
  #logLines = 0
  #logsDropped = 0
  #ended = false

  constructor(message: RunMessage, channel: Sender, calls: PlatformCalls, onEnd: () => void) {
    this.#onEnd = onEnd
    this.number = message.run
    this.#message = message
    this.#channel = channel
    this.#calls = calls
    this.deadlineMs = message.timeoutMs > 0 ? performance.now() + message.timeoutMs : Number.POSITIVE_INFINITY
    this.actor = new Actor(this)
    this.#roi = new RoiCount(message.context, (added) => this.durable.addRoiInStep(added))
    this.context = contextOf(message, this.#abort.signal, this.#roi.roi)
    this.durable = new DurableCalls({
      run: message.run,
      executionId: message.context.executionId,
      isDurable: message.durable,
      signal: this.#abort.signal,
      journal: message.journal,
      send: (sent) => channel.send(sent),
      hasEnded: () => this.#ended,
      addRoi: (roi) => this.#roi.add(roi),
      onNondeterministic: (error) => {
        // The steps up to here can still be undone.
        if (message.undo) return
        const { expected, asked } = error
        this.fail({ ...failureOf(error, 'nondeterministic'), retry: false, mismatch: { expected, asked } })
      },
      onLearned: (kind, name, output) => this.#columns?.learned(kind, name, output),
      onQuiet: (waiting) => this.#suspend(waiting),
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  async execute(author: Record<string, unknown>): Promise<void> {
    const { target, undo } = this.#message
    if (undo) this.#beginStop(STOPPED)
    const body = this.#call(author)
    this.#body.resolve(body)
    this.#body.promise.catch(() => {})
    if (undo) return this.#undoAndStop(STOPPED, this.durable.replayed())
    try {
      const returned: unknown = await body
      if (this.#isStopped) return
      const value = target.metadata['type'] === 'data_provider' ? providerOptions(returned) : returned
      const result = toJsonText(value, 'result')
      this.#columns?.close({ result: value })
      this.#end(() => ({
        type: 'done',
        run: this.number,
        result,
        variables: this.capture.toJsonText(),
        logsDropped: this.#logsDropped,
        timeSaved: finite(this.context.roi.timeSaved),
        value: finite(this.context.roi.value),
        ...this.#usage(),
      }))
    } catch (thrown) {
      if (this.#isStopped) return
      const failure = failureOf(thrown)
      // A run that is parked continues later: none of its steps is undone.
      if (!this.#ended && (this.#message.lastAttempt || !failure.retry)) await this.#undoSteps()
      this.fail(failure)
    }
  }

  async #call(author: Record<string, unknown>): Promise<unknown> {
    const { target, input } = this.#message
    const fn = author[target.exportName]
    if (typeof fn !== 'function')
      throw new TypeError(`The file does not export a function "${target.exportName}".`)
    if (target.part === 'map') return mapEvent(fn, input['event'])
    this.#columns = new Columns({
      columns: (fn as { executableMetadata?: { columns?: unknown } }).executableMetadata?.columns,
      input,
      isReplaying: () => this.durable.isReplaying,
      send: (columns) => {
        if (!this.#ended) this.#channel.send({ type: 'columns', run: this.number, columns })
      },
      warn: (message) => this.log('warning', message),
    })
    return fn(...buildArguments(target.arguments, target.parameters, input, this.context))
  }

  fail(failure: RunFailure): void {
    this.#columns?.close(null)
    this.#end(() => ({
      type: 'failed',
      run: this.number,
      failure,
      variables: this.capture.toJsonText(),
      logsDropped: this.#logsDropped,
      ...this.#usage(),
    }))
  }

  /**
   * Tells the code through its signal, and the server what the variables were. What the code still does is not heard.
   * Its finished steps are undone first, if they have an `undo`.
   */
  cancel(reason: 'cancelled' | 'timeout'): void {
    // The message comes from outside of the run; what it makes the code do and throw belongs to the run.
    if (!this.#isStopped && !this.#ended) currentRun.run(this, () => this.#cancel(reason))
  }

  #cancel(reason: 'cancelled' | 'timeout'): void {
    const message = reason === 'timeout' ? 'The run took too long.' : STOPPED
    if (this.durable.mayNeedUndo) {
      this.#beginStop(message)
      void this.#undoAndStop(message, this.durable.settled(this.#body.promise))
    } else {
      this.#isStopped = true
      this.#failStopped(message)
      this.#abort.abort(new DOMException(message, 'AbortError'))
    }
  }

  /** What its code throws from the side changes nothing any more. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Its code must come to an end: the loop guard throws in it. */
  get mustStop(): boolean {
    return this.#ended || (this.#isStopped && !this.durable.isUndoing)
  }

  #beginStop(message: string): void {
    this.#isStopped = true
    const error = new DOMException(message, 'AbortError')
    this.durable.stop(error)
    this.#abort.abort(error)
  }

  async #undoAndStop(message: string, readyToUndo: Promise<void>): Promise<void> {
    this.#channel.send({ type: 'undoing', run: this.number })
    try {
      await readyToUndo
      await this.#undoSteps()
    } catch (error) {
      this.log('error', `Not all that the run did could be undone: ${(error as Error).message}`)
    }
    this.#failStopped(message)
  }

  /** Its own code does nothing more from now on. A connection that it made may be what an undo function needs. */
  #undoSteps(): Promise<void> {
    if (this.#ended || this.durable.undos.length === 0) return Promise.resolve()
    const undo = new UndoRun(this)
    this.#undo = undo
    // Not from the start: an object with its own getter costs each run more than all the rest of its context.
    Object.defineProperty(this.context, 'signal', { get: () => this.#signal() })
    this.actor.end('stopped', undo.actor)
    return currentRun.run(undo, () => undoSteps(this.durable, (text) => this.log('error', text)))
  }

  /** Aborts when the run is stopped; what is undone then has another one. */
  #signal(): AbortSignal {
    const caller = callerRun()
    return caller instanceof UndoRun && caller === this.#undo ? caller.actor.signal : this.#abort.signal
  }

  /** The server has recorded its end, or will without another word of it. */
  silence(): void {
    if (this.#ended) return
    this.#ended = true
    currentRun.run(this, () => this.#silence('stopped'))
    this.#onEnd()
  }

  #silence(how: 'done' | 'stopped'): void {
    this.actor.end(how)
    this.#undo?.actor.end(how)
  }

  #failStopped(message: string): void {
    this.fail({ kind: 'stopped', type: 'AbortError', message, stack: '', forUser: true, retry: false })
  }

  log(level: LogLevel, message: string): void {
    // A line outside of a step was written when the code came here first; a step that runs now writes its lines again.
    if (this.#ended || (this.durable.isReplaying && this.durable.insideStep === null)) return
    // A run that comes back to be undone has said before what its code says on the way there.
    if (this.#message.undo && !this.durable.isUndoing) return
    if (this.#logLines >= limits.logLinesMax) {
      this.#logsDropped++
      return
    }
    this.#logLines++
    const text =
      message.length > limits.logLineBytesMax
        ? `${message.slice(0, limits.logLineBytesMax)}… (${message.length - limits.logLineBytesMax} more characters)`
        : message
    this.#channel.send({ type: 'log', run: this.number, level, message: text, at: Date.now() })
  }

  console(level: LogLevel, values: unknown[]): void {
    const text = format(...values)
    this.log(level, text.includes('\n    at ') ? cleanStack(text) : text)
  }

  call(method: string, args: Record<string, unknown>): Promise<unknown> {
    if (this.actor.ended) return this.actor.refuse()
    return this.ask(method, args)
  }

  ask(method: string, args: Record<string, unknown>): Promise<unknown> {
    return this.#calls.ask(this.number, method, args)
  }

  /** Everything in the run is waiting: the run leaves, and comes back by replay. */
  #suspend(waiting: string[]): void {
    this.#columns?.close(null)
    this.#end(() => ({
      type: 'suspend',
      run: this.number,
      waiting,
      variables: this.capture.toJsonText(),
      logsDropped: this.#logsDropped,
      ...this.#usage(),
    }))
  }

  #end(message: () => Parameters<Sender['send']>[0]): void {
    if (this.#ended) return
    this.#channel.send(message())
    this.#ended = true
    this.#silence(this.#isStopped ? 'stopped' : 'done')
    this.#onEnd()
  }

  #usage() {
    const { user, system } = process.cpuUsage(this.#cpuAtStart)
    return { cpuMs: (user + system) / 1000, rssBytes: residentBytes() }
  }
}

/** Calls to the server that wait for their reply. */
export class PlatformCalls {
  readonly #channel: () => Sender
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #next = 1

  constructor(channel: () => Sender) {
    this.#channel = channel
  }

  ask(run: number, method: string, args: Record<string, unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // Here is where things leave a run for the platform, so here they are looked at.
      requireJsonMembers(args)
      const call = this.#next++
      this.#waiting.set(call, { resolve, reject })
      this.#channel().send({ type: 'call', run, call, method, args })
    })
  }

  reply({ call, value, error }: Extract<ToChild, { type: 'reply' }>): void {
    const waiting = this.#waiting.get(call)
    this.#waiting.delete(call)
    if (error)
      waiting?.reject(Object.assign(new Error(error.message), { name: 'BifrostError', code: error.code }))
    else waiting?.resolve(value)
  }
}

export function contextOf(
  { context, input }: Pick<RunMessage, 'context' | 'input'>,
  signal: AbortSignal,
  roi: Roi,
): ExecutionContext {
  const { timeSaved: _timeSaved, value: _value, ...rest } = context
  return {
    ...rest,
    organization: { ...context.organization, id: context.orgId, name: context.orgName },
    scope: context.isGlobalScope ? 'global' : context.orgId,
    parameters: input as ExecutionContext['parameters'],
    form: (context.form as ExecutionContext['form'] | undefined) ?? null,
    roi,
    signal,
    setScope,
  }
}

/** Asks a workflow's `startOn.map` for the input that an event makes; null when it declines. */
async function mapEvent(workflow: object, event: unknown): Promise<unknown> {
  const { executableMetadata: metadata } = workflow as {
    executableMetadata?: { startOn?: { map?: unknown } }
  }
  const map = metadata?.startOn?.map
  if (typeof map !== 'function') throw new TypeError('The workflow has no map function in its startOn.')
  return (await map(event)) ?? null
}

const finite = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

// Reading it opens a file of the kernel; under load the figure of the last tenth of a second is as good.
let resident = { atMs: 0, bytes: 0 }
export function residentBytes(): number {
  const now = performance.now()
  if (now - resident.atMs > 100 || resident.bytes === 0) {
    try {
      resident = { atMs: now, bytes: process.memoryUsage.rss() }
    } catch {
      // The author's code has every file open that it may: the last figure has to do.
    }
  }
  return resident.bytes
}
