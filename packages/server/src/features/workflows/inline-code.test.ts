import { type ApiError, routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'lib/prices.ts': `export const price = (n: number) => n * 2`,
    'hello.ts': `import { workflow } from 'bifrost'\nexport const hello = workflow(async () => 'hello')`,
  },
})

const execute = (code: string, more: { input?: Record<string, never>; timeout_seconds?: number } = {}) =>
  server().api(routes.executeCode, { body: { code, ...more } })

test('a script sees its input, logs, and answers result, logs and variables (20)', async () => {
  const answer = await execute(
    `const doubled: number = (input.n as number) * 2
console.log('doubled', doubled)
return { doubled }`,
    { input: { n: 21 } as never },
  )
  expect(answer).toMatchObject({ status: 'SUCCESS', result: { doubled: 42 }, error: null })
  expect(answer.logs.map(({ level, message }) => ({ level, message }))).toEqual([
    { level: 'info', message: 'doubled 42' },
  ])
  expect(answer.variables).toMatchObject({ doubled: 42 })
})

test('it imports from the SDK, from the workspace and from Node, and awaits', async () => {
  const answer = await execute(`const { price } = await import('./lib/prices.ts')
const { createHash } = await import('node:crypto')
const { context, logger } = await import('bifrost')
logger.warning('careful')
return [price(4), createHash('md5').update('').digest('hex').length, context.workflowId, context.email]`)
  expect(answer).toMatchObject({ status: 'SUCCESS', result: [8, 32, null, 'admin@example.com'] })
  expect(answer.logs).toMatchObject([{ level: 'warning', message: 'careful' }])
})

test('nothing returned is null', async () => {
  expect(await execute('const a = 1')).toMatchObject({ status: 'SUCCESS', result: null, variables: { a: 1 } })
})

test('an error tells the line of the code as it was sent', async () => {
  const answer = await execute(`const a = 1\n\nthrow new Error('line three')`)
  expect(answer).toMatchObject({ status: 'FAILED', error: { type: 'Error', message: 'line three' } })
  expect(answer.variables).toMatchObject({ a: 1 })
  const { error } = await server().api(routes.getExecution, { params: { id: answer.execution_id } })
  expect(error?.source).toMatchObject({ line: 3 })
})

test('a syntax error answers 409 with its line, and nothing runs', async () => {
  const error = (await execute(`const a = 1\nreturn a +`).catch((thrown: unknown) => thrown)) as ApiError
  expect(error).toMatchObject({ status: 409, code: 'workflow_broken', details: { line: expect.any(Number) } })
})

test.each(['} finally {', '});process.exit();(()=>{'])(
  'code that tries to leave its function is a syntax error: %s',
  async (code) => {
    const error = (await execute(code).catch((thrown: unknown) => thrown)) as ApiError
    expect(error.status).toBe(409)
  },
)

test('its time limit holds', async () => {
  expect(await execute('while (true) {}', { timeout_seconds: 1 })).toMatchObject({ status: 'TIMEOUT' })
})

test('it has its place in history, as code', async () => {
  const { execution_id: id } = await execute('return 5')
  const found = await server().api(routes.getExecution, { params: { id } })
  expect(found).toMatchObject({ type: 'code', trigger: 'code', workflow_id: null, result: 5 })
})

test.each(['org_admin', 'developer', 'member'] as const)('%s may not run inline code (20)', async (role) => {
  const person = await server().person(role)
  const work = person.api(routes.executeCode, { body: { code: 'return 1' } })
  await expect(work).rejects.toMatchObject({ status: 403, code: 'forbidden' })
})

test('empty code, another language and code over the limit are refused', async () => {
  await expect(execute('')).rejects.toMatchObject({ status: 422 })
  await expect(execute('x'.repeat(300_000))).rejects.toMatchObject({ status: 422 })
  const response = await server().fetch('/api/workflows/code/execute', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"code":"return 1","language":"cobol"}',
  })
  expect(response.status).toBe(422)
})
