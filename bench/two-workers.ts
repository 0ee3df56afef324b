import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Part } from './chaos/parts.ts'
import { callAtOnce } from './load.ts'
import { poolOf, urlOf } from './postgres.ts'
import type { Bench, Question } from './question.ts'
import { makeWorkspace } from './workspace.ts'

const KEY = 'bench-key-0123456789-0123456789-0123456789'
const GIVE_UP_MS = 180_000

export const twoWorkers: Question = {
  name: 'two-workers',
  title: 'Runs that wait for something outside (1 s each), with one worker process and with two',
  async measure(bench) {
    const workspace = await makeWorkspace(join(bench.scratch, 'two-workers-workspace'))
    const one = await drainedPerSecond(bench, workspace, 1)
    const two = await drainedPerSecond(bench, workspace, 2)
    return {
      rows: [
        { label: 'one worker', unit: '/s', better: 'higher', cells: { bifrost: one } },
        { label: 'two workers', unit: '/s', better: 'higher', cells: { bifrost: two } },
        {
          label: 'two, compared with one',
          unit: '×',
          better: 'higher',
          cells: { bifrost: two / one },
          goal: 1.9,
          floor: { value: 1.6, why: 'fixed' },
        },
      ],
      notes: ['a worker has 400 runs in hand at once; an API and a scheduler run beside it'],
    }
  },
}

async function drainedPerSecond(bench: Bench, workspace: string, workers: number): Promise<number> {
  const runs = bench.quick ? 1_600 : 8_000
  const place = await bench.postgres.database(`two_workers_${workers}`)
  const dataDir = join(bench.scratch, `two-workers-${workers}`)
  mkdirSync(dataDir, { mode: 0o711 })
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    PORT: '0',
    DATABASE_URL: urlOf(place),
    BIFROST_DATA_DIR: dataDir,
    BIFROST_WORKSPACE: workspace,
    BIFROST_ADMIN_EMAIL: 'bench@example.com',
    BIFROST_ADMIN_PASSWORD: 'correct-horse-battery',
    BIFROST_ADMIN_API_KEY: KEY,
    LOG_LEVEL: 'error',
  }
  const api = new Part({ as: 'api', env })
  const others = [
    new Part({ as: 'scheduler', env }),
    ...Array.from({ length: workers }, () => new Part({ as: 'worker', env })),
  ]
  const pool = poolOf(place, 1)
  try {
    await api.start()
    const { hostname: host, port } = new URL(api.url.replace('localhost', '127.0.0.1'))
    await callAtOnce(
      {
        host,
        port: Number(port),
        method: 'POST',
        path: '/api/workflows/idle/run',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        body: '{}',
        status: 202,
      },
      16,
      { calls: runs, forMs: Number.POSITIVE_INFINITY },
    )
    await bench.postgres.settle()
    await Promise.all(others.map((part) => part.start()))
    for (const giveUpAt = performance.now() + GIVE_UP_MS; ; ) {
      const { rows } = await pool.query<{ open: number; seconds: number }>(
        `select count(*) filter (where ended_at is null)::int as open,
           extract(epoch from max(ended_at) - min(started_at))::float8 as seconds from executions`,
      )
      if (rows[0]?.open === 0) return runs / rows[0].seconds
      if (performance.now() > giveUpAt) throw new Error(`${rows[0]?.open} of ${runs} runs have not ended`)
      await sleep(250)
    }
  } finally {
    await pool.end()
    await Promise.all([api, ...others].map((part) => part.stop()))
  }
}
