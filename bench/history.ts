import { percentile, type Row } from './figures.ts'
import { callInTurn } from './load.ts'
import type { Platform } from './platform.ts'
import { poolOf } from './postgres.ts'
import type { Question } from './question.ts'

const CALLS = 40

export const history: Question = {
  name: 'history',
  title: 'A page of history (50 runs)',
  async measure(bench) {
    const platform = await bench.platform()
    const rows = bench.quick ? 100_000 : 1_000_000
    await fill(poolOf(await bench.database(), 1), rows)
    const cursor = await cursorAfter(platform, bench.quick ? 10_000 : 100_000)
    const middle = encodeURIComponent(new Date(Date.now() - 45 * 86_400_000).toISOString())
    // One workflow in three has columns.
    const claim = rows / 2 - ((rows / 2) % 3)
    const pages: Record<string, string> = {
      'first page': '',
      [`after ${bench.quick ? '10,000' : '100,000'} runs, by cursor`]: `cursor=${encodeURIComponent(cursor)}`,
      'from the middle, by date': `until=${middle}`,
      'failed ones': 'status=FAILED',
      'cancelled ones (1 in 1,000)': 'status=CANCELLED',
      'of one workflow': 'workflow=noop',
      'of one workflow, timed out (1 in 10,000)': 'workflow=patient&status=TIMEOUT',
      'succeeded, from the middle': `status=SUCCESS&until=${middle}`,
      'text in the error (1 in 2,000)': 'search=printer',
      'one display column, one run': `column=${encodeURIComponent(`Claim=C-${claim}`)}`,
      'two display columns (1 in 2,000)': 'column=Site%3DVienna&column=Urgent%3Dtrue',
      'text in a display column (1 in 6)': 'search=vienna',
      'text in a display column, one run': `search=C-${claim}`,
      'failed ones, with their number': 'status=FAILED&count=true',
      'all, with their number': 'count=true',
    }
    const answer: Row[] = []
    for (const [label, query] of Object.entries(pages)) {
      const target = platform.target({ method: 'GET', path: `/api/executions?limit=50&${query}` })
      const times = await callInTurn(target, CALLS, 3)
      answer.push({
        label: `${label}, p95`,
        unit: 'ms',
        better: 'lower',
        cells: { bifrost: percentile(times, 95) },
        goal: 50,
        floor: { value: 200, why: 'fixed' },
      })
    }
    return {
      rows: answer,
      notes: [
        `${rows.toLocaleString('en-GB')} executions of the last 90 days; the time is the whole HTTP call's`,
      ],
    }
  },
}

/** Straight into the tables, as months of use would have left them, vacuumed and analyzed. */
async function fill(pool: ReturnType<typeof poolOf>, rows: number): Promise<void> {
  try {
    for (let from = 0; from < rows; from += 100_000)
      await pool.query(INSERT, [from, Math.min(from + 100_000, rows) - 1, rows])
    await pool.query('vacuum analyze executions')
  } finally {
    await pool.end()
  }
}

// Newest last. One workflow in three; 95 % succeed.
const INSERT = `
with w as (select array_agg(id order by name) as ids, array_agg(name order by name) as names
           from workflows where name in ('chatty', 'noop', 'patient')),
org as (select org_id, id as user_id from users order by created_at limit 1),
made as (
  select n, interval '90 days' * (1 - n::float8 / $3) as ago, 1 + n % 3 as which from generate_series($1::int, $2::int) n
)
insert into executions (id, org_id, user_id, workflow_id, workflow_name, status, type, trigger, code_version, created_at,
  started_at, ended_at, duration_ms, timeout_ms, attempt, max_attempts, log_count, error_type, error_message, input, result, columns)
select uuidv7(-ago), org.org_id, org.user_id, w.ids[which], w.names[which], status, 'workflow', 'api', 'bench', now() - ago,
  now() - ago, now() - ago + interval '120 ms', 120, 1800000, 1, 1, 4,
  case when status in ('FAILED', 'TIMEOUT') then 'Error' end,
  case when status in ('FAILED', 'TIMEOUT') then case when n % 2000 = 7 then 'The printer is on fire' else 'Connection refused' end end,
  '{"name":"Ada Lovelace","department":"Engineering","licenses":["E3","Visio"]}',
  case when status = 'SUCCESS' then '{"created":true,"steps":4}'::json end,
  case when n % 3 = 0 then jsonb_build_object('Claim', 'C-' || n, 'Site', case when n % 2 = 0 then 'Vienna' else 'Berlin' end,
    'Urgent', n % 999 = 0) end
from made, w, org, lateral (select case
  when n % 1000 = 1 then 'CANCELLED' when n % 3 = 2 and n % 10000 < 3 then 'TIMEOUT' when n % 20 = 7 then 'FAILED'
  else 'SUCCESS' end as status) s`

/** Walks the pages like an export would, to a place that no offset reaches cheaply. */
async function cursorAfter(platform: Platform, runs: number): Promise<string> {
  let cursor = ''
  for (let seen = 0; seen < runs; seen += 200) {
    const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
    const page = await platform.api<{ items: unknown[]; next_cursor: string | null }>(
      'GET',
      `/api/executions?limit=200${query}`,
    )
    if (page.next_cursor === null) throw new Error(`History ended after ${seen + page.items.length} runs.`)
    cursor = page.next_cursor
  }
  return cursor
}
