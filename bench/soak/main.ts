import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { percentile } from '../figures.ts'
import { beNeighbor, countsText, makeOrganization, startHostile } from '../neighbors/neighbor.ts'
import { startPlatform } from '../platform.ts'
import { startPostgres } from '../postgres.ts'
import { makeWorkspace } from '../workspace.ts'

const { values: options } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, help: { type: 'boolean' } },
})

const help = `npm run soak -- [options]

One organization attacks the platform in a random mix of everything it can do (floods of queries, events, logs, streams
and saves, files that crash the analysis, memory, endless loops), beside one that behaves. What the latter saw is printed:
p50, p95, p99 and errors, and the memory of the server at the end. Exit code 1 when it had errors.

  --minutes <n>   How long; 60 by default
`

const say = (text: string) => process.stdout.write(`${text}\n`)

async function soak(minutes: number): Promise<boolean> {
  const scratch = mkdtempSync(join(tmpdir(), 'bifrost-soak-'))
  chmodSync(scratch, 0o711)
  const postgres = await startPostgres(scratch)
  const dataDir = join(scratch, 'data')
  mkdirSync(dataDir, { mode: 0o711 })
  const platform = await startPlatform({
    dataDir,
    workspace: await makeWorkspace(join(scratch, 'workspace')),
    place: await postgres.database('soak'),
  })
  try {
    const admin = { url: platform.url, apiKey: platform.apiKey }
    const customer = await makeOrganization(admin, 'Customer')
    const hostile = await makeOrganization(admin, 'Hostile')
    const seconds = minutes * 60
    const load = startHostile(hostile.caller, hostile.slug, { sleeping: 1000, seconds, mix: true })
    try {
      say(`${await load.ready} runs of the hostile organization sleep; ${minutes} minutes from now`)
      const before = memoryMb(platform.pid)
      const stopAtMs = performance.now() + seconds * 1000
      const { times, errors } = await beNeighbor(customer.caller, () => performance.now() > stopAtMs)
      for (const [what, all] of Object.entries(times))
        say(
          `${what}: ${all.length} calls, ${[50, 95, 99].map((p) => `p${p} ${percentile(all, p).toFixed(0)} ms`).join(', ')}`,
        )
      const wrong = Object.entries(errors)
      say(
        `errors: ${wrong.length === 0 ? 'none' : wrong.map(([what, count]) => `${what} ${count} times`).join(', ')}`,
      )
      say(`memory of the server: ${before} MB before, ${memoryMb(platform.pid)} MB after`)
      say(`the hostile organization's answers: ${countsText(await load.counts)}`)
      return wrong.length === 0
    } finally {
      load.kill()
    }
  } finally {
    await platform.stop()
    await postgres.stop()
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Resident memory of the server's own process; 0 where that cannot be read. */
function memoryMb(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
    return Math.round((pages * 4096) / 1024 / 1024)
  } catch {
    return 0
  }
}

if (options.help) say(help)
else process.exitCode = (await soak(Number(options.minutes))) ? 0 : 1
