import { AppError } from '@bifrost/contract'
import { actFor } from '../engine/act-for.ts'
import type { Engine } from '../engine/engine.ts'
import { scopeOf } from '../engine/scope-of.ts'
import { callSdkMethod, type SdkMethod } from '../engine/sdk-method.ts'
import { changeSource } from '../platform/audit.ts'
import { ACCOUNTS_TOPIC } from '../platform/notify.ts'
import type { OrgScope } from '../platform/scope.ts'
import type { Attempt } from './attempt.ts'
import type { Child } from './child.ts'
import type { PoolRun } from './pool.ts'

/** What they answer may be as large as a file: one at a time per child, and the next when it has left. */
const LARGE_ANSWERS: ReadonlySet<string> = new Set(['files.read'])

/** So old may the scope be that a run begins with. */
const SCOPE_AGE_MS = 3000

type CallMessage = Parameters<PoolRun['events']['call']>[0]

/** Answers what runs ask the platform for. */
export class PlatformCalls {
  readonly #engine: Engine
  readonly #methods: Readonly<Record<string, SdkMethod>>
  /** The last turn of large answers, by child. */
  readonly #large = new WeakMap<Child, Promise<void>>()
  /** When anybody's rights last changed. */
  #changedMs = Number.NEGATIVE_INFINITY
  /** For whom an attempt acts, where rights have changed since it began. */
  readonly #scopes = new WeakMap<Attempt, { readMs: number; scope: OrgScope }>()

  constructor(engine: Engine, methods: Readonly<Record<string, SdkMethod>>) {
    this.#engine = engine
    this.#methods = methods
    engine.notifier.subscribe(ACCOUNTS_TOPIC, () => {
      this.#changedMs = performance.now()
    })
  }

  /** A run acts with the rights that its person has now: somebody who was deactivated meanwhile is nobody. */
  async #scopeOf(attempt: Attempt): Promise<OrgScope> {
    const { scope } = attempt.run
    // What it began with may have been read a moment before it began.
    if (scope.userId === null || attempt.startedMs > this.#changedMs + SCOPE_AGE_MS) return scope
    const known = this.#scopes.get(attempt)
    if (known && known.readMs > this.#changedMs) return known.scope
    const readMs = performance.now()
    const { query } = this.#engine.db
    const person = await scopeOf(query, scope.orgId, scope.userId)
    if (!person) throw new AppError('forbidden', 'The organisation of this run is gone.')
    const acting = scope.owner === null ? await actFor(query, person, 'global').catch(() => person) : person
    const now = { ...acting, limitedTo: scope.limitedTo }
    this.#scopes.set(attempt, { readMs, scope: now })
    return now
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

  async #call(attempt: Attempt, method: string, args: Record<string, unknown>): Promise<{ value: unknown }> {
    const { codePath } = attempt
    const { executionId } = attempt.run
    const scope = await this.#scopeOf(attempt)
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
