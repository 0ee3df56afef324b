import { setTimeout as sleep } from 'node:timers/promises'
import { percentile, type Row } from './figures.ts'
import { callInTurn } from './load.ts'
import type { Platform } from './platform.ts'
import { poolOf } from './postgres.ts'
import type { Question } from './question.ts'

const CALLS = 40
const INDEXES = ['number', 'city', 'created']
const BUILD_MS_MAX = 20 * 60_000

interface Described {
  id: string
  indexes: { state: string; error: string | null }[]
}

export const tables: Question = {
  name: 'tables',
  title: 'A table of 1,000,000 rows',
  async measure(bench) {
    const platform = await bench.platform()
    const rows = bench.quick ? 50_000 : 1_000_000
    const { id } = await platform.api<Described>('POST', '/api/tables', { name: 'bench' })
    const pool = poolOf(await bench.database(), 1)
    let buildMs: number
    try {
      await fill(pool, id, rows)
      buildMs = await index(platform)
      await pool.query('vacuum analyze table_rows')
    } finally {
      await pool.end()
    }
    const deep = await platform.api<{ next_cursor: string }>('POST', '/api/tables/bench/query', {
      order_by: [{ field: 'number' }],
      where: { number: { gte: Math.floor(rows / 2) } },
      limit: 1,
      skip_count: true,
    })
    const queries: Record<string, object> = {
      'first page of 50': {},
      'page by an indexed field': { order_by: [{ field: 'created', descending: true }] },
      'from the middle, by cursor': {
        order_by: [{ field: 'number' }],
        where: { number: { gte: rows / 2 } },
        cursor: deep.next_cursor,
      },
      'one row by an indexed field': { where: { number: rows / 2 } },
      'a range of an indexed field': { where: { created: { gte: '2026-06-01', lt: '2026-06-03' } } },
      'a beginning, in order': {
        where: { city: { startsWith: 'Vi' } },
        order_by: [{ field: 'number', descending: true }],
      },
      'with the number, estimated': { estimate_count: true, skip_count: false },
    }
    const answer: Row[] = []
    const measure = async (
      label: string,
      path: string,
      body: object,
      goal: number,
      floor: number,
      calls = CALLS,
    ) => {
      const target = platform.target({
        method: 'POST',
        path,
        body: JSON.stringify(body),
        status: path.endsWith('rows') ? 201 : 200,
      })
      const times = await callInTurn(target, calls, 3)
      answer.push({
        label: `${label}, p95`,
        unit: 'ms',
        better: 'lower',
        cells: { bifrost: percentile(times, 95) },
        goal,
        floor: { value: floor, why: 'fixed' },
      })
    }
    for (const [label, query] of Object.entries(queries))
      await measure(label, '/api/tables/bench/query', { limit: 50, skip_count: true, ...query }, 50, 200)
    await measure(
      'counted, an indexed field',
      '/api/tables/bench/query',
      { limit: 1, where: { city: 'Vienna' } },
      500,
      2000,
      10,
    )
    await measure('counted, all rows', '/api/tables/bench/query', { limit: 1 }, 500, 2000, 10)
    await measure(
      'a filter without an index, counted',
      '/api/tables/bench/query',
      { limit: 50, where: { note: { contains: 'zebra' } } },
      2000,
      10_000,
      5,
    )
    await measure(
      'insert a row',
      '/api/tables/bench/rows',
      { rows: [{ data: { number: -1, city: 'Graz' } }] },
      20,
      100,
    )
    await measure(
      'insert 1,000 rows',
      '/api/tables/bench/rows',
      { rows: Array.from({ length: 1000 }, (_, n) => ({ data: { number: -n, city: 'Graz' } })) },
      500,
      2000,
      10,
    )
    await measure(
      'upsert a row',
      '/api/tables/bench/rows',
      { mode: 'upsert', rows: [{ id: 'r-77', data: { number: 77, city: 'Graz' } }] },
      20,
      100,
    )
    return {
      rows: answer,
      notes: [
        `${rows.toLocaleString('en-GB')} rows of a table with ${INDEXES.length} indexes, built in ${(buildMs / 1000).toFixed(0)} s while it could be used; the time is the whole HTTP call's`,
      ],
    }
  },
}

async function fill(pool: ReturnType<typeof poolOf>, table: string, rows: number): Promise<void> {
  for (let from = 0; from < rows; from += 100_000)
    await pool.query(INSERT, [table, from, Math.min(from + 100_000, rows) - 1])
}

const INSERT = `
insert into table_rows (table_id, id, org_id, data, created_at)
select t.id, 'r-' || n, t.org_id, jsonb_build_object('number', n, 'city', (array['Vienna', 'Graz', 'Linz', 'Villach', 'Salzburg'])[1 + n % 5],
  'created', to_char(timestamp '2026-01-01' + n * interval '30 seconds', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'total', n % 1000 / 10.0,
  'note', md5(n::text), 'open', n % 3 = 0), now() + n * interval '1 microsecond'
from tables t, generate_series($2::int, $3::int) n where t.id = $1`

/** Declares the indexes and waits for them. */
async function index(platform: Platform): Promise<number> {
  const startedAt = performance.now()
  for (const field of INDEXES) await platform.api('POST', '/api/tables/bench/indexes', { fields: [field] })
  for (;;) {
    const { indexes } = await platform.api<Described>('GET', '/api/tables/bench')
    const failed = indexes.find(({ state }) => state === 'failed')
    if (failed) throw new Error(`An index was not built: ${failed.error}`)
    const took = performance.now() - startedAt
    if (indexes.every(({ state }) => state === 'ready')) return took
    if (took > BUILD_MS_MAX) throw new Error('The indexes were not built in time.')
    await sleep(500)
  }
}
