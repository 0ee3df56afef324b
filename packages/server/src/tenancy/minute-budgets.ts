import type { Query } from '../platform/database.ts'

/** What this process has taken of a quota, and has not used yet. */
interface Budget {
  left: number
  /** The minute it was taken in, by the database's clock. */
  minute: number
  /** By our clock: the minute is over then. */
  untilMs: number
  /** As much as this was refused, and would be until then. */
  refused: { count: number; untilMs: number; seconds: number } | null
  taking: Promise<void> | null
}

/** What was refused is not asked for again within this time. */
const REFUSED_MS = 200

/**
 * Counts what happens in a minute, exactly in all processes together: each takes a tenth of what is left from the
 * database, and counts in memory until it has used that. Most of the time, counting costs nothing.
 */
export class MinuteBudgets {
  readonly #query: Query
  readonly #nowMs: () => number
  readonly #budgets = new Map<string, Budget>()

  constructor(query: Query, nowMs: () => number) {
    this.#query = query
    this.#nowMs = nowMs
  }

  /**
   * Null when it may happen; otherwise in how many seconds to try again. Answers at once as long as this process has some
   * left.
   */
  take(orgId: string, name: string, limit: number, count: number): null | Promise<number | null> {
    const budget = this.#budgetOf(`${name}/${orgId}`)
    return this.#use(budget, count) ? null : this.#takeMore(budget, { orgId, name, limit, count })
  }

  /** Limits have changed: what was taken is given up, and what was refused is asked for again. */
  forgetRefusals(): void {
    for (const [key, budget] of this.#budgets) {
      budget.refused = null
      if (budget.untilMs < this.#nowMs() - 60_000 && !budget.taking) this.#budgets.delete(key)
    }
  }

  #budgetOf(key: string): Budget {
    const known = this.#budgets.get(key)
    if (known) return known
    const budget: Budget = { left: 0, minute: 0, untilMs: 0, refused: null, taking: null }
    this.#budgets.set(key, budget)
    return budget
  }

  #use(budget: Budget, count: number): boolean {
    if (budget.left < count || this.#nowMs() >= budget.untilMs) return false
    budget.left -= count
    return true
  }

  async #takeMore(
    budget: Budget,
    wanted: { orgId: string; name: string; limit: number; count: number },
  ): Promise<number | null> {
    for (;;) {
      if (this.#use(budget, wanted.count)) return null
      const { refused } = budget
      if (refused && refused.count <= wanted.count && this.#nowMs() < refused.untilMs) return refused.seconds
      budget.taking ??= this.#ask(budget, wanted).finally(() => {
        budget.taking = null
      })
      await budget.taking
    }
  }

  async #ask(
    budget: Budget,
    { orgId, name, limit, count }: { orgId: string; name: string; limit: number; count: number },
  ): Promise<void> {
    const askedMs = this.#nowMs()
    const { left, minute } = budget
    const [row] = await this.#query<{ granted: number; in_minute: number; left_ms: number }>(
      `select granted::float8, in_minute::float8, left_ms from take_quota($1, $2, $3, $4, $5, $6)`,
      [orgId, name, limit, count, left, minute],
    )
    if (!row) throw new Error('take_quota gave no row')
    budget.untilMs = askedMs + row.left_ms
    // What was left over from an earlier minute was given back with the question.
    budget.left = row.granted + (row.in_minute === minute ? budget.left : 0)
    budget.minute = row.in_minute
    budget.refused =
      row.granted > 0
        ? null
        : {
            count,
            untilMs: this.#nowMs() + REFUSED_MS,
            seconds: Math.max(1, Math.ceil(row.left_ms / 1000)),
          }
  }
}
