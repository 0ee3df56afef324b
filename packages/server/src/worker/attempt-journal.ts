import { setTimeout as sleep } from 'node:timers/promises'
import {
  AppError,
  backoffMs,
  type FromChild,
  limits,
  type StepAttempt,
  type StepPlace,
  type StepTransaction,
  type WaitFor,
} from '@bifrost/contract'
import { type StepWrite, writeStepWith } from '../engine/run/journal.ts'
import { storeWait } from '../engine/run/wait.ts'
import type { Engine } from '../engine/types.ts'
import { isDeadlock, isUnavailable, type Query } from '../platform/database.ts'
import { shareHolderOf } from '../platform/scope.ts'
import { storedText } from '../platform/stored-text.ts'
import { type Attempt, isTooLarge } from './attempt.ts'
import type { RedactionThread } from './redaction/redaction-thread.ts'

export type StepStarted = Extract<FromChild, { type: 'step_started' }>
export type StepEnded = Extract<FromChild, { type: 'step_ended' }>
export type WaitMessage = Extract<FromChild, { type: 'wait' }>

/** The child refuses a further step with better words; one that speaks for itself does not. Some of these steps are undone. */
const KEYS_MAX = 2 * limits.stepsPerRunMax
/** What failed is shown in lists. */
const TYPE_LENGTH_MAX = 200
const MESSAGE_LENGTH_MAX = 10_000
const STACK_LENGTH_MAX = 20_000

/** A step that ends sooner is written once, with its end. */
const SHOW_AFTER_MS = 100
const PAUSE = { firstMs: 50, maxMs: 1000 }

export interface JournalEvents {
  /** This wait is stored: the run may learn of its answer, which may have come before. */
  waiting(key: string, answered: boolean): void
  /** What a step.tx did to tables, within the transaction that stores the step. */
  apply(query: Query, transaction: StepTransaction): Promise<void>
  /** The run is no longer ours, or its journal could not be written. */
  fenced(): void
}

/** Writes what one attempt reports of its steps and waits, and tells the child when it is committed. */
export class AttemptJournal {
  readonly #engine: Engine
  readonly #workerId: string
  readonly #attempt: Attempt
  readonly #redaction: RedactionThread
  readonly #started = new Map<string, { at: number; timer: NodeJS.Timeout }>()
  readonly #events: JournalEvents
  /** The places that the child has named. */
  readonly #keys = new Set<string>()
  #hasWaited = false

  constructor(
    engine: Engine,
    workerId: string,
    attempt: Attempt,
    redaction: RedactionThread,
    events: JournalEvents,
  ) {
    // Each claim would otherwise have room for as many again.
    for (const { key } of attempt.run.journal) this.#keys.add(key)
    this.#redaction = redaction
    this.#engine = engine
    this.#workerId = workerId
    this.#attempt = attempt
    this.#events = events
  }

  started(message: StepStarted): void {
    this.#forgetStart(message.key)
    if (this.#keys.size > KEYS_MAX || this.#showsSecret(message)) return
    const timer = setTimeout(() => {
      const write = { ...this.#write(message), status: 'running' as const, startedAt: message.at }
      this.#engine.steps.add(write).then(
        () => this.#changed(),
        (error: unknown) => this.#engine.log.error({ err: error }, 'writing the start of a step failed'),
      )
    }, SHOW_AFTER_MS)
    this.#started.set(message.key, { at: message.at, timer })
  }

  ended(message: StepEnded): void {
    const { attempts } = message
    const { redactor } = this.#attempt
    this.#forgetStart(message.key)
    const write: StepWrite = {
      ...this.#write(message),
      status: message.error ? 'failed' : 'completed',
      ordinal: message.order,
      attempts: this.#attempts(attempts),
      startedAt: attempts[0]?.started_at ?? Date.now(),
      endedAt: attempts.at(-1)?.ended_at ?? Date.now(),
      output: null,
      error: redactedError(message.error, redactor),
      hasUndo: message.hasUndo,
    }
    const { output, transaction } = message
    void this.#commit(message, async () => {
      if (output !== null && isTooLarge(output))
        throw new AppError(
          'bad_request',
          'The output of the step is too large: store a file and return its path.',
        )
      // Only what is long takes a turn of its own: steps that end together are written together.
      const shown = output === null ? null : this.#redaction.json(redactor, output)
      const step = { ...write, output: typeof shown === 'string' ? shown : await shown }
      if (!transaction) return this.#engine.steps.add(step)
      const changes = await this.#shownTransaction(transaction)
      return writeStepWith(
        this.#engine.db,
        step,
        (query) => this.#events.apply(query, changes),
        shareHolderOf(this.#attempt.run.scope),
      )
    })
  }

  wait(message: WaitMessage): void {
    this.#hasWaited = true
    this.#forgetStart(message.key)
    const { wait } = message
    const write = {
      ...this.#write(message),
      status: wait.kind === 'retry' ? ('retrying' as const) : ('waiting' as const),
      attempts: this.#attempts(message.attempts),
      startedAt: message.attempts[0]?.started_at ?? Date.now(),
    }
    void this.#commit(message, async () => {
      const how = await storeWait(this.#engine, write, this.#shown(wait), message.known, (text) =>
        this.#attempt.redactor.text(text),
      )
      if (how !== 'lost' && !this.#attempt.ended) this.#events.waiting(message.key, how === 'answered')
      if (wait.kind === 'task' && wait.task) this.#engine.notifier.publish('tasks')
      return how !== 'lost'
    })
  }

  /** It waited for something under this claim. */
  get hasWaited(): boolean {
    return this.#hasWaited
  }

  /** The attempt is over: nothing is written any more. */
  close(): void {
    for (const { timer } of this.#started.values()) clearTimeout(timer)
    this.#started.clear()
  }

  #attempts(attempts: StepAttempt[]): StepAttempt[] {
    return attempts.map((one) => ({ ...one, error: redactedError(one.error, this.#attempt.redactor) }))
  }

  /** People see what a task says, and why a step suspended itself. */
  #shown(wait: WaitFor): WaitFor {
    const { redactor } = this.#attempt
    if (wait.kind === 'resume')
      return { ...wait, reason: wait.reason && storedText(redactor.text(wait.reason)) }
    if (wait.kind !== 'task' || !wait.task) return wait
    const { task } = wait
    return {
      ...wait,
      task: {
        ...task,
        title: redactor.text(task.title),
        description: task.description && redactor.text(task.description),
        props: redactor.json(task.props),
        fields: redactor.value(task.fields),
      },
    }
  }

  /** What a run writes into a table is read by others. Ids stay: they are what rows are found by. */
  async #shownTransaction({ reads, writes }: StepTransaction): Promise<StepTransaction> {
    const { redactor } = this.#attempt
    if (redactor.isEmpty) return { reads, writes }
    const data = writes.map((write) => (write.kind === 'delete' ? null : write.data))
    const shown = JSON.parse(await this.#redaction.json(redactor, JSON.stringify(data))) as typeof data
    return {
      reads,
      writes: writes.map((write, index) =>
        write.kind === 'delete' ? write : { ...write, data: shown[index] ?? write.data },
      ),
    }
  }

  /** A step is found by its name and place, so that they cannot be hidden as other text is. */
  #showsSecret({ key, name }: Pick<StepPlace, 'key' | 'name'>): boolean {
    const { redactor } = this.#attempt
    return !redactor.isEmpty && (redactor.text(key) !== key || redactor.text(name) !== name)
  }

  async #commit(place: StepPlace & { record: number }, write: () => Promise<boolean>): Promise<void> {
    const attempt = this.#attempt
    const { record } = place
    try {
      if (this.#keys.size > KEYS_MAX) throw new AppError('bad_request', 'The run has too many steps.')
      if (this.#showsSecret(place))
        throw new AppError(
          'bad_request',
          'The name of a step, or the key of its item, contains a secret, and people can see it. Use another one.',
        )
      if (await this.#whenItIsThere(write)) {
        attempt.child?.recorded(attempt.runNumber, record)
        this.#changed()
      } else this.#events.fenced()
    } catch (error) {
      if (error instanceof AppError) {
        attempt.child?.refused(attempt.runNumber, record, { code: error.code, message: error.message })
        return
      }
      // Without a commit the code must not continue; the run is taken up again from what is stored.
      this.#engine.log.error({ err: error, execution: attempt.run.executionId }, 'writing a step failed')
      this.#events.fenced()
    } finally {
      attempt.child?.settled(attempt.runNumber, record)
    }
  }

  /**
   * Writes again when the database comes back: as long as the lease holds, the run is ours, and what its step did is not
   * done twice for a restart of PostgreSQL. A write that had been committed before changes nothing.
   */
  async #whenItIsThere(write: () => Promise<boolean>): Promise<boolean> {
    for (let failures = 1; ; failures++) {
      try {
        return await write()
      } catch (error) {
        if (!(isUnavailable(error) || isDeadlock(error)) || this.#attempt.ended) throw error
        await sleep(backoffMs(failures, PAUSE), null, { ref: false })
        // The run may have left meanwhile; no call waits for this any more.
        if (this.#attempt.ended) throw error
      }
    }
  }

  #forgetStart(key: string): void {
    this.#keys.add(key)
    clearTimeout(this.#started.get(key)?.timer)
    this.#started.delete(key)
  }

  #changed(): void {
    this.#engine.notifier.publish(`execution:${this.#attempt.run.executionId}`)
  }

  #write({ key, name, occurrence, branch, position, kind }: StepPlace): StepWrite {
    const { run } = this.#attempt
    return {
      key,
      name,
      occurrence,
      branch,
      position,
      kind,
      executionId: run.executionId,
      claim: run.claim,
      workerId: this.#workerId,
      orgId: run.scope.orgId,
      status: 'running',
      ordinal: null,
      attempts: [],
      startedAt: 0,
      endedAt: null,
      dueAt: null,
      output: null,
      error: null,
      hasUndo: false,
    }
  }
}

function redactedError(error: StepEnded['error'], redactor: Attempt['redactor']): StepEnded['error'] {
  // A sign that PostgreSQL cannot read would keep the run's page from being shown.
  const shown = (text: string, max: number) => storedText(redactor.text(text).slice(0, max))
  return (
    error && {
      type: shown(error.type, TYPE_LENGTH_MAX),
      message: shown(error.message, MESSAGE_LENGTH_MAX),
      stack: shown(error.stack, STACK_LENGTH_MAX),
    }
  )
}
