import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from './figures.ts'
import { startPlatform } from './platform.ts'
import { memoryOf, type ProcessMemory } from './processes.ts'
import type { Question } from './question.ts'

export const startIdle: Question = {
  name: 'start-idle',
  title:
    'The installed platform with its own PostgreSQL and the example workspace: start, and memory when idle',
  async measure(bench) {
    const dataDir = join(bench.scratch, 'start')
    await mkdir(dataDir, { recursive: true, mode: 0o711 })
    const first = await startPlatform({ dataDir })
    await untilRead(first.pid)
    await first.stop()
    const starts: number[] = []
    for (let start = 0; start < (bench.quick ? 1 : 5); start += 1) {
      const again = await startPlatform({ dataDir })
      starts.push(again.readyAfterMs)
      await again.stop()
    }
    const idle = await startPlatform({ dataDir })
    await sleep(10_000)
    const memory = memoryOf(idle.pid)
    await idle.stop()
    return {
      rows: [
        {
          label: 'start to ready',
          unit: 'ms',
          better: 'lower',
          cells: { bifrost: median(starts) },
          goal: 2_500,
          floor: { value: 6_000, why: 'fixed' },
        },
        {
          label: 'very first start (creates the database)',
          unit: 'ms',
          better: 'lower',
          cells: { bifrost: first.readyAfterMs },
        },
        {
          label: 'memory 10 s after the start, all processes',
          unit: 'MB',
          better: 'lower',
          cells: { bifrost: memory.length > 0 ? total(memory) : 'is measured on Linux only' },
          goal: 250,
          floor: { value: 400, why: 'fixed' },
        },
      ],
      notes: [`proportional set size: ${parts(memory)}`],
    }
  },
}

/** The first start also reads the workspace; the builder process that does so ends some time later. */
async function untilRead(pid: number): Promise<void> {
  const giveUpAt = Date.now() + 90_000
  while (memoryOf(pid).some(({ command }) => kindOf(command) === 'builder')) {
    if (Date.now() > giveUpAt) throw new Error('The example workspace was not read after 90 s.')
    await sleep(500)
  }
}

const total = (memory: ProcessMemory[]) => memory.reduce((sum, one) => sum + one.megabytes, 0)

function parts(memory: ProcessMemory[]): string {
  const kinds = Map.groupBy(memory, ({ command }) => kindOf(command))
  return [...kinds]
    .map(([kind, members]) => `${members.length} × ${kind} ${total(members).toFixed(0)} MB`)
    .join(', ')
}

function kindOf(command: string): string {
  if (command.includes('postgres')) return 'PostgreSQL'
  if (command.includes('src/run.ts')) return 'server'
  if (command.includes('builder')) return 'builder'
  return 'child'
}
