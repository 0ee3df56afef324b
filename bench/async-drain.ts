import { setTimeout as sleep } from 'node:timers/promises'
import { median, type Row } from './figures.ts'
import { callAtOnce } from './load.ts'
import type { Drain } from './peers.ts'
import type { Platform } from './platform.ts'
import { poolOf } from './postgres.ts'
import type { Bench, Question } from './question.ts'

const CONNECTIONS = 64
const PEERS = ['graphile-worker', 'graphile-worker:batched', 'dbos', 'pg-boss', 'bullmq', 'bullmq:everysec']
const DRAIN_TIMEOUT_MS = 120_000

export const asyncDrain: Question = {
  name: 'async-drain',
  title: 'Async no-op runs: accepted while nothing takes them, then drained',
  async measure(bench) {
    const runs = bench.quick ? 2_000 : 10_000
    const platform = await bench.platform()
    const queue = await watchQueue(bench)
    const held: Drain[] = []
    const live: number[] = []
    try {
      await drainHeld(platform, queue, 1_000)
      for (let round = 0; round < (bench.quick ? 1 : 3); round += 1) {
        await bench.postgres.settle()
        held.push(await drainHeld(platform, queue, runs))
        live.push(await drainLive(platform, queue, runs))
      }
    } finally {
      await queue.close()
    }
    const peers: Record<string, Drain | string> = {}
    for (const name of PEERS) peers[name] = await bench.peers.use(name, (peer) => peer.drain(runs))
    const row = (label: string, figure: keyof Drain): Row => ({
      label,
      unit: '/s',
      better: 'higher',
      cells: {
        bifrost: median(held.map((one) => one[figure])),
        ...Object.fromEntries(
          Object.entries(peers).map(([name, one]) => [name, typeof one === 'string' ? one : one[figure]]),
        ),
      },
    })
    const graphile = peers['graphile-worker']
    const floor = typeof graphile === 'object' ? graphile.drainedPerSecond : undefined
    return {
      rows: [
        row('accepted, 64 callers', 'acceptedPerSecond'),
        {
          ...row('drained', 'drainedPerSecond'),
          goal: 15_000,
          floor: floor === undefined ? undefined : { value: floor, why: 'graphile-worker' },
        },
        row('accepted, then drained', 'bothPerSecond'),
        {
          label: 'accepted while they run, to the last end',
          unit: '/s',
          better: 'higher',
          cells: { bifrost: median(live) },
        },
      ],
      notes: [
        `${runs.toLocaleString('en-GB')} runs; ours over HTTP with full history, the peers' jobs are added in their own process`,
        'ours is timed from the instant that all runs are due, the peers from the moment their first job begins; all to the moment that nothing is left',
      ],
    }
  },
}

interface QueueWatch {
  /** Resolves when the queue is empty; polled as the peers' queues are. */
  empty(): Promise<void>
  succeeded(): Promise<number>
  close(): Promise<void>
}

async function watchQueue(bench: Bench): Promise<QueueWatch> {
  const pool = poolOf(await bench.database(), 1)
  return {
    async empty() {
      const giveUpAt = Date.now() + DRAIN_TIMEOUT_MS
      while ((await pool.query('select 1 from queue limit 1')).rows.length > 0) {
        if (Date.now() > giveUpAt) throw new Error('The queue was not empty after 2 minutes.')
        await sleep(5)
      }
    },
    async succeeded() {
      const { rows } = await pool.query<{ runs: string }>(
        `select count(*) as runs from executions where workflow_name = 'noop' and status = 'SUCCESS'`,
      )
      return Number(rows[0]?.runs)
    },
    close: () => pool.end(),
  }
}

/** All runs planned for one instant, far enough ahead that all are accepted by then. */
async function drainHeld(platform: Platform, queue: QueueWatch, runs: number): Promise<Drain> {
  const before = await queue.succeeded()
  const dueAt = Date.now() + 1_500 + runs / 2
  const { elapsedMs } = await accept(platform, runs, { scheduled_at: new Date(dueAt).toISOString() })
  if (Date.now() > dueAt) throw new Error('The runs were due before all of them were accepted.')
  await sleep(dueAt - Date.now())
  await queue.empty()
  const drainMs = Date.now() - dueAt
  await checkAll(queue, before, runs)
  return {
    acceptedPerSecond: (runs / elapsedMs) * 1000,
    drainedPerSecond: (runs / drainMs) * 1000,
    bothPerSecond: (runs / (elapsedMs + drainMs)) * 1000,
  }
}

async function drainLive(platform: Platform, queue: QueueWatch, runs: number): Promise<number> {
  const before = await queue.succeeded()
  const startedAt = performance.now()
  await accept(platform, runs, {})
  await queue.empty()
  const elapsedMs = performance.now() - startedAt
  await checkAll(queue, before, runs)
  return (runs / elapsedMs) * 1000
}

const accept = (platform: Platform, runs: number, options: object) =>
  callAtOnce(
    platform.target({
      method: 'POST',
      path: '/api/workflows/noop/run',
      body: JSON.stringify({ input: {}, ...options }),
      status: 202,
    }),
    CONNECTIONS,
    { calls: runs, forMs: Number.POSITIVE_INFINITY },
  )

async function checkAll(queue: QueueWatch, before: number, runs: number): Promise<void> {
  const ended = (await queue.succeeded()) - before
  if (ended !== runs) throw new Error(`${runs} runs were accepted, and ${ended} ended with success.`)
}
