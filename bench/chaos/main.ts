import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { silentLog } from '../../packages/server/src/platform/log.ts'
import { startEmbedded } from '../../packages/server/src/platform/postgres/embedded.ts'
import { findPython } from '../../packages/server/src/worker/runtimes/find-python.ts'
import { startLedger } from './ledger.ts'
import { Part } from './parts.ts'
import { type EndedRun, judge } from './verdict.ts'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '500' },
    seed: { type: 'string' },
    help: { type: 'boolean' },
  },
})

const help = `npm run chaos -- [options]

Runs of ten steps in TypeScript and Python, each with an effect outside, on an API, two workers, a scheduler and PostgreSQL, while all of these and
the processes of user code are killed (kill -9) or frozen at random times. Afterwards every run must have ended well, no
effect may be missing, and no step may have run again whose successor had begun. Exit code 1 when that is not so.

  --runs <n>   How many runs; 500 by default
  --seed <n>   The dice: what is killed, and when; printed, so that it can be given again
`

const STEPS = 10
const ADMIN_KEY = 'chaos-key-0123456789-0123456789-0123456789'
/** Runs begin over so long, so that what dies meets runs of every age. */
const START_MS_PER_RUN = 60
const PAUSE_MS = { from: 150, to: 1_000 }
/** Between two kills of user code: a run whose process dies again and again in one step is ended, rightly. */
const CHILD_PAUSE_MS = 2_500
const FREEZE_MS = 12_000
const END_MS_MAX = 180_000

const IN_TYPESCRIPT = `import { sleep, step, workflow } from 'bifrost'

/** Ten steps, each with an effect outside; it sleeps twice. */
export const chaos = workflow({ timeoutSeconds: 900 }, async (run: number, ledger: string) => {
  for (let n = 1; n <= ${STEPS}; n++) {
    await step('step-' + n, async () => {
      const note = async (what: string) => (await fetch(ledger + '/?run=' + run + '&step=' + n + '&what=' + what)).text()
      await note('begun')
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300))
      await note('effect')
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50))
      return n
    })
    if (n === 3) await sleep(0.2)
    if (n === 7) await sleep(1.5)
  }
  return run
})
`

/** The same in Python, whose code blocks its process. */
const IN_PYTHON = `import random, time
from urllib.request import urlopen
from bifrost import sleep, step, workflow


@workflow(name="chaos_python", timeout_seconds=900)
async def chaos_python(run: int, ledger: str):
    for n in range(1, ${STEPS} + 1):
        def body(n=n):
            def note(what):
                with urlopen(f"{ledger}/?run={run}&step={n}&what={what}") as answer:
                    answer.read()
            note("begun")
            time.sleep(random.random() * 0.3)
            note("effect")
            time.sleep(random.random() * 0.05)
            return n
        await step(f"step-{n}", body)
        if n == 3:
            await sleep(0.2)
        if n == 7:
            await sleep(1.5)
    return run
`

/** A small generator with a seed (mulberry32). */
function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

async function run(runs: number, seed: number): Promise<boolean> {
  const random = dice(seed)
  const startedAt = performance.now()
  const scratch = mkdtempSync(join(tmpdir(), 'bifrost-chaos-'))
  // PostgreSQL and children are other users when we are root, and have to get through.
  chmodSync(scratch, 0o711)
  for (const folder of ['data', 'postgres', 'workspace']) mkdirSync(join(scratch, folder), { mode: 0o711 })
  writeFileSync(join(scratch, 'workspace/chaos.ts'), IN_TYPESCRIPT)
  writeFileSync(join(scratch, 'workspace/chaos.py'), IN_PYTHON)
  const python = await findPython(null)
  const names = 'problem' in python ? ['chaos'] : ['chaos', 'chaos_python']
  const ledger = await startLedger()
  const ledgerAt = performance.now()
  const postgres = await startEmbedded({ dataDir: join(scratch, 'postgres'), log: silentLog })
  const { host = '', port, user, password } = postgres.connection
  const url = `postgres://${user}:${encodeURIComponent(String(password))}@${encodeURIComponent(host)}:${port}/postgres`
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    PORT: '0',
    DATABASE_URL: url,
    BIFROST_DATA_DIR: join(scratch, 'data'),
    BIFROST_WORKSPACE: join(scratch, 'workspace'),
    BIFROST_SECRET_KEY: 'chaos-secret-0123456789-0123456789',
    BIFROST_ADMIN_EMAIL: 'chaos@example.com',
    BIFROST_ADMIN_PASSWORD: 'correct-horse-battery',
    BIFROST_ADMIN_API_KEY: ADMIN_KEY,
    // Where the steps say what they did.
    BIFROST_EGRESS_ALLOW: '127.0.0.1',
    LOG_LEVEL: 'error',
  }
  const api = new Part({ as: 'api', env })
  const workers = [new Part({ as: 'worker', env }), new Part({ as: 'worker', env })]
  const scheduler = new Part({ as: 'scheduler', env })
  const parts = [api, scheduler, ...workers]
  const clean = async () => {
    await Promise.all(parts.map((part) => part.stop()))
    await postgres.stop()
    await ledger.stop()
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10 })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void clean().finally(() => process.exit(130)))

  try {
    await api.start()
    await Promise.all([scheduler, ...workers].map((part) => part.start()))
    say(`chaos: ${runs} runs of ${STEPS} steps, --seed ${seed}`)
    if ('problem' in python) say(`TypeScript alone: ${python.problem}`)

    const killed: Record<string, number> = {}
    const strikes: string[] = []
    let calm = false
    const kills = (async () => {
      while (!calm) {
        await sleep(PAUSE_MS.from + random() * (PAUSE_MS.to - PAUSE_MS.from))
        if (calm) return
        const what = strike(random, { api, workers, scheduler, postgresData: join(scratch, 'postgres') })
        if (!what) continue
        killed[what] = (killed[what] ?? 0) + 1
        strikes.push(`${((performance.now() - ledgerAt) / 1000).toFixed(2)} s: ${what}`)
      }
    })()

    await Promise.all(
      Array.from({ length: runs }, async (_, n) => {
        await sleep(n * START_MS_PER_RUN)
        await accept(api, names[n % names.length] ?? '', n, ledger.url)
      }),
    )
    const acceptedAt = performance.now()
    // What is under way now still has its share of bad luck.
    await sleep(2_000)
    calm = true
    await kills
    const ended = await whenAllEnded(url, runs)
    const verdict = judge(runs, STEPS, ledger.effects, ended)

    say('')
    const rows: [string, string | number][] = [
      ['runs accepted', runs],
      ['… and ended SUCCESS', ended.filter(({ status }) => status === 'SUCCESS').length],
      ['effects outside', verdict.effects],
      ['… of which a step under way that ran again', verdict.repeated],
      ...Object.entries(killed).map(([what, count]): [string, number] => [what, count]),
      ['seconds until all were accepted', ((acceptedAt - startedAt) / 1000).toFixed(1)],
      ['seconds until all had ended', ((performance.now() - startedAt) / 1000).toFixed(1)],
      ['violations', verdict.violations.length],
    ]
    const width = Math.max(...rows.map(([label]) => label.length))
    for (const [label, value] of rows) say(`  ${label.padEnd(width)}  ${value}`)
    const ends = new Map<string, number>()
    for (const { status, error } of ended)
      ends.set(`${status} ${error ?? ''}`, (ends.get(`${status} ${error ?? ''}`) ?? 0) + 1)
    if (ends.size > 1) for (const [end, count] of ends) say(`  ${count} × ${end}`)
    for (const violation of verdict.violations.slice(0, 50)) say(`VIOLATION: ${violation}`)
    if (verdict.violations.length > 0) say(`\nStrikes: ${strikes.join('; ')}`)
    if (verdict.violations.length > 0)
      for (const part of parts) if (part.said.length > 0) say(`\n${part.as} said: ${part.said.slice(-2_000)}`)
    return verdict.violations.length === 0
  } finally {
    await clean()
  }
}

let childKilledMs = 0

/** Does harm to one thing, and says to what. */
function strike(
  random: () => number,
  at: { api: Part; workers: Part[]; scheduler: Part; postgresData: string },
): string | null {
  const one = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  const chance = random()
  if (chance < 0.5) {
    if (performance.now() - childKilledMs < CHILD_PAUSE_MS) return null
    childKilledMs = performance.now()
    const pid = one(at.workers.flatMap((worker) => worker.children()))
    return pid && kill(pid) ? 'processes of user code killed' : null
  }
  if (chance < 0.65) return end(one(at.workers), 'workers killed')
  if (chance < 0.75) return end(at.api, 'API killed')
  if (chance < 0.85) return end(at.scheduler, 'scheduler killed')
  if (chance < 0.91) {
    const worker = one(at.workers)
    if (!worker?.isReady) return null
    worker.signal('SIGSTOP')
    setTimeout(() => worker.signal('SIGCONT'), FREEZE_MS)
    return 'workers frozen for longer than their lease'
  }
  const postmaster = postmasterOf(at.postgresData)
  return postmaster && kill(postmaster) ? 'PostgreSQL killed' : null
}

function end(part: Part | undefined, what: string): string | null {
  if (!part?.isReady) return null
  part.signal('SIGKILL')
  return what
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

function postmasterOf(dataDir: string): number | null {
  try {
    return Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]) || null
  } catch {
    return null
  }
}

/** Asks until the answer is there; the key makes sure that it is one run, however often it is asked for. */
async function accept(api: Part, name: string, n: number, ledger: string): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(`${api.url}/api/workflows/${name}/run`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${ADMIN_KEY}`,
          'content-type': 'application/json',
          'idempotency-key': `run-${n}`,
        },
        body: JSON.stringify({ input: { run: n, ledger }, idempotency_key: `run-${n}` }),
        signal: AbortSignal.timeout(10_000),
      })
      const text = await response.text()
      if (response.ok) return
      if (response.status < 500) throw new TypeError(`run ${n} was refused: ${text}`)
    } catch (error) {
      if (error instanceof TypeError && error.message.startsWith('run ')) throw error
    }
    await sleep(100)
  }
}

async function whenAllEnded(url: string, runs: number): Promise<EndedRun[]> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  pool.on('error', () => {})
  try {
    for (const giveUpAt = performance.now() + END_MS_MAX; ; ) {
      const { rows } = await pool
        .query<{ open: number; all: number }>(
          `select count(*)::int as all, count(*) filter (where ended_at is null)::int as open from executions`,
        )
        .catch(() => ({ rows: [] }))
      if (rows[0]?.open === 0 && rows[0].all >= runs) break
      if (performance.now() > giveUpAt) break
      await sleep(200)
    }
    const stuck = await pool.query(
      `select e.id, e.status, q.*, p.pid, w.lease_until - now() as lease, (select json_agg(s) from waits s where s.execution_id = e.id) as waits
       from executions e left join queue q on q.execution_id = e.id left join processes p on p.id = q.worker_id
       left join workers w on w.id = q.worker_id where e.ended_at is null`,
    )
    for (const row of stuck.rows.slice(0, 5)) say(`STUCK: ${JSON.stringify(row)}`)
    const { rows } = await pool.query<EndedRun>(
      `select (e.input->>'run')::int as run, e.status, e.error_message as error,
         (select coalesce(array_agg(s.name), '{}') from execution_steps s
          where s.execution_id = e.id and s.kind = 'step' and s.status = 'completed') as steps
       from executions e`,
    )
    return rows
  } finally {
    await pool.end()
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

if (options.help) say(help)
else {
  const seed = Number(options.seed ?? Math.floor(Math.random() * 1_000_000))
  process.exitCode = (await run(Number(options.runs), seed)) ? 0 : 1
}
