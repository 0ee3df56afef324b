import type { PoolRun } from './pool.ts'

/** Runs that wait for a child process, by customer (whose share they count for) and by what their child must be; customers take turns. */
export class WaitingRuns {
  /** In the order of their turns. */
  readonly #byHolder = new Map<string, { keys: Map<string, PoolRun[]>; sinceMs: number }>()

  /** Customers, in the order in which they are to be served. */
  get holders(): string[] {
    return [...this.#byHolder.keys()]
  }

  get isEmpty(): boolean {
    return this.#byHolder.size === 0
  }

  add(key: string, run: PoolRun): void {
    const waiting = this.#byHolder.get(run.shareHolder) ?? { keys: new Map(), sinceMs: performance.now() }
    this.#byHolder.set(run.shareHolder, waiting)
    const runs = waiting.keys.get(key)
    if (runs) runs.push(run)
    else waiting.keys.set(key, [run])
  }

  /** Of the key that has waited longest of this customer's, the first run. */
  first(holder: string): { key: string; run: PoolRun } | null {
    const [entry] = this.#byHolder.get(holder)?.keys ?? []
    const [key, [run] = []] = entry ?? []
    return key !== undefined && run ? { key, run } : null
  }

  /** How long the customer has waited for its turn. */
  waitedMs(holder: string): number {
    const waiting = this.#byHolder.get(holder)
    return waiting ? performance.now() - waiting.sinceMs : 0
  }

  /** Up to `max` of the runs that wait for such a child. */
  take(holder: string, key: string, max: number): PoolRun[] {
    const runs = this.#byHolder.get(holder)?.keys.get(key)?.splice(0, max) ?? []
    this.#tidy(holder, key)
    return runs
  }

  /** The customer was served: the others come first now. */
  served(holder: string): void {
    const waiting = this.#byHolder.get(holder)
    if (!waiting) return
    this.#byHolder.delete(holder)
    waiting.sinceMs = performance.now()
    this.#byHolder.set(holder, waiting)
  }

  has(events: PoolRun['events']): boolean {
    return this.#byHolder
      .values()
      .some(({ keys }) => keys.values().some((runs) => runs.some((run) => run.events === events)))
  }

  withdraw(events: PoolRun['events']): boolean {
    for (const [holder, { keys }] of this.#byHolder)
      for (const [key, runs] of keys) {
        const index = runs.findIndex((run) => run.events === events)
        if (index === -1) continue
        runs.splice(index, 1)
        this.#tidy(holder, key)
        return true
      }
    return false
  }

  #tidy(holder: string, key: string): void {
    const waiting = this.#byHolder.get(holder)
    if (waiting?.keys.get(key)?.length === 0) waiting.keys.delete(key)
    if (waiting?.keys.size === 0) this.#byHolder.delete(holder)
  }
}
