import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createBuilder } from '../packages/server/src/workspace/builder.ts'
import { median, type Row } from './figures.ts'
import { memoryOf } from './processes.ts'
import type { Question } from './question.ts'
import { makeLargeWorkspace } from './workspace.ts'

export const workspaceScan: Question = {
  name: 'workspace-scan',
  title: 'Reading a workspace of 1,000 files (200,000 lines)',
  async measure(bench) {
    const count = bench.quick ? 200 : 1_000
    const folder = join(bench.scratch, 'large-workspace')
    await mkdir(folder, { recursive: true })
    const files = await makeLargeWorkspace(folder, count)
    const builder = createBuilder({ workspaceDir: folder })
    try {
      const startedAt = performance.now()
      const found = await builder.analyze(null)
      const firstMs = performance.now() - startedAt
      const broken = found.filter((file) => file.error || file.executables.length !== 1)
      if (found.length !== count || broken.length > 0)
        throw new Error(`${found.length} files were read, ${broken.length} of them not as one workflow.`)
      const memory = memoryOf(process.pid).filter(({ command }) => command.includes('builder'))
      const edits: number[] = []
      for (let edit = 0; edit < (bench.quick ? 3 : 10); edit += 1) {
        const path = files[Math.floor((edit * count) / 10 + count / 20)] ?? ''
        // Its type is used by the file after it, which the analyzer has to notice.
        await appendFile(join(folder, path), `export interface Edit${edit} { at: Date }\n`)
        const editedAt = performance.now()
        await builder.analyze(null, [path])
        edits.push(performance.now() - editedAt)
      }
      const row = (label: string, value: number, goal: number, floor: number): Row => ({
        label,
        unit: 'ms',
        better: 'lower',
        cells: { bifrost: value },
        goal,
        floor: { value: floor, why: 'fixed' },
      })
      return {
        rows: [
          row('first scan', firstMs, 4_000, 10_000),
          row('after one edit, median', median(edits), 200, 1_000),
          row('after one edit, slowest', Math.max(...edits), 200, 1_000),
        ],
        notes: [
          `${count.toLocaleString('en-GB')} files; the scan includes the start of its process, which ends when idle; it holds ${memory.reduce((sum, one) => sum + one.megabytes, 0).toFixed(0)} MB`,
        ],
      }
    } finally {
      await builder.stop()
    }
  },
}
