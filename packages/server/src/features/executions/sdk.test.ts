import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'looks.ts': `import { executions, logger, UserError, workflow, workflows } from 'bifrost'
export const greets = workflow(async (name: string) => { logger.info('greeting ' + name); return 'Hello ' + name })
export const fails = workflow(async () => { throw new UserError('Not today.') })
export const list = workflow(async (query: object) => {
  const { items, nextCursor } = await executions.list(query)
  return { ids: items.map(({ id }) => id), first: items[0], nextCursor }
})
export const get = workflow(async (id: string) => { const found = await executions.get(id); return found ?? 'none' })
export const logs = workflow(async (id: string) => (await executions.logs(id)).map(({ seq, message }) => [seq, message]))
export const startsOne = workflow(async () => {
  const { executionId } = await workflows.run(greets, { name: 'child' }, { wait: false })
  return executionId
})
`,
  },
})

const asks = async (name: string, input: Record<string, unknown>, person: TestPerson = server().admin) =>
  person.api(routes.executeWorkflow, { params: { id: name }, body: { input: input as never } })

describe('executions', () => {
  test('are listed by filter and page', async () => {
    const started = []
    for (const name of ['a', 'b', 'c']) started.push((await asks('greets', { name })).execution_id)
    await asks('fails', {})
    const { result } = await asks('list', { query: { workflow: 'greets', limit: 2 } })
    const page = result as { ids: string[]; nextCursor: string; first: object }
    expect(page.ids).toEqual([started[2], started[1]])
    expect(page.first).toMatchObject({ workflowName: 'greets', status: 'SUCCESS' })
    const next = (await asks('list', { query: { workflow: 'greets', cursor: page.nextCursor } })).result
    expect(next).toMatchObject({ ids: [started[0]], nextCursor: null })
    const failed = (await asks('list', { query: { status: 'FAILED', since: new Date(0) } })).result
    expect(failed).toMatchObject({ first: { error: { type: 'UserError', message: 'Not today.' } } })
  })

  test.each([{ status: 'NONE' }, { limit: 1000 }, { cursor: 'x' }, { since: 'yesterday' }, { org_id: 'x' }])(
    'the filter %j is refused',
    async (query) => {
      expect((await asks('list', { query })).status).toBe('FAILED')
    },
  )

  test('are read with input, result and log', async () => {
    const { execution_id: id } = await asks('greets', { name: 'Ada' })
    expect((await asks('get', { id })).result).toMatchObject({
      id,
      input: { name: 'Ada' },
      result: 'Hello Ada',
      parentId: null,
    })
    expect((await asks('logs', { id })).result).toEqual([[1, 'greeting Ada']])
    expect((await asks('get', { id: 'nonsense' })).result).toBe('none')
    expect((await asks('logs', { id: 'nonsense' })).status).toBe('FAILED')
  })

  test('of others are there for those who build, and of other organizations for no one', async () => {
    const { execution_id: id } = await asks('greets', { name: 'secret' })
    const [developer, member, stranger] = await Promise.all([
      server().person('developer'),
      server().person('member'),
      server().person('org_admin', await server().organization()),
    ])
    expect((await asks('get', { id }, developer)).result).toMatchObject({ id })
    for (const person of [member, stranger]) {
      expect((await asks('get', { id }, person)).result).toBe('none')
      expect((await asks('logs', { id }, person)).status).toBe('FAILED')
      expect((await asks('list', { query: { workflow: 'greets' } }, person)).result).toMatchObject({
        ids: [],
      })
    }
    const own = await asks('greets', { name: 'mine' }, member)
    expect((await asks('list', { query: {} }, member)).result).toMatchObject({
      ids: expect.arrayContaining([own.execution_id]),
    })
  })
})

test('workflows.run without waiting answers the run that it started', async () => {
  const { execution_id: parent, result: id } = await asks('startsOne', {})
  expect(await server().ended(id as string)).toMatchObject({
    status: 'SUCCESS',
    result: 'Hello child',
    parent_id: parent,
  })
})
