// `npm test`: types, lint, unit and integration tests, and the journeys in a real browser. Arguments go to vitest:
// `npm test -- packages/server/src/config.test.ts`, `npm test -- --project unit`.
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { check } from './check.mjs'
import { needChromium } from './chromium.mjs'
import { checkout, main, prepare, runNode, say } from './setup.mjs'

const args = process.argv.slice(2)

await main(async () => {
  await prepare({ web: journeysAreMeant() })
  const env = journeysAreMeant() ? { BIFROST_CHROMIUM: await needChromium() } : {}
  const failedChecks = args.length > 0 ? [] : await check()
  const tests = await runTests(env)
  for (const name of failedChecks) say(`${name} failed; see above`)
  const failed = tests.failed + failedChecks.length
  say(`${tests.passed} passed, ${failed} failed`)
  return failed > 0 || tests.code !== 0 ? 1 : 0
})

/** With arguments that name something else, the web app is not built and no browser is fetched. */
function journeysAreMeant() {
  if (args.length === 0) return true
  const text = args.join(' ')
  return /e2e|journeys/.test(text)
}

async function runTests(env) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bifrost-report-'))
  const report = path.join(folder, 'report.json')
  try {
    const vitest = path.join(checkout, 'node_modules', 'vitest', 'vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const code = await runNode([vitest, 'run', ...reporters, ...args], { env })
    return { code, ...count(report, code) }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** A file that fails before its first test counts as one failure, and so does a run without a report. */
function count(report, code) {
  if (!fs.existsSync(report)) return { passed: 0, failed: code === 0 ? 0 : 1 }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(fs.readFileSync(report, 'utf8'))
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  ).length
  const failed = numFailedTests + brokenFiles
  return { passed: numPassedTests, failed: code !== 0 && failed === 0 ? 1 : failed }
}
