import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { routes } from '@bifrost/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHECKOUT } from '../packages/server/src/config.ts'
import { useServer } from '../packages/server/src/testing/server.ts'

const run = promisify(execFile)
const server = useServer({
  files: {
    'double.ts': `import { workflow } from 'bifrost'\nexport const double = workflow(async (n: number) => n * 2)`,
  },
})

/** A project with the packed SDK, and nothing else of this repository. */
let project: string
beforeAll(async () => {
  project = mkdtempSync('/tmp/bifrost-outside-')
  const { stdout } = await run(process.execPath, [join(CHECKOUT, 'scripts/pack-sdk.mjs'), project])
  const home = join(project, 'node_modules/bifrost')
  mkdirSync(home, { recursive: true })
  await run('tar', ['xzf', stdout.trim(), '-C', home, '--strip-components=1'])
  for (const name of ['zod', '@types'])
    symlinkSync(join(CHECKOUT, 'node_modules', name), join(project, 'node_modules', name))
  writeFileSync(join(project, 'package.json'), '{"type":"module"}')
}, 60_000)
afterAll(() => rmSync(project, { recursive: true, force: true }))

const environment = () => ({
  PATH: process.env['PATH'],
  BIFROST_URL: server().url,
  BIFROST_API_KEY: server().admin.apiKey,
})

test('the packed SDK brings the whole text of its license', () => {
  const text = readFileSync(join(project, 'node_modules/bifrost/LICENSE'), 'utf8')
  for (const part of [
    'TERMS AND CONDITIONS',
    '9. Accepting Warranty',
    'END OF TERMS',
    'APPENDIX',
    'Bifrost authors',
  ])
    expect(text).toContain(part)
})

test('React is for those who write screens: no one else gets it with the SDK', () => {
  const sdk = JSON.parse(readFileSync(join(CHECKOUT, 'packages/sdk/package.json'), 'utf8'))
  expect(Object.keys(sdk.dependencies).filter((name) => name.includes('react'))).toEqual([])
  expect(sdk.peerDependenciesMeta).toMatchObject({
    react: { optional: true },
    'react-dom': { optional: true },
  })
})

test('the packed SDK type-checks and works in a project that has nothing else of this repository', async () => {
  writeFileSync(
    join(project, 'main.ts'),
    `import { config, connect, workflows, type ConfigItem } from 'bifrost'
connect()
await config.set('color', 'green')
const all: ConfigItem[] = await config.list()
const doubled: unknown = await workflows.run('double', { n: 4 })
// @ts-expect-error a key is text
const wrong = () => config.get(5)
console.log(JSON.stringify({ all: all.length, color: await config.get('color'), doubled, wrong: typeof wrong }))
`,
  )
  await run(
    process.execPath,
    [
      join(CHECKOUT, 'node_modules/typescript7/bin/tsc'),
      ...['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node', 'main.ts'],
    ],
    { cwd: project },
  )
  const { stdout: output } = await run(process.execPath, ['main.ts'], {
    cwd: project,
    env: environment(),
  })
  expect(JSON.parse(output)).toEqual({ all: 1, color: 'green', doubled: 8, wrong: 'function' })
  expect((await server().api(routes.listConfig, { query: {} })).items).toMatchObject([
    { key: 'color', value: 'green' },
  ])
}, 60_000)

/** The Node of the system, when it is of the oldest line that the archive promises to run on. */
function oldNode(): string | null {
  for (const path of ['/usr/bin/node', '/usr/local/bin/node'])
    try {
      const [major = 0] = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' })
        .split('.')
        .map(Number)
      if (major >= 20 && major < 22) return path
    } catch {
      // There is none.
    }
  return null
}

test('the packed SDK works on Node 20: steps, retries, sleeps, graphs, runs, tables, files, events', async () => {
  const node = oldNode()
  if (node === null) {
    console.warn('Left out: there is no Node 20 or 21 at /usr/bin/node or /usr/local/bin/node.')
    return
  }
  writeFileSync(join(project, 'main.mjs'), OLD_NODE_PROGRAM)
  const { stdout } = await run(node, ['main.mjs'], { cwd: project, env: environment() })
  expect(JSON.parse(stdout)).toEqual({
    plain: 4,
    retried: 2,
    timedOut: 'StepError',
    graph: 6,
    broken: 'TypeError',
    doubled: 8,
    started: 2,
    rows: ['a', 'b'],
    text: 'hello',
    streamed: 'one two',
    emitted: true,
    refused: ['BifrostError', 'not_found'],
    unreachable:
      'The server at http://127.0.0.1:2 does not answer (connect ECONNREFUSED 127.0.0.1:2). Check the address, and whether the server runs.',
  })
}, 60_000)

const OLD_NODE_PROGRAM = `import { connect, events, files, graph, sleep, step, tables, workflows } from 'bifrost'
const nameOf = (error) => error.name
const found = {}
found.plain = await step('a', () => 4)
found.retried = await step('b', { retries: 1, backoffSeconds: 0 }, ({ attempt }) => { if (attempt === 1) throw new Error('busy'); return attempt })
found.timedOut = await step('c', { timeoutSeconds: 0.05, retries: 0 }, () => new Promise(() => setTimeout(() => {}, 200))).catch(nameOf)
await sleep('10ms')
found.graph = await graph('g').step('one', () => 1).forEach('all', () => [1, 2], (each) => each.step('x', (ctx) => ctx.item * 2)).parallel({ p: (branch) => branch.step('y', () => 1) }).step('end', (ctx) => ctx.results.all.length + 4)({})
try { await graph('twice').step('x', () => 1).step('x', () => 1)({}) } catch (error) { found.broken = error.name }
found.doubled = await workflows.run('double', { n: 4 })
found.started = (await workflows.startMany('double', [{ n: 1 }, { n: 2 }])).started
await tables.create('old_node', {})
for (const id of ['a', 'b']) await tables.insert('old_node', { id, name: id })
found.rows = []
for (const row of await tables.query('old_node', { orderBy: ['id'] })) found.rows.push(row.id)
await files.write('old.txt', 'hello', { location: 'temp' })
found.text = await files.read('old.txt', { location: 'temp' })
await files.writeStream('stream.txt', ['one ', 'two'], { location: 'temp' })
let streamed = ''
for await (const part of files.readStream('stream.txt', { location: 'temp' })) streamed += part
found.streamed = streamed
await events.emit('old.node', { a: 1 })
found.emitted = true
found.refused = await workflows.run('nothing-here', {}).catch((error) => [error.name, error.code])
connect({ url: 'http://127.0.0.1:2', token: 'x' })
found.unreachable = await workflows.list().catch((error) => error.message)
console.log(JSON.stringify(found))
`
