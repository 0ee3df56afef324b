import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { asyncDrain } from './async-drain.ts'
import { coldRun } from './cold-run.ts'
import { events } from './events.ts'
import { tableText, verdict } from './figures.ts'
import { history } from './history.ts'
import { kill } from './kill.ts'
import { logLatency } from './log-latency.ts'
import { machineText, measureMachine } from './machine.ts'
import { noisyNeighbor } from './noisy-neighbor.ts'
import { Peers } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'
import { type Place, startPostgres } from './postgres.ts'
import { profileText } from './profile.ts'
import { python } from './python.ts'
import type { Answer, Bench, Question } from './question.ts'
import { startIdle } from './start-idle.ts'
import { startMany } from './start-many.ts'
import { steps } from './steps.ts'
import { syncExecute } from './sync-execute.ts'
import { tables } from './tables.ts'
import { twoWorkers } from './two-workers.ts'
import { makeWorkspace } from './workspace.ts'
import { workspaceScan } from './workspace-scan.ts'

// The one that fills the shared database comes last.
const questions = [
  syncExecute,
  steps,
  python,
  asyncDrain,
  coldRun,
  logLatency,
  startIdle,
  kill,
  twoWorkers,
  workspaceScan,
  startMany,
  events,
  noisyNeighbor,
  history,
  tables,
]

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    'no-peers': { type: 'boolean' },
    n8n: { type: 'boolean' },
    quick: { type: 'boolean' },
    profile: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})

const help = `npm run bench -- [options]

  --only <question>  One question, may be repeated: ${questions.map(({ name }) => name).join(', ')}
  --no-peers         Ours alone
  --n8n              n8n too (installs 1,900 packages, 1.8 GB)
  --quick            Small numbers, to see that the bench works
  --profile          A CPU profile of our server
`

const problemOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

function chosenQuestions(): Question[] {
  const unknown = options.only?.find((name) => !questions.some((question) => question.name === name))
  if (unknown) {
    process.stderr.write(`There is no question "${unknown}".\n\n${help}`)
    process.exit(64)
  }
  return questions.filter(({ name }) => options.only?.includes(name) ?? true)
}

function leftOut(peer: string): string | null {
  if (options['no-peers']) return 'left out by --no-peers'
  if (peer === 'n8n' && !options.n8n) return 'n8n: left out without --n8n; 1,900 packages and 1.8 GB'
  return null
}

async function run(): Promise<boolean> {
  const chosen = chosenQuestions()
  const startedAt = new Date()
  const stamp = startedAt.toISOString().slice(0, 16).replace(':', '')
  const scratch = mkdtempSync(join(tmpdir(), 'bifrost-bench-'))
  // PostgreSQL runs as another user when we are root, and has to get through.
  chmodSync(scratch, 0o711)
  const profileDir = options.profile ? join(tmpdir(), `bifrost-profile-${stamp}`) : undefined

  const postgres = await startPostgres(scratch)
  let shared: { place: Place; platform: Promise<Platform> } | undefined
  const sharedPlatform = async () => {
    if (!shared) {
      const place = await postgres.database('bifrost')
      const workspace = await makeWorkspace(join(scratch, 'workspace'))
      const dataDir = join(scratch, 'shared')
      mkdirSync(dataDir, { mode: 0o711 })
      shared = { place, platform: startPlatform({ dataDir, workspace, place, profileDir }) }
    }
    return shared
  }
  const bench: Bench = {
    quick: options.quick ?? false,
    scratch,
    postgres,
    peers: new Peers(postgres, scratch, leftOut),
    platform: async () => (await sharedPlatform()).platform,
    database: async () => (await sharedPlatform()).place,
  }
  let cleaning: Promise<void> | undefined
  const clean = async () => {
    await bench.peers.stop()
    await shared?.platform.then((platform) => platform.stop()).catch(() => {})
    await postgres.stop()
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10 })
  }
  const cleanUp = () => {
    cleaning ??= clean()
    return cleaning
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void cleanUp().finally(() => process.exit(130)))

  try {
    const machine = await measureMachine(postgres, scratch, bench.quick)
    say(machineText(machine))
    if (bench.quick) say('--quick: small numbers, not for quoting')
    say('(2.00×): ours is twice as good as that system in this run, whichever way "better" goes')
    const results: Record<string, unknown> = {}
    for (const question of chosen) {
      const result = await answer(question, bench)
      // What a question finds after an interruption is not a result.
      if (cleaning) return false
      say(result.text)
      results[question.name] = result.json
    }
    const file = join(import.meta.dirname, 'results', `${stamp}.json`)
    mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
    const head = { date: startedAt.toISOString(), commit: commit(), quick: bench.quick, machine }
    writeFileSync(file, `${JSON.stringify({ ...head, questions: results }, null, 2)}\n`)
    say(`\nWritten to bench/results/${stamp}.json`)
    return Object.values(results).every((result) => !('failed' in (result as object)))
  } finally {
    await cleanUp()
    if (profileDir && shared) say(profileText(profileDir))
  }
}

async function answer(question: Question, bench: Bench): Promise<{ text: string; json: unknown }> {
  const { name, title } = question
  try {
    const { rows, notes }: Answer = await question.measure(bench)
    return {
      text: tableText(`${name}: ${title}`, rows, notes),
      json: { title, rows: rows.map((row) => ({ ...row, verdict: verdict(row) })), notes },
    }
  } catch (error) {
    const failed = problemOf(error)
    return { text: `\n${name}: ${title}\nFAILED: ${failed}`, json: { title, failed } }
  }
}

function commit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

if (options.help) process.stdout.write(help)
else process.exitCode = (await run()) ? 0 : 1
