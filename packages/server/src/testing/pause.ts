import type { Database, Query } from '../platform/database.ts'

/** A point at which a statement is held until the test lets it go. */
export interface Pause {
  /** Resolves when the code has come to the point. */
  reached: Promise<void>
  go(): void
}

export interface PausableDatabase {
  db: Database
  /**
   * The next statement whose text or name contains `what` is held before it is sent; `commit` is one, too. In a
   * transaction all locks taken so far are kept meanwhile.
   */
  pauseBefore(what: string): Pause
}

/** The same database, with points at which a test can hold it: so that a race has the same outcome every time. */
export function pausable(db: Database): PausableDatabase {
  const points: { what: string; reached: PromiseWithResolvers<void>; go: PromiseWithResolvers<void> }[] = []
  const pass = async (text: string): Promise<void> => {
    const index = points.findIndex(({ what }) => text.includes(what))
    const [point] = index === -1 ? [] : points.splice(index, 1)
    if (!point) return
    point.reached.resolve()
    await point.go.promise
  }
  const wrapped = (query: Query): Query =>
    (async <Row>(text: string, values?: unknown[]) => {
      await pass(text)
      return (await query(text, values)) as Row[]
    }) as Query
  return {
    pauseBefore(what) {
      const point = { what, reached: Promise.withResolvers<void>(), go: Promise.withResolvers<void>() }
      points.push(point)
      return { reached: point.reached.promise, go: () => point.go.resolve() }
    },
    db: {
      ...db,
      query: wrapped(db.query),
      async prepared(name, text, values) {
        await pass(name)
        return db.prepared(name, text, values)
      },
      transaction: (work) =>
        db.transaction(async (query) => {
          const result = await work(wrapped(query))
          await pass('commit')
          return result
        }),
    },
  }
}
