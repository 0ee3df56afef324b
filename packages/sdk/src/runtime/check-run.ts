import type { FromChild, LogLevel, RunFailure, ToChild } from '@bifrost/contract'
import type { CurrentRun } from '../current-run.ts'
import { failureOf } from '../failure.ts'
import type { ExecutionContext } from '../types.ts'
import { Actor } from './actor.ts'
import { buildArguments } from './arguments.ts'
import { VariableCapture } from './capture.ts'
import type { Channel } from './channel.ts'
import { HistoryCheck } from './history-check.ts'
import { RoiCount } from './roi.ts'
import { contextOf, type PlatformCalls } from './run.ts'

type CheckMessage = Extract<ToChild, { type: 'check' }>
type Outcome = Omit<Extract<FromChild, { type: 'checked' }>, 'type' | 'run'>

const fits: Outcome = { outcome: 'fits', next: null, expected: null, asked: null, message: null }

/** A function of the author that is only led along a history, to see whether it still goes that way. */
export class CheckRun implements CurrentRun {
  readonly number: number
  readonly context: ExecutionContext
  readonly capture = new VariableCapture()
  readonly actor: Actor = new Actor(this)
  readonly durable: HistoryCheck
  readonly deadlineMs: number
  readonly #message: CheckMessage
  readonly #channel: Channel
  readonly #calls: PlatformCalls
  readonly #onEnd: () => void
  readonly #abort = new AbortController()
  #ended = false

  constructor(message: CheckMessage, channel: Channel, calls: PlatformCalls, onEnd: () => void) {
    this.number = message.run
    this.#message = message
    this.#channel = channel
    this.#calls = calls
    this.#onEnd = onEnd
    this.deadlineMs = performance.now() + message.timeoutMs
    this.context = contextOf(message, this.#abort.signal, new RoiCount(message.context, () => {}).roi)
    this.durable = new HistoryCheck({
      executionId: message.context.executionId,
      signal: this.#abort.signal,
      journal: message.journal,
      reads: message.reads,
      onMismatch: ({ expected, asked, message: text }) =>
        this.#end({ ...fits, outcome: 'breaks', expected, asked, message: text }),
      onFits: ({ next, stuckAt }) =>
        this.#end(
          stuckAt === null
            ? { ...fits, next }
            : {
                ...fits,
                outcome: 'unknown',
                message: `It calls ${stuckAt} outside of steps, which a check does not do.`,
              },
        ),
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  get mustStop(): boolean {
    return this.#ended
  }

  /** What its code throws from the side changes nothing any more. */
  get isStopped(): boolean {
    return this.#ended
  }

  async execute(author: Record<string, unknown>): Promise<void> {
    const { target, input } = this.#message
    try {
      const fn = author[target.exportName]
      if (typeof fn !== 'function')
        throw new TypeError(`The file does not export a function "${target.exportName}".`)
      await fn(...buildArguments(target.arguments, target.parameters, input, this.context))
      this.#end(fits)
    } catch (thrown) {
      this.fail(failureOf(thrown))
    }
  }

  fail({ type, message }: Pick<RunFailure, 'type' | 'message'>): void {
    this.#end({ ...fits, outcome: 'fails', message: `${type}: ${message}` })
  }

  cancel(): void {
    this.#end({ ...fits, outcome: 'unknown', message: 'The check took too long.' })
  }

  /** Its outcome is no longer awaited. */
  silence(): void {
    this.cancel()
  }

  log(_level: LogLevel, _message: string): void {}
  console(): void {}

  call(method: string, args: Record<string, unknown>): Promise<unknown> {
    if (this.#ended) return this.actor.refuse()
    return this.durable.call(method, () => this.#calls.ask(this.number, method, args))
  }

  #end(outcome: Outcome): void {
    if (this.#ended) return
    this.#ended = true
    this.durable.close()
    this.#channel.send({ type: 'checked', run: this.number, ...outcome })
    this.#abort.abort(new DOMException('The check has ended.', 'AbortError'))
    this.actor.end('stopped')
    this.#onEnd()
  }
}
