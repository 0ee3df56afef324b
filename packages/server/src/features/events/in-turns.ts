import { isDeadlock } from '../../platform/database.ts'

/**
 * Work under one name is done one after the other. The database sees to that, too; here it keeps those that wait from
 * holding a connection each.
 */
export function inTurns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work, work)
    last.set(name, turn)
    const leave = () => {
      if (last.get(name) === turn) last.delete(name)
    }
    turn.then(leave, leave)
    return turn
  }
}

const TRIES_MAX = 5

/** PostgreSQL ends one of two transactions that wait for each other; nothing of it happened, so it is done again. */
export async function retryDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isDeadlock(error) || tries === TRIES_MAX) throw error
    }
  }
}
