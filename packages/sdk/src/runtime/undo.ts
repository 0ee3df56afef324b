import { failureOf } from '../failure.ts'
import type { DurableCalls } from './durable-calls.ts'

const ATTEMPTS_MAX = 3
const PAUSE_MS = 1000
const BRANCH = 'undo'

/**
 * Undoes what the run did, the latest step first. Each `undo` is a durable step of its own, so that after a crash none
 * runs twice. One that fails is recorded as failed, and the others still run.
 */
export function undoSteps(durable: DurableCalls, logError: (message: string) => void): Promise<void> {
  // Numbered apart from the code, which does not always come as far as the last time.
  return durable.inBranch(BRANCH, () => undoAll(durable, logError))
}

async function undoAll(durable: DurableCalls, logError: (message: string) => void): Promise<void> {
  for (const { place: done, undo } of durable.undos.toReversed()) {
    const name = `undo ${done.key}`
    const { place, known } = durable.next('undo', name)
    if (known && known.status !== 'running') {
      await durable.replay(known)
      continue
    }
    const attempts = []
    for (let attempt = 1; ; attempt++) {
      const startedAt = Date.now()
      durable.started(place, attempt)
      try {
        await durable.work(name, async () => undo())
        attempts.push({ attempt, started_at: startedAt, ended_at: Date.now(), error: null })
        await durable.record(place, { attempts, output: 'null', error: null, hasUndo: false })
        break
      } catch (thrown) {
        const { type, message, stack } = failureOf(thrown)
        attempts.push({
          attempt,
          started_at: startedAt,
          ended_at: Date.now(),
          error: { type, message, stack },
        })
        if (attempt < ATTEMPTS_MAX) {
          await durable.sleepInProcess(PAUSE_MS * attempt)
          continue
        }
        logError(`${name} failed ${attempt} times: ${message}`)
        await durable.record(place, {
          attempts,
          output: null,
          error: { type, message, stack },
          hasUndo: false,
        })
        break
      }
    }
  }
}
