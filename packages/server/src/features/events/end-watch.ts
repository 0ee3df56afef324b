import type { Engine } from '../../engine/engine.ts'

interface Watched {
  unsubscribe(): void
  done: Promise<void>
  resolve(): void
}

/** Hears of the end of runs and does what follows. The sweep finds the ends that it misses. */
export function createEndWatch(engine: Engine, whenEnded: (id: string) => Promise<void>) {
  const watched = new Map<string, Watched>()

  const forget = (id: string) => {
    const one = watched.get(id)
    watched.delete(id)
    one?.unsubscribe()
    return one
  }

  return {
    /** `id` names what waits for the end of the run. */
    add(id: string, executionId: string): void {
      let looking = false
      const look = async () => {
        if (looking) return
        looking = true
        // One that is gone was settled by another process.
        const [live] = await engine.db
          .query('select from executions where id = $1 and ended_at is null', [executionId])
          .catch(() => [true])
        looking = false
        const one = live ? undefined : forget(id)
        if (one) await whenEnded(id).finally(one.resolve)
      }
      forget(id)?.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      const unsubscribe = engine.notifier.subscribe(`execution:${executionId}`, () => void look())
      watched.set(id, { unsubscribe, done: promise, resolve })
      // It may have ended before anybody listened.
      void look()
    },
    /** Resolves when what follows from the end is done, and at once for what is not watched. */
    done: (id: string): Promise<void> => watched.get(id)?.done ?? Promise.resolve(),
    stop(): void {
      for (const id of [...watched.keys()]) forget(id)?.resolve()
    },
  }
}
