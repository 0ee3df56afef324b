import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { CHECKOUT } from '../packages/server/src/config.ts'
import { useServer } from '../packages/server/src/testing/server.ts'

const run = promisify(execFile)
const server = useServer({
  files: {
    'double.ts': `import { workflow } from 'bifrost'\nexport const double = workflow(async (n: number) => n * 2)`,
  },
})

test('the packed SDK type-checks and works in a project that has nothing else of this repository', async () => {
  const project = mkdtempSync('/tmp/bifrost-outside-')
  try {
    const { stdout } = await run(process.execPath, [join(CHECKOUT, 'scripts/pack-sdk.mjs'), project])
    const home = join(project, 'node_modules/bifrost')
    mkdirSync(home, { recursive: true })
    await run('tar', ['xzf', stdout.trim(), '-C', home, '--strip-components=1'])
    for (const name of ['zod', '@types'])
      symlinkSync(join(CHECKOUT, 'node_modules', name), join(project, 'node_modules', name))
    writeFileSync(join(project, 'package.json'), '{"type":"module"}')
    writeFileSync(
      join(project, 'main.ts'),
      `import { config, connect, workflows, type ConfigItem } from 'bifrost'
connect()
await config.set('colour', 'green')
const all: ConfigItem[] = await config.list()
const doubled: unknown = await workflows.run('double', { n: 4 })
// @ts-expect-error a key is text
const wrong = () => config.get(5)
console.log(JSON.stringify({ all: all.length, colour: await config.get('colour'), doubled, wrong: typeof wrong }))
`,
    )
    await run(
      process.execPath,
      [
        join(CHECKOUT, 'node_modules/typescript7/bin/tsc'),
        ...[
          '--noEmit',
          '--strict',
          '--module',
          'nodenext',
          '--target',
          'es2024',
          '--types',
          'node',
          'main.ts',
        ],
      ],
      { cwd: project },
    )
    const { stdout: output } = await run(process.execPath, ['main.ts'], {
      cwd: project,
      env: { PATH: process.env['PATH'], BIFROST_URL: server().url, BIFROST_API_KEY: server().admin.apiKey },
    })
    expect(JSON.parse(output)).toEqual({ all: 1, colour: 'green', doubled: 8, wrong: 'function' })
    expect((await server().api(routes.listConfig, { query: {} })).items).toMatchObject([
      { key: 'colour', value: 'green' },
    ])
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}, 60_000)
