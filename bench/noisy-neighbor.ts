import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { percentile, type Row } from './figures.ts'
import { beNeighbor, countsText, makeOrganization, startHostile } from './neighbors/neighbor.ts'
import { startPlatform } from './platform.ts'
import type { Question } from './question.ts'
import { makeWorkspace } from './workspace.ts'

const GOALS = { noop: 1000, pages: 300 }
const FLOOR_MS = 3000

export const noisyNeighbor: Question = {
  name: 'noisy-neighbor',
  title: 'A no-op and pages of one organization, beside one that floods everything at once',
  async measure(bench) {
    // A platform of its own: what the hostile organization leaves behind disturbs no other question.
    const dataDir = join(bench.scratch, 'noisy-neighbor')
    mkdirSync(dataDir, { mode: 0o711 })
    const platform = await startPlatform({
      dataDir,
      workspace: await makeWorkspace(join(bench.scratch, 'noisy-workspace')),
      place: await bench.postgres.database('noisy_neighbor'),
    })
    try {
      const admin = { url: platform.url, apiKey: platform.apiKey }
      const customer = await makeOrganization(admin, 'Customer')
      const hostile = await makeOrganization(admin, 'Hostile')
      let stopAtMs = performance.now() + 3000
      const alone = await beNeighbor(customer.caller, () => performance.now() > stopAtMs)
      const seconds = bench.quick ? 10 : 30
      const load = startHostile(hostile.caller, hostile.slug, { sleeping: bench.quick ? 300 : 1000, seconds })
      try {
        const sleeping = await load.ready
        stopAtMs = performance.now() + seconds * 1000
        const beside = await beNeighbor(customer.caller, () => performance.now() > stopAtMs)
        const counts = await load.counts
        const row = (label: string, values: number[], p: number, goal?: number): Row => ({
          label: `${label}, p${p}`,
          unit: 'ms',
          better: 'lower',
          cells: { bifrost: percentile(values, p) },
          ...(goal === undefined ? {} : { goal, floor: { value: FLOOR_MS, why: 'fixed' } }),
        })
        const pages = ({ times }: typeof beside) => [
          ...(times['executions'] ?? []),
          ...(times['workflows'] ?? []),
          ...(times['run'] ?? []),
        ]
        const noops = beside.times['noop'] ?? []
        const errors = Object.entries(beside.errors)
        return {
          rows: [
            row('no-op, no one else', alone.times['noop'] ?? [], 50),
            row('no-op', noops, 50),
            row('no-op', noops, 95, GOALS.noop),
            row('no-op', noops, 99),
            row('pages, no one else', pages(alone), 50),
            row('pages', pages(beside), 50),
            row('pages', pages(beside), 95, GOALS.pages),
            row('pages', pages(beside), 99),
          ],
          notes: [
            `${noops.length} no-ops and ${pages(beside).length} pages while ${sleeping} runs of the other slept on 100 code versions`,
            `errors: ${errors.length === 0 ? 'none' : errors.map(([what, count]) => `${what} ${count} times`).join(', ')}`,
            `the hostile organization's answers: ${countsText(counts)}`,
          ],
        }
      } finally {
        load.kill()
      }
    } finally {
      await platform.stop()
    }
  },
}
