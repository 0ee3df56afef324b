import { setTimeout as sleep } from 'node:timers/promises'
import { percentile, type Row } from './figures.ts'
import { poolOf } from './postgres.ts'
import type { Question } from './question.ts'

const WOKEN = 10

export const events: Question = {
  name: 'events',
  title: 'Many runs wait, and one event wakes ten of them',
  async measure(bench) {
    const platform = await bench.platform()
    const pool = poolOf(await bench.database(), 1)
    const samples = bench.quick ? 5 : 30
    const rows: Row[] = []
    const waiting = async (): Promise<number> =>
      (
        await pool.query<{ count: number }>(
          `select count(*)::int as count from executions where workflow_name = 'waiter' and status = 'SUSPENDED'`,
        )
      ).rows[0]?.count ?? 0
    const untilWaiting = async (count: number) => {
      const giveUpAt = Date.now() + 180_000
      while ((await waiting()) < count) {
        if (Date.now() > giveUpAt) throw new Error(`Only ${await waiting()} of ${count} runs wait.`)
        await sleep(50)
      }
    }
    /** How long the answer took, and how long it took until the last of the ten had continued and ended. */
    const emit = async (orderId: number): Promise<{ answerMs: number; endedMs: number }> => {
      const startedMs = performance.now()
      const { event_id, woken } = await platform.api<{ event_id: string; woken: number }>(
        'POST',
        '/api/events',
        { name: 'bench.paid', payload: { orderId, amount: 12.5 } },
      )
      const answerMs = performance.now() - startedMs
      if (woken !== WOKEN) throw new Error(`The event woke ${woken} runs.`)
      for (;;) {
        const { rows: found } = await pool.query<{ ended: number; ms: number }>(
          `select count(e.ended_at)::int as ended, extract(epoch from max(e.ended_at) - max(v.created_at))::float8 * 1000 as ms
           from events v join event_deliveries d on d.event_id = v.id join executions e on e.id = d.execution_id where v.id = $1`,
          [event_id],
        )
        if (found[0]?.ended === WOKEN) return { answerMs, endedMs: found[0].ms }
        await sleep(2)
      }
    }
    try {
      for (const count of bench.quick ? [1_000] : [1_000, 10_000]) {
        await platform.api('POST', '/api/workflows/waiters/execute', { input: { count } })
        await untilWaiting(count)
        await bench.postgres.settle()
        const times = []
        // The first one meets plans and code that were not used before.
        for (let order = 0; order <= samples; order++) times.push(await emit(order))
        times.shift()
        const label = `${count.toLocaleString('en-GB')} waiting`
        rows.push(
          {
            label: `${label}: all ten woken (the answer), p95`,
            unit: 'ms',
            better: 'lower',
            cells: {
              bifrost: percentile(
                times.map((time) => time.answerMs),
                95,
              ),
            },
            goal: 50,
            floor: { value: 200, why: 'fixed' },
          },
          {
            label: `${label}: all ten continued and ended, p95`,
            unit: 'ms',
            better: 'lower',
            cells: {
              bifrost: percentile(
                times.map((time) => time.endedMs),
                95,
              ),
            },
          },
        )
        await pool.query(`delete from waits where kind = 'event'`)
        await pool.query(
          `update executions set status = 'CANCELLED', ended_at = now() where workflow_name = 'waiter' and status = 'SUSPENDED'`,
        )
      }
    } finally {
      await pool.end()
    }
    return {
      rows,
      notes: [
        'the answer comes when the event, the ten answers and the ten places in the queue are committed',
        'continuing is a replay in a warm child; the time runs from the event in the database to the last end',
      ],
    }
  },
}
