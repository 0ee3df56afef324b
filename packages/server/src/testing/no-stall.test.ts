import { limits, routes } from '@bifrost/contract'
import { afterEach, expect, test } from 'vitest'
import { type TestPerson, useServer } from './server.ts'

// What a caller may send that costs the server most, one by one. None may hold up the event loop, measured in time of
// the processor, for longer than limits.stallMs.
const MB = 1024 * 1024

const server = useServer({
  files: {
    'heavy.ts': `import { config, events, logger, tables, workflow } from 'bifrost'
export const echo = workflow(async (input: unknown = null) => typeof input)
export const longLines = workflow(async () => { for (let n = 0; n < 3000; n++) console.log('x'.repeat(200_000)) })
export const manyLines = workflow(async () => { for (let n = 0; n < 300_000; n++) console.log('line ' + n) })
export const stderr = workflow(async () => { for (let n = 0; n < 200; n++) process.stderr.write('y'.repeat(100_000)) })
export const bigText = workflow(async () => 'z'.repeat(${8 * MB - 100}))
export const bigList = workflow(async () => Array.from({ length: 160_000 }, (_, n) => ({ n, name: 'name ' + n })))
export const manyCalls = workflow(async () => (await Promise.all(Array.from({ length: 5000 }, () => config.get('nothing')))).length)
export const manyRows = workflow(async () => {
  await tables.create('rows_of_run')
  await tables.insertMany('rows_of_run', Array.from({ length: 1000 }, (_, n) => ({ n, text: 'a'.repeat(2000) })))
  return (await tables.query('rows_of_run', { limit: 1000 })).length
})
export const bigEvent = workflow(async () => { await events.emit('big', { list: Array.from({ length: 100_000 }, (_, n) => n) }) })
`,
  },
})

const post = (person: TestPerson, path: string, body: string) =>
  person.fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

const fill = (bytes: number, unit: (index: number) => string) => {
  const parts: string[] = []
  for (let length = 0, index = 0; length < bytes; index++) {
    const part = unit(index)
    parts.push(part)
    length += part.length + 1
  }
  return parts.join(',')
}

const list = (bytes: number, unit: (index: number) => string) => `{"input":{"input":[${fill(bytes, unit)}]}}`

const bodies: [name: string, path: string, body: () => string][] = [
  ['10 MB of empty lists', '/api/workflows/echo/execute', () => list(9.9 * MB, () => '[]')],
  ['10 MB of numbers', '/api/workflows/echo/execute', () => list(9.9 * MB, () => '1')],
  ['10 MB of one text', '/api/workflows/echo/execute', () => `{"input":{"input":"${'x'.repeat(9.9 * MB)}"}}`],
  [
    '10 MB of escapes',
    '/api/workflows/echo/execute',
    () => `{"input":{"input":"${'\\u00e9'.repeat((9.9 * MB) / 6)}"}}`,
  ],
  ['as many values as there may be', '/api/workflows/echo/execute', () => list(0.9 * MB, () => '[]')],
  [
    'records',
    '/api/workflows/echo/execute',
    () => list(4 * MB, (n) => `{"id":${n},"name":"Ada","tags":["a","b"]}`),
  ],
  [
    'many fields of a where',
    '/api/tables/none/query',
    () => `{"where":{${fill(1.9 * MB, (n) => `"f${n}":${n}`)}}}`,
  ],
  ['many unknown members', '/api/roles', () => `{${fill(3.5 * MB, (n) => `"f${n}":${n}`)}}`],
  [
    'many writes',
    '/api/tables/none/rows',
    () => `{"rows":[${fill(9 * MB, (n) => `{"id":"r${n}","data":{"n":${n}}}`)}]}`,
  ],
  ['a deep body', '/api/workflows/echo/execute', () => `{"input":${'['.repeat(5 * MB)}`],
  [
    'an event of many values',
    '/api/events',
    () => `{"name":"e","payload":{"a":[${fill(0.9 * MB, () => '1')}]}}`,
  ],
  [
    'a filter of many statuses',
    '/api/executions/bulk',
    () => `{"action":"cancel","filter":{"status":[${fill(3 * MB, () => '"FAILED"')}]}}`,
  ],
]

/** What `fixedWork` takes of a processor on which the limit is meant. */
const FIXED_WORK_MS = 60
const fixedText = `[${Array.from({ length: 500_000 }, (_, n) => `{"n":${n}}`).join(',')}]`

/** Processor time of a piece of work that is always the same. */
function fixedWorkMs(): number {
  const before = process.threadCpuUsage()
  JSON.parse(fixedText)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** The limit on this machine: the same work takes a slower processor, or one that others use, longer. */
const limitMs = () =>
  limits.stallMs *
  Math.max(1, ...[fixedWorkMs(), fixedWorkMs(), fixedWorkMs()].map((ms) => ms / FIXED_WORK_MS))

let seen = 0
afterEach(() => {
  const stalls = server().stalls.slice(seen)
  seen += stalls.length
  if (stalls.length === 0) return
  const most = limitMs()
  expect(stalls.filter(({ ms }) => ms > most).map(({ what, ms }) => `${what}: ${Math.round(ms)} ms`)).toEqual(
    [],
  )
})

test.each(bodies)('%s', async (_name, path, body) => {
  const dev = await server().person('developer')
  const { status } = await post(dev, path, body())
  expect(status).toBeLessThan(500)
})

test.each(['longLines', 'manyLines', 'stderr', 'bigText', 'bigList', 'manyCalls', 'manyRows', 'bigEvent'])(
  'the run %s, and who looks at it',
  async (name) => {
    const id = await server().run(name)
    const run = await server().ended(id, 50_000)
    expect(run.status).toBe('SUCCESS')
    const answer = await server().fetch(`/api/executions/${id}/logs?limit=1000`)
    expect(answer.status).toBe(200)
    await answer.text()
    expect((await server().execute(name === 'bigText' ? 'bigText' : 'echo')).status).toBe('SUCCESS')
  },
)

test('a page of the history stays small, however large the results are', async () => {
  const answer = await server().api(routes.listExecutions, { query: {} })
  expect(JSON.stringify(answer).length).toBeLessThan(limits.pageSizeDefault * 10_000)
})
