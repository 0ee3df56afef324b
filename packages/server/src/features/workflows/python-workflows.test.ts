import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const flow = (name: string, more = '') =>
  `from bifrost import workflow\n${more}\n@workflow\nasync def ${name}(count: int = LIMIT):\n    """Says ${name}."""\n`

const server = useServer({
  files: {
    'hello.ts': `import { workflow } from 'bifrost'\nexport const hello = workflow(async () => 'hello')`,
    'flows/greet.py': flow('greet', 'from shared.settings import LIMIT'),
    'shared/settings.py': 'LIMIT = 3\n',
    'flows/broken.py': 'from bifrost import workflow\n@workflow\ndef broken(:\n    pass\n',
  },
})

const all = async () => server().api(routes.listWorkflows, { query: {} })
const named = async (name: string) => (await all()).items.find((item) => item.name === name)

test('Python workflows are listed beside those in TypeScript, and what cannot be read with its line', async () => {
  const { items, problems } = await all()
  expect(items.map(({ name, language }) => [name, language])).toEqual([
    ['greet', 'python'],
    ['hello', 'typescript'],
  ])
  expect(problems).toMatchObject([
    { path: 'flows/broken.py', line: 3, message: expect.stringContaining('Syntax error: ') },
  ])
  const greet = await server().api(routes.getWorkflow, { params: { id: 'greet' } })
  expect(greet).toMatchObject({
    language: 'python',
    path: 'flows/greet.py',
    export_name: 'greet',
    description: 'Says greet.',
    parameters: [{ name: 'count', type: 'integer', default: 3, required: false }],
  })
})

test('a saved helper is read with those that use it, and an id outlives edit and move', async () => {
  const before = await named('greet')
  server().write('shared/settings.py', 'LIMIT = 44\n')
  await until('the helper is read', async () => (await named('greet'))?.parameters[0]?.default === 44)
  server().remove('flows/greet.py')
  server().write('moved/greet.py', flow('greet', 'from shared.settings import LIMIT\n'))
  await until('the move is seen', async () => (await named('greet'))?.path === 'moved/greet.py')
  expect((await named('greet'))?.id).toBe(before?.id)
  server().write('moved/greet.py', '@workflow(name="Welcome: all")\ndef greet(): pass\n')
  await until('the new name is seen', async () => (await named('Welcome: all')) !== undefined)
  expect((await named('Welcome: all'))?.id).toBe(before?.id)
})

test('a workflow is created in Python, by its language or by its path', async () => {
  const created = await server().api(routes.createWorkflow, {
    body: {
      name: 'closeTicket',
      language: 'python',
      description: 'Closes "one" ticket',
      category: 'Tickets',
    },
  })
  expect(created).toMatchObject({
    name: 'closeTicket',
    path: 'close_ticket.py',
    language: 'python',
    description: 'Closes "one" ticket',
    category: 'Tickets',
    parameters: [{ name: 'name', type: 'string', required: true }],
    error: null,
  })
  expect(
    await server().api(routes.createWorkflow, { body: { name: 'second', path: 'flows/second.py' } }),
  ).toMatchObject({
    language: 'python',
  })
  await expect(
    server().api(routes.createWorkflow, { body: { name: 'third', path: 'third.ts', language: 'python' } }),
  ).rejects.toMatchObject({ code: 'bad_request' })
  await expect(
    server().api(routes.createWorkflow, { body: { name: 'fourth', path: 'fourth.py', code: 'def x(:' } }),
  ).rejects.toMatchObject({ code: 'bad_request', message: expect.stringContaining('line 1') })
})

test('inline Python with a mistake is refused with its place', async () => {
  await expect(
    server().api(routes.executeCode, { body: { code: 'x = 1\nif x\n  pass', language: 'python' } }),
  ).rejects.toMatchObject({
    code: 'workflow_broken',
    message: expect.stringContaining('(inline:code.py:2)'),
  })
})
