import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { useServer } from '../testing/server.ts'

const server = useServer({
  files: {
    'prints.ts': `import { graph, workflow } from 'bifrost'
export const prints = workflow(async () => {
  console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 9 })
  process.stdout.write('{"level":30,"msg":"from pi')
  process.stdout.write('no"}\\n')
  process.stderr.write('to standard error\\n')
  console.table([{ x: 1 }])
  console.assert(false, 'so %s', 'much')
  console.log('\\x1b[31mred\\x1b[0m and \\u202Eturned')
  console.error(new Error('logged'))
})
export const named = graph('named').step('__proto__', () => ({ kept: 1 })).step('look', (ctx: any) => [
  ctx.results['__proto__'], typeof ctx.results.valueOf, 'toString' in ctx.results,
])
`,
  },
})

async function linesOf(workflow: string) {
  const { execution_id: id } = await server().execute(workflow)
  const { items } = await server().api(routes.getExecutionLogs, { params: { id }, query: {} })
  return items.map(({ level, message }) => `${level}: ${message}`)
}

test('everything that code prints is in the log, line by line, as text alone', async () => {
  const lines = await linesOf('prints')
  expect(lines.find((line) => line.includes('a: {'))).toContain('d: 1')
  expect(lines).toContain('info: {"level":30,"msg":"from pino"}')
  expect(lines).toContain('error: to standard error')
  expect(lines.some((line) => line.includes('(index)'))).toBe(true)
  expect(lines).toContain('error: Assertion failed: so much')
  expect(lines).toContain('info: red and <U+202E>turned')
})

test('an error that code logs has the lines of its author, and none of the platform', async () => {
  const line = (await linesOf('prints')).find((one) => one.includes('Error: logged')) ?? ''
  expect(line).toContain('prints.ts:')
  expect(line).not.toMatch(/bifrost-runtime|node:internal|\/children\//)
})

test('a node of a graph may have any name, and none is there by itself', async () => {
  expect((await server().execute('named')).result).toEqual([{ kept: 1 }, 'undefined', false])
})
