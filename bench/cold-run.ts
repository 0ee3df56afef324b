import { setTimeout as sleep } from 'node:timers/promises'
import { median } from './figures.ts'
import { callInTurn } from './load.ts'
import type { Question } from './question.ts'

/** Files of the bench's workspace that only this question runs; see workspace.ts. */
export const COLD_FILES = 20
export const coldName = (file: number): string => `cold${String(file).padStart(2, '0')}`

export const coldRun: Question = {
  name: 'cold-run',
  title: 'First run of code that no child has loaded (a blank child is ready)',
  async measure(bench) {
    const platform = await bench.platform()
    const times: number[] = []
    for (let file = 0; file < (bench.quick ? 5 : COLD_FILES); file += 1) {
      // Time for the next blank child to be made ready, as it has between the first runs of two people.
      await sleep(500)
      const target = platform.target({
        method: 'POST',
        path: `/api/workflows/${coldName(file)}/execute`,
        body: JSON.stringify({ input: { name: 'Ada' } }),
        contains: '"SUCCESS"',
      })
      times.push(...(await callInTurn(target, 1, 0)))
    }
    const row = { unit: 'ms', better: 'lower' } as const
    return {
      rows: [
        {
          label: 'median',
          ...row,
          cells: { bifrost: median(times) },
          goal: 80,
          floor: { value: 300, why: 'fixed' },
        },
        { label: 'slowest', ...row, cells: { bifrost: Math.max(...times) } },
      ],
      notes: [
        `${times.length} files; until several organizations exist this stands for the first run in a new one`,
      ],
    }
  },
}
