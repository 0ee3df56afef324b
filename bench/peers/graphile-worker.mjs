import { makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'
import { counter, drained, fill, inTurn, until } from './measure.mjs'

const batched = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }

/**
 * A queue without history: a job that ended is deleted. `batched` is its fast setting, which claims and completes
 * several jobs in a statement.
 * @param {string} variant
 */
export default function graphileWorker(variant) {
  /** @type {pg.Pool} */
  let pool
  /** @type {Awaited<ReturnType<typeof makeWorkerUtils>>} */
  let utils
  /** @type {Awaited<ReturnType<typeof run>> | undefined} */
  let runner
  let ran = () => {}
  const silent = /** @type {any} */ ({ error() {}, warn() {}, info() {}, debug() {}, scope: () => silent })
  const work = async () => {
    runner = await run({
      pgPool: pool,
      taskList: { noop: async () => ran() },
      noHandleSignals: true,
      logger: silent,
      preset: { worker: { concurrentJobs: 24, ...(variant === 'batched' ? batched : {}) } },
    })
  }
  return {
    async start(/** @type {import('./host.mjs').Place} */ { folder: _, ...connection }) {
      pool = new pg.Pool({ ...connection, max: 26 })
      pool.on('error', () => {})
      utils = await makeWorkerUtils({ pgPool: pool, logger: silent })
      await utils.migrate()
    },
    /** From adding a job to its function having been called: what a queue has in place of a call. */
    async callInTurn(/** @type {number} */ calls) {
      await work()
      const times = await inTurn(async () => {
        const called = new Promise((resolve) => {
          ran = () => resolve(undefined)
        })
        await utils.addJob('noop', {})
        await called
      }, calls)
      await runner?.stop()
      return times
    },
    async drain(/** @type {number} */ runs) {
      const acceptMs = await fill(() => utils.addJob('noop', {}), runs)
      const counted = counter(runs)
      ran = counted.count
      await work()
      await counted.all
      await until(async () => {
        const { rows } = await pool.query('select 1 from graphile_worker._private_jobs limit 1')
        return rows.length === 0
      })
      const endedAt = performance.now()
      await runner?.stop()
      return drained(runs, acceptMs, endedAt - counted.firstAt)
    },
    async stop() {
      await utils.release()
      await pool.end()
    },
  }
}
