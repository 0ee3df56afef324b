// `npm run simulate -- --seed N --runs M`: plays M seeds from N on and says which of them broke a guarantee.
import { parseArgs } from 'node:util'
import { cloneDatabase, startTestServer } from '../database.ts'
import { Simulation } from './simulate.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    /** Prints the whole trace, also when all is well. */
    trace: { type: 'boolean', default: false },
    /** So many lines of the trace of a failure. */
    lines: { type: 'string', default: '120' },
    /** Continues after a failure. */
    all: { type: 'boolean', default: false },
  },
})

const first = Number(values.seed)
const runs = Number(values.runs)
const { server, stop } = await startTestServer(process.env['TEST_DATABASE_URL'] ?? null)
const database = await cloneDatabase(server)
const simulation = await Simulation.open(database.connection)
const failed: number[] = []
const total = { runs: 0, bodies: 0, replays: 0, claims: 0, virtualSeconds: 0 }
const startedMs = performance.now()
let played = 0
try {
  for (let seed = first; seed < first + runs && (values.all || failed.length === 0); seed++) {
    const report = await simulation.run(seed)
    played++
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += report[key]
    if (values.trace) console.log(report.trace.join('\n'))
    if (report.violations.length > 0) {
      failed.push(seed)
      if (!values.trace) console.log(report.trace.slice(-Number(values.lines)).join('\n'))
      console.log(`\nseed ${seed} breaks ${report.violations.length} rules:`)
      for (const violation of report.violations) console.log(`- ${violation}`)
      console.log(`repeat it: npm run simulate -- --seed ${seed} --trace\n`)
    } else if (runs === 1) console.log(`seed ${seed}: ${JSON.stringify({ ...report, trace: undefined })}`)
    if (played % 50 === 0) console.log(`${played} seeds, ${failed.length} failed: ${JSON.stringify(total)}`)
  }
} finally {
  await simulation.close()
  await database.drop()
  await stop()
}
const seconds = Math.round((performance.now() - startedMs) / 1000)
console.log(
  `${played} seeds in ${seconds} s: ${total.runs} runs, ${total.bodies} step bodies, ${total.replays} replayed outcomes, ${total.claims} claims, ${total.virtualSeconds} virtual seconds`,
)
console.log(failed.length > 0 ? `failed: ${failed.join(', ')}` : 'all guarantees held')
process.exitCode = failed.length > 0 ? 1 : 0
