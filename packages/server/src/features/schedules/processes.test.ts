import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { openDatabase } from '../../platform/database.ts'
import { silentLog } from '../../platform/log.ts'
import { withProcesses } from '../../testing/processes.ts'
import { until } from '../../testing/server.ts'

const SCHEDULES = 20
const ROUNDS = 5

test(
  'three scheduler processes fire each fire time of twenty schedules once, though one of them is killed',
  () =>
    withProcesses(
      {
        'ticks.ts': `import { workflow } from 'bifrost'\nexport const ticks = workflow(async (n: number) => n)\n`,
      },
      async (processes) => {
        const api = await processes.start('api')
        const [first] = await Promise.all([
          processes.start('scheduler'),
          processes.start('scheduler'),
          processes.start('scheduler'),
          processes.start('worker'),
        ])
        const call = processes.client(api)
        const db = openDatabase(processes.database.connection, silentLog)
        try {
          for (let n = 0; n < SCHEDULES; n++)
            await call(routes.createSchedule, {
              body: { workflow: 'ticks', cron: '0 0 1 1 *', overlap: 'queue', input: { n } },
            })
          for (let round = 1; round <= ROUNDS; round++) {
            await db.query('update schedules set next_at = now()')
            if (round === 3) await first.kill()
            await until('every fire time has its run', async () => {
              const [row] = await db.query<{ count: number }>(
                `select count(*)::int as count from schedule_fire_times where status = 'started'`,
              )
              return row?.count === round * SCHEDULES
            })
          }
          const runs = await db.query<{ runs: number; times: number; schedules: number }>(
            `select count(*)::int as runs, count(distinct (origin_id, scheduled_at))::int as times,
             count(distinct origin_id)::int as schedules from executions where trigger = 'schedule'`,
          )
          const expected = SCHEDULES * ROUNDS
          expect(runs).toEqual([{ runs: expected, times: expected, schedules: SCHEDULES }])
          await until('all of them succeed', async () => {
            const [row] = await db.query<{ count: number }>(
              `select count(*)::int as count from executions where status = 'SUCCESS'`,
            )
            return row?.count === expected
          })
        } finally {
          await db.close()
        }
      },
    ),
  120_000,
)
