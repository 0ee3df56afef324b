import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { until, withServer } from '../../testing/server.ts'

const FIELDS = 45

test('large queries of one organization hold up no page of another, and too many are refused early', () =>
  withServer({}, async (server) => {
    const other = await server.person('org_admin', await server.organization('Other'))
    const dev = await server.person('developer', await server.organization('Hostile'))
    await dev.api(routes.createTable, { body: { name: 'heavy' } })
    await server.db.query(
      `insert into table_rows (id, table_id, org_id, data)
       select 'r' || n, t.id, t.org_id, json_build_object('text', repeat('a', 200) || n)::jsonb
       from generate_series(1, 100) n, tables t where t.name = 'heavy'`,
    )
    const where = Object.fromEntries(
      Array.from({ length: FIELDS }, (_, index) => [`f${index}`, { ne: `${index}` }]),
    )
    // One statement of the hostile organization stays, however fast the machine is: it waits for this lock.
    const held = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const holding = server.db.transaction(async (query) => {
      await query('lock table table_rows in access exclusive mode')
      locked.resolve()
      await held.promise
    })
    await locked.promise
    let answers: Promise<Response[]>
    try {
      const asked = Array.from({ length: 80 }, () =>
        dev.fetch('/api/tables/heavy/query', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ where, order_by: [{ field: 'text' }] }),
        }),
      )
      answers = Promise.all(asked)
      // Those that do not fit are told at once, although none of the others has ended.
      const early = await Promise.any(
        asked.map(async (one) => {
          const answer = await one
          if (answer.status !== 429) throw new Error(`answered ${answer.status}`)
          return answer
        }),
      )
      expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0)
      const atWork = await until('they wait for the lock', async () => {
        const [row] = await server.db.query<{ count: number }>(
          `select count(*)::int as count from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and state = 'active'`,
        )
        return row && row.count > 0 ? row.count : null
      })
      expect(atWork).toBeLessThanOrEqual(3)
      // The pages of another organization, while all of that waits.
      for (let index = 0; index < 20; index++)
        expect((await other.api(routes.listExecutions, { query: {} })).items).toEqual([])
    } finally {
      held.resolve()
      await holding
    }
    const statuses = (await answers).map((answer) => answer.status)
    expect(statuses).toContain(200)
    // 409: on a slow machine some have waited for the lock as long as they may.
    for (const status of statuses) expect([200, 409, 429]).toContain(status)
  }))
