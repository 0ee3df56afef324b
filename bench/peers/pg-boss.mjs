import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { counter, drained, fill, until } from './measure.mjs'

/** A queue that keeps its ended jobs for a time; workers poll, here in batches and without a pause while there is work. */
export default function pgBoss() {
  /** @type {PgBoss} */
  let boss
  /** @type {pg.Pool} */
  let pool
  return {
    async start(/** @type {import('./host.mjs').Place} */ { folder: _, ...connection }) {
      pool = new pg.Pool({ ...connection, max: 1 })
      boss = new PgBoss({ ...connection, supervise: false, schedule: false })
      boss.on('error', () => {})
      await boss.start()
      await boss.createQueue('noop')
    },
    async drain(/** @type {number} */ runs) {
      const acceptMs = await fill(() => boss.send('noop', {}), runs)
      const counted = counter(runs)
      await boss.work(
        'noop',
        { batchSize: 100, localConcurrency: 4, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 },
        async (jobs) => {
          for (const _ of jobs) counted.count()
        },
      )
      await counted.all
      await until(async () => {
        const { rows } = await pool.query(
          `select 1 from pgboss.job where name = 'noop' and state < 'completed' limit 1`,
        )
        return rows.length === 0
      })
      const endedAt = performance.now()
      await boss.offWork('noop')
      return drained(runs, acceptMs, endedAt - counted.firstAt)
    },
    async stop() {
      await boss.stop({ graceful: false })
      await pool.end()
    },
  }
}
