import { requireOwnScope } from './acting.ts'
import { requireDurable } from './durable.ts'
import { StepError } from './errors.ts'
import { failureOf } from './failure.ts'
import { toJsonText } from './json.ts'
import { requireStepName } from './step-name.ts'
import { TableTransaction } from './tables.ts'

/** How often the function is called again because what it read was changed. */
const CONFLICTS_MAX = 20

/**
 * A step whose writes to tables and whose output are stored in one transaction: both or neither, exactly once. Its
 * function gets the transaction; other effects do not belong in it, because it may be called again before it is stored.
 * @example
 * await step.tx('book', async (tx) => {
 *   const account = await tx.get('accounts', id)
 *   tx.update('accounts', id, { balance: Number(account?.balance) - 10 })
 * })
 */
export async function stepTx<T>(name: string, fn: (tx: TableTransaction) => T | Promise<T>): Promise<T> {
  if (typeof fn !== 'function') throw new TypeError(`step.tx("${name}") needs a function.`)
  requireStepName(name)
  requireOwnScope('step.tx()', 'Write with the functions of tables in a step instead.')
  const run = requireDurable(`step.tx("${name}")`)
  const { place, known } = run.next('tx', name)
  if (known?.status === 'completed') {
    await run.replay(known)
    return JSON.parse(known.output ?? 'null') as T
  }
  if (known?.status === 'failed' && known.error) {
    await run.replay(known)
    throw new StepError(name, known.error.type, known.error.message, known.error.stack)
  }
  for (let conflicts = 0; ; conflicts++) {
    const startedAt = Date.now()
    const attempt = { attempt: 1, started_at: startedAt, ended_at: 0, error: null }
    run.started(place, 1)
    try {
      const tx = new TableTransaction()
      const value = await run.work(name, async () => fn(tx))
      const output = toJsonText(value, name)
      const attempts = [{ ...attempt, ended_at: Date.now() }]
      await run.record(place, {
        attempts,
        output,
        error: null,
        hasUndo: false,
        reads: tx.reads,
        writes: tx.writes,
      })
      return JSON.parse(output) as T
    } catch (thrown) {
      if ((thrown as { code?: unknown }).code === 'conflict' && conflicts < CONFLICTS_MAX) continue
      const { type, message, stack } = failureOf(thrown)
      const error = { type, message, stack }
      const attempts = [{ ...attempt, ended_at: Date.now(), error }]
      await run.record(place, { attempts, output: null, error, hasUndo: false })
      throw new StepError(name, type, message, stack)
    }
  }
}
