import { readAnswered } from '../engine/run/journal.ts'
import type { Engine } from '../engine/types.ts'
import type { Attempt } from './attempt.ts'

/**
 * Waits of runs that stay in this worker, because something else of them continues. Each is told of its answer once, when
 * a notification says that it has come, or when a look finds it.
 */
export class ResidentWaits {
  readonly #engine: Engine
  readonly #waiting = new Map<Attempt, { keys: Set<string>; unsubscribe: () => void }>()
  #woken = new Set<Attempt>()
  #looking = false

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The wait is stored, and the run may learn of its answer; of one that came earlier at once. */
  add(attempt: Attempt, key: string, answered: boolean): void {
    const known = this.#waiting.get(attempt)
    if (known) known.keys.add(key)
    else {
      const topic = `woken:${attempt.run.executionId}` as const
      const unsubscribe = this.#engine.notifier.subscribe(topic, () => this.#lookAt([attempt]))
      this.#waiting.set(attempt, { keys: new Set([key]), unsubscribe })
    }
    if (answered) this.#lookAt([attempt])
  }

  /** The run has left, or is about to. */
  forget(attempt: Attempt): void {
    this.#waiting.get(attempt)?.unsubscribe()
    this.#waiting.delete(attempt)
    this.#woken.delete(attempt)
  }

  /** Looks at all of them: who said that an answer came may not have been heard. */
  look(): void {
    this.#lookAt(this.#waiting.keys())
  }

  #lookAt(attempts: Iterable<Attempt>): void {
    for (const attempt of attempts) this.#woken.add(attempt)
    if (this.#looking || this.#woken.size === 0) return
    this.#looking = true
    setImmediate(() => void this.#lookNow())
  }

  async #lookNow(): Promise<void> {
    const woken = [...this.#woken]
    this.#woken = new Set()
    const byId = new Map(woken.map((attempt) => [attempt.run.executionId, attempt]))
    const waits = woken.flatMap((attempt) =>
      [...(this.#waiting.get(attempt)?.keys ?? [])].map((key) => ({
        executionId: attempt.run.executionId,
        key,
      })),
    )
    try {
      const answered = waits.length > 0 ? await readAnswered(this.#engine.db.query, waits) : []
      for (const { executionId, entry } of answered) {
        const attempt = byId.get(executionId)
        if (attempt && this.#waiting.get(attempt)?.keys.delete(entry.key))
          attempt.child?.resolved(attempt.runNumber, entry)
      }
    } catch (error) {
      this.#engine.log.error({ err: error }, 'reading answers failed')
    }
    this.#looking = false
    if (this.#woken.size > 0) this.#lookAt([])
  }
}
