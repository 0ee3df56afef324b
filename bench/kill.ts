import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { median, type Row } from './figures.ts'
import { type Platform, type PlatformOptions, startPlatform } from './platform.ts'
import { familyOf } from './processes.ts'
import type { Question } from './question.ts'
import { makeWorkspace } from './workspace.ts'

const GIVE_UP_MS = 60_000

export const kill: Question = {
  name: 'kill',
  title: 'kill -9, until the run that was under way continues (its retry policy allows a second attempt)',
  async measure(bench) {
    const dataDir = join(bench.scratch, 'kill')
    await mkdir(dataDir, { recursive: true, mode: 0o711 })
    const options = { dataDir, workspace: await makeWorkspace(join(bench.scratch, 'kill-workspace')) }
    let platform = await startPlatform(options)
    try {
      const rounds = bench.quick ? 1 : 5
      const child: number[] = []
      for (let round = 0; round < rounds; round += 1) child.push(await killChild(platform))
      const server: number[] = []
      for (let round = 0; round < Math.ceil(rounds / 2); round += 1) {
        const [taken, next] = await killServer(platform, options)
        platform = next
        server.push(taken)
      }
      const row = (label: string, times: number[], goal: number, floor: number): Row => ({
        label,
        unit: 's',
        better: 'lower',
        cells: { bifrost: median(times) / 1000 },
        goal,
        floor: { value: floor, why: 'fixed' },
      })
      return {
        rows: [
          row('a child process', child, 1, 5),
          row('the server, which is started again at once', server, 12, 30),
        ],
        notes: [`median of ${child.length} and ${server.length} kills`],
      }
    } finally {
      await platform.stop()
    }
  },
}

async function killChild(platform: Platform): Promise<number> {
  const { id } = await startPatient(platform)
  // By their command: inside a sandbox the run knows another number of its process than we do.
  const children = familyOf(platform.pid).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('bifrost-runtime'),
  )
  if (children.length === 0) throw new Error('The server has no child process.')
  const killedAt = performance.now()
  for (const pid of children) process.kill(pid, 'SIGKILL')
  await continued(platform, id)
  return performance.now() - killedAt
}

async function killServer(platform: Platform, options: PlatformOptions): Promise<[number, Platform]> {
  const { id } = await startPatient(platform)
  const killedAt = performance.now()
  await platform.kill()
  const next = await startPlatform(options)
  await continued(next, id)
  return [performance.now() - killedAt, next]
}

/** Starts the run and waits for its only log line, which names the process that it runs in. */
async function startPatient(platform: Platform): Promise<{ id: string }> {
  const { execution_id: id } = await platform.api<{ execution_id: string }>(
    'POST',
    '/api/workflows/patient/run',
    { input: {} },
  )
  const giveUpAt = performance.now() + GIVE_UP_MS
  while (performance.now() < giveUpAt) {
    const { items } = await platform.api<{ items: { message: string }[] }>(
      'GET',
      `/api/executions/${id}/logs`,
    )
    if (items[0]) return { id }
    await sleep(10)
  }
  throw new Error('The run did not begin.')
}

async function continued(platform: Platform, id: string): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_MS
  while (performance.now() < giveUpAt) {
    const run = await platform.api<{ status: string; error: unknown }>('GET', `/api/executions/${id}`)
    if (run.status === 'SUCCESS') return
    if (run.status === 'FAILED') throw new Error(`The run was not continued: ${JSON.stringify(run.error)}`)
    await sleep(10)
  }
  throw new Error(`The run did not continue within ${GIVE_UP_MS / 1000} s.`)
}
