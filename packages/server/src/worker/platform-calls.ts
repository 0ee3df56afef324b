import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError, limits } from '@bifrost/contract'
import type { ClaimedRun, Engine } from '../engine/types.ts'
import { changeSource } from '../platform/audit.ts'
import { isValueError, limitError, type Query } from '../platform/database.ts'
import { FairGate } from '../platform/fair-gate.ts'
import { type OrgScope, shareHolderOf } from '../platform/scope.ts'
import { actFor } from '../tenancy/act-for.ts'
import { scopeOf } from '../tenancy/scope-of.ts'
import { callSdkMethod, type SdkMethods } from '../tenancy/sdk-method.ts'
import type { Attempt } from './attempt.ts'
import type { Child } from './child.ts'
import type { PoolRun } from './pool.ts'
import type { RedactionThread } from './redaction/redaction-thread.ts'

/** What they answer may be as large as a file: one at a time per child, and the next when it has left. */
const LARGE_ANSWERS: ReadonlySet<string> = new Set(['files.read'])

/** So old may the scope be that a run begins with. */
const SCOPE_AGE_MS = 3000

/** The database said so: of all that a call may name, few things are looked at here one by one. */
const NOT_STORABLE =
  'A text of this call contains a NUL or an unpaired surrogate, or a number is too large, so the database cannot store it.'

type CallMessage = Parameters<PoolRun['events']['call']>[0]

/** Answers what runs ask the platform for. */
export class PlatformCalls {
  readonly #engine: Engine
  readonly #methods: Partial<SdkMethods>
  readonly #redaction: RedactionThread
  /** The last turn of large answers, by child. */
  readonly #large = new WeakMap<Child, Promise<void>>()
  readonly #atWork = new FairGate({
    placesMax: Number.MAX_SAFE_INTEGER,
    perKeyMax: limits.sdkCallsAtWorkMax,
    perKeyShare: limits.sdkCallsAtWorkMax,
    reservedPlaces: 0,
    // The child is not listened to when it has too many open.
    waitingPerKeyMax: Number.MAX_SAFE_INTEGER,
    waitMs: null,
    refusal: '',
  })
  /** When anybody's rights last changed. */
  #changedMs = Number.NEGATIVE_INFINITY
  /** The scope of an attempt, where rights have changed since it began. */
  readonly #scopes = new WeakMap<Attempt, { readMs: number; scope: OrgScope }>()

  constructor(engine: Engine, methods: Partial<SdkMethods>, redaction: RedactionThread) {
    this.#engine = engine
    this.#redaction = redaction
    this.#methods = methods
    engine.notifier.subscribe('accounts', () => {
      this.#changedMs = performance.now()
    })
  }

  /** A run acts with the rights that its person has now. Nothing is done for a deactivated person. */
  async scopeOf(attempt: Attempt, query: Query = this.#engine.db.query): Promise<OrgScope> {
    const scope = await this.#scopeNow(attempt, query)
    requireStanding(scope, attempt.run)
    return scope
  }

  async #scopeNow(attempt: Attempt, query: Query): Promise<OrgScope> {
    const { scope, startedBy } = attempt.run
    // What it began with may have been read a moment before it began.
    if (attempt.startedMs > this.#changedMs + SCOPE_AGE_MS) return scope
    const known = this.#scopes.get(attempt)
    if (known && known.readMs > this.#changedMs) return known.scope
    const readMs = performance.now()
    const person = await scopeOf(query, scope.orgId, startedBy, scope.limitedTo)
    if (!person) throw new AppError('forbidden', 'The organization of this run no longer exists.')
    const now = scope.owner === null ? await actFor(query, person, 'global').catch(() => person) : person
    this.#scopes.set(attempt, { readMs, scope: now })
    return now
  }

  answer(attempt: Attempt, message: CallMessage): void {
    if (attempt.ended) return
    const answering = this.#answer(attempt, message).finally(() => attempt.calls.delete(answering))
    attempt.calls.add(answering)
  }

  async #answer(attempt: Attempt, message: CallMessage): Promise<void> {
    const { child } = attempt
    if (!child || !LARGE_ANSWERS.has(message.method)) return this.#answerNow(attempt, message)
    const turn = (this.#large.get(child) ?? Promise.resolve()).then(() => this.#answerNow(attempt, message))
    this.#large.set(child, turn)
    return turn
  }

  async #answerNow(attempt: Attempt, { call, method, args }: CallMessage): Promise<void> {
    const { child, run } = attempt
    if (!child || child.ended || attempt.ended) return
    // Who asks for much at once waits here, one call after the other, and holds up no other organization.
    const turn = this.#atWork.enter(shareHolderOf(run.scope))
    if (turn) {
      await turn
      // A call that is refused at once would otherwise let in the next in the same turn, and thousands would follow.
      await nextTurn()
    }
    // It may have ended while it waited.
    const answering = attempt.ended
      ? Promise.reject(new AppError('conflict', 'The run has ended.'))
      : this.#call(attempt, method, args)
    const answer = await answering
      .finally(() => this.#atWork.leave(shareHolderOf(run.scope)))
      .catch((cause: unknown) => {
        const error = limitError(cause) ?? cause
        if (error instanceof AppError) return { error: { code: error.code, message: error.message } }
        if (isValueError(error)) return { error: { code: 'bad_request', message: NOT_STORABLE } }
        this.#engine.log.error({ err: error, method, execution: run.executionId }, 'a platform call failed')
        return {
          error: {
            code: 'internal',
            message: `${method} failed inside the platform; its log has the cause.`,
          },
        }
      })
    if (!child.ended) await child.reply(call, answer)
  }

  async #call(attempt: Attempt, method: string, args: Record<string, unknown>): Promise<{ value: unknown }> {
    const { codePath, isInline } = attempt
    const { executionId } = attempt.run
    const scope = await this.scopeOf(attempt)
    const run = {
      executionId,
      codePath,
      isInline,
      addSecret: (secret: unknown) => attempt.redactor.add(secret),
      redact: (json: string) => this.#redaction.json(attempt.redactor, json),
    }
    return changeSource.run({ executionId }, () =>
      callSdkMethod(this.#engine.db.query, this.#methods, { scope, run }, method, args),
    )
  }
}

/** Code continues until it ends or asks for something: no run works for an organization or a person that was deactivated. */
function requireStanding(scope: OrgScope, { startedBy }: ClaimedRun): void {
  if (!scope.organization.isActive)
    throw new AppError(
      'forbidden',
      `The organization ${scope.orgName} is deactivated: its runs can no longer call the platform.`,
    )
  if (startedBy !== null && scope.userId === null)
    throw new AppError(
      'forbidden',
      `The person who started this run was deactivated or can no longer act for ${scope.orgName}. Another person can rerun it.`,
    )
}
