import { AppError } from '@bifrost/contract'
import type { Engine } from '../engine/engine.ts'
import { callSdkMethod, type SdkMethod } from '../engine/sdk-method.ts'
import { changeSource } from '../platform/audit.ts'
import type { Attempt } from './attempt.ts'
import type { Child } from './child.ts'
import type { PoolRun } from './pool.ts'

/** What they answer may be as large as a file: one at a time per child, and the next when it has left. */
const LARGE_ANSWERS: ReadonlySet<string> = new Set(['files.read'])

type CallMessage = Parameters<PoolRun['events']['call']>[0]

/** Answers what runs ask the platform for. */
export class PlatformCalls {
  readonly #engine: Engine
  readonly #methods: Readonly<Record<string, SdkMethod>>
  /** The last turn of large answers, by child. */
  readonly #large = new WeakMap<Child, Promise<void>>()

  constructor(engine: Engine, methods: Readonly<Record<string, SdkMethod>>) {
    this.#engine = engine
    this.#methods = methods
  }

  async answer(attempt: Attempt, message: CallMessage): Promise<void> {
    const { child } = attempt
    if (!child || !LARGE_ANSWERS.has(message.method)) return this.#answerNow(attempt, message)
    const turn = (this.#large.get(child) ?? Promise.resolve()).then(() => this.#answerNow(attempt, message))
    this.#large.set(child, turn)
    return turn
  }

  async #answerNow(attempt: Attempt, { call, method, args }: CallMessage): Promise<void> {
    const { child, run } = attempt
    if (!child || child.ended) return
    const answer = await this.#call(attempt, method, args).catch((error: unknown) => {
      if (error instanceof AppError) return { error: { code: error.code, message: error.message } }
      this.#engine.log.error({ err: error, method, execution: run.executionId }, 'a platform call failed')
      return {
        error: { code: 'internal', message: `${method} failed inside the platform; its log has the cause.` },
      }
    })
    if (!child.ended) await child.reply(call, answer)
  }

  #call(attempt: Attempt, method: string, args: Record<string, unknown>): Promise<{ value: unknown }> {
    const { codePath } = attempt
    const { scope, executionId } = attempt.run
    const run = {
      executionId,
      codePath,
      addSecret: (secret: unknown) => attempt.redactor.add(secret),
      redact: (json: string) => attempt.redactor.json(json),
    }
    return changeSource.run({ executionId }, () =>
      callSdkMethod(this.#engine.db.query, this.#methods, { scope, run }, method, args),
    )
  }
}
