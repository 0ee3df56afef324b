// `npm run check`: types, lint, and what nothing uses, of the whole repository.
import * as path from 'node:path'
import { checkout, main, prepare, runNode, say } from './setup.mjs'

const tool = (...parts) => path.join(checkout, 'node_modules', ...parts)

/** What an earlier check found is kept, so that the next one looks at what has changed. */
const types = (project) => [
  tool('typescript7', 'bin', 'tsc'),
  ...[
    '-p',
    project,
    '--incremental',
    '--tsBuildInfoFile',
    path.join(checkout, project, '.types.tsbuildinfo'),
  ],
]

const checks = [
  { name: 'Types', args: types('.') },
  { name: 'Types of the web app', args: types('packages/web') },
  { name: 'Types of the examples', args: types('examples/workspace') },
  {
    name: 'Lint and format',
    args: [tool('@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings', '.'],
  },
  // Exports, files and dependencies that nothing uses, and dependencies that are not declared (knip.json).
  { name: 'Nothing unused', args: [tool('knip', 'bin', 'knip.js'), '--no-progress'] },
]

/** Runs all checks, also after one failed; answers the names of those that failed. */
export async function check() {
  const failed = []
  for (const { name, args } of checks) {
    const code = await runNode(args)
    say(`${name}: ${code === 0 ? 'ok' : 'failed'}`)
    if (code !== 0) failed.push(name)
  }
  return failed
}

if (process.argv[1] && import.meta.url.endsWith(path.basename(process.argv[1])))
  await main(async () => {
    await prepare({ web: false })
    return (await check()).length > 0 ? 1 : 0
  })
