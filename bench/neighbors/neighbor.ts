import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Caller, call, good } from './client.ts'

/** The milliseconds of each call, by what was called, and what went wrong. */
export interface Measured {
  times: Record<string, number[]>
  errors: Record<string, number>
}

const PAUSE_MS = 20

/** What a well-behaved organization does all day: a run, and the pages around it, one call at a time. */
export async function beNeighbor(caller: Caller, isOver: () => boolean): Promise<Measured> {
  const measured: Measured = { times: { noop: [], executions: [], workflows: [], run: [] }, errors: {} }
  let lastRun: string | null = null
  const timed = async (what: string, method: string, path: string, body?: unknown) => {
    const startedAt = performance.now()
    const answer = await call(caller, method, path, body).catch(() => null)
    const tookMs = performance.now() - startedAt
    measured.times[what]?.push(tookMs)
    const isGood =
      answer !== null && answer.status < 400 && (what !== 'noop' || answer.text.includes('SUCCESS'))
    if (!isGood) {
      const error = `${what}: ${answer?.status ?? 'no answer'}`
      measured.errors[error] = (measured.errors[error] ?? 0) + 1
    }
    return isGood ? answer : null
  }
  while (!isOver()) {
    const ran = await timed('noop', 'POST', '/api/workflows/noop/execute', { input: {} })
    if (ran) lastRun = (JSON.parse(ran.text) as { execution_id: string }).execution_id
    await timed('executions', 'GET', '/api/executions')
    await timed('workflows', 'GET', '/api/workflows')
    if (lastRun) await timed('run', 'GET', `/api/executions/${lastRun}`)
    await sleep(PAUSE_MS)
  }
  return measured
}

export async function makeOrganization(
  admin: Caller,
  name: string,
): Promise<{ caller: Caller; slug: string }> {
  const { id, slug } = await good<{ id: string; slug: string }>(admin, 'POST', '/api/organizations', { name })
  return { caller: { ...admin, orgId: id }, slug }
}

/** The hostile organization's process. */
export interface Hostile {
  /** How many of its runs sleep, once it is ready and begins. */
  ready: Promise<number>
  /** Answers by kind and status, at its end. */
  counts: Promise<Record<string, Record<string, number>>>
  kill(): void
}

export function startHostile(
  { url, apiKey, orgId = '' }: Caller,
  slug: string,
  options: { sleeping: number; seconds: number; mix?: boolean },
): Hostile {
  const args = ['--url', url, '--key', apiKey, '--org', orgId, '--slug', slug]
  args.push('--sleeping', String(options.sleeping), '--seconds', String(options.seconds))
  if (options.mix) args.push('--mix')
  const process_: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'hostile.ts'), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ready = Promise.withResolvers<number>()
  const counts = Promise.withResolvers<Record<string, Record<string, number>>>()
  if (process_.stdout)
    createInterface({ input: process_.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { sleeping?: number; counts?: Record<string, Record<string, number>> }
      if (said.sleeping !== undefined) ready.resolve(said.sleeping)
      if (said.counts) counts.resolve(said.counts)
    })
  process_.on('exit', (code) => {
    const error = new Error(`the hostile organization's process ended with ${code}`)
    ready.reject(error)
    counts.reject(error)
  })
  counts.promise.catch(() => {})
  ready.promise.catch(() => {})
  return { ready: ready.promise, counts: counts.promise, kill: () => void process_.kill() }
}

export const countsText = (counts: Record<string, Record<string, number>>): string =>
  Object.entries(counts)
    .map(
      ([kind, byStatus]) =>
        `${kind} ${Object.entries(byStatus)
          .map(([status, count]) => `${status}: ${count.toLocaleString('en-US')}`)
          .join(', ')}`,
    )
    .join('; ')
