import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { pythonFor } from '../packages/server/src/testing/python.ts'
import { until, useServer } from '../packages/server/src/testing/server.ts'

const python = await pythonFor('Running the Python examples')
const hasNone = python === null

const server = useServer({ config: { workspaceDir: copyOfExamples() } })

const resultOf = async (name: string, input: Record<string, unknown> = {}) => {
  const answer = await server().execute(name, input)
  expect(answer).toMatchObject({ status: 'SUCCESS', error: null })
  return answer.result
}

test.skipIf(hasNone)('hello_python: greets in the tone that was chosen', async () => {
  expect(await resultOf('hello_python', { name: 'Ada', times: 2, tone: 'short' })).toEqual({
    greeting: 'Hi Ada. Hi Ada.',
    from: 'Provider',
  })
  expect(await resultOf('hello_python', { name: 'Ada' })).toMatchObject({ greeting: 'Good day, Ada.' })
  await expect(server().execute('hello_python', { name: 'Ada', tone: 'rude' })).rejects.toMatchObject({
    code: 'validation_failed',
  })
})

test.skipIf(hasNone)('customer_options: gives labels and values for a form', async () => {
  expect(await resultOf('customer_options')).toContainEqual(
    expect.objectContaining({ label: 'Contoso', value: 'c-1' }),
  )
})

test.skipIf(hasNone)('renewal_report: has the contracts before the day, and writes a file', async () => {
  expect(await resultOf('renewal_report', { before: '2027-03-01T00:00:00Z' })).toEqual({
    due: [
      { id: 'c-1', name: 'Contoso', seats: 120, renewal: '2026-12-31' },
      { id: 'c-2', name: 'Fabrikam', seats: 40, renewal: '2027-02-28' },
    ],
    seats: 160,
    file: 'reports/renewals.csv',
  })
})

test.skipIf(hasNone)(
  'customer_contract: says what is known of a customer, or that there is none',
  async () => {
    expect(await resultOf('customer_contract', { customer: 'c-3' })).toMatchObject({
      name: 'Tailspin',
      seats: 8,
    })
    expect((await server().execute('customer_contract', { customer: 'c-9' })).result).toEqual({
      success: false,
      error: 'There is no customer c-9.',
    })
  },
)

test.skipIf(hasNone)('sync_seats: writes what has changed, and nothing the second time', async () => {
  expect(await resultOf('sync_seats')).toEqual({ changed: ['Contoso', 'Fabrikam', 'Tailspin'] })
  expect(await resultOf('sync_seats')).toEqual({ changed: [] })
})

test.skipIf(hasNone)('add_seats: buys and waits; an order that must not be is returned', async () => {
  expect(await resultOf('add_seats', { customer: 'c-3', seats: 2 })).toEqual({
    order: 'order-c-3-2',
    seats: 10,
  })
  const refused = await server().execute('add_seats', { customer: 'c-1', seats: 400 })
  expect(refused.error).toMatchObject({ type: 'UserError', message: expect.stringContaining('at most 500') })
  expect((await server().logs(refused.execution_id)).map(({ message }) => message)).toContain(
    'Returned order-c-1-400',
  )
})

test.skipIf(hasNone)('approve_discount: small ones pass, for larger ones it waits for a person', async () => {
  expect(await resultOf('approve_discount', { customer: 'c-2', percent: 5 })).toMatchObject({ percent: 5 })
  const { items } = await server().api(routes.listWorkflows, { query: {} })
  const { execution_id: id } = await server().api(routes.runWorkflow, {
    params: { id: items.find(({ name }) => name === 'approve_discount')?.id ?? '' },
    body: { input: { customer: 'c-1', percent: 25 } },
  })
  const task = await until('there is a task', async () =>
    (await server().api(routes.listTasks, { query: {} })).items.find((one) => one.execution_id === id),
  )
  expect(task.title).toBe('25 % discount for Contoso?')
  await server().api(routes.completeTask, {
    params: { id: task.id },
    body: { output: { approved: false, note: 'Too much' } },
  })
  expect((await server().ended(id)).result).toEqual({ customer: 'Contoso', percent: 0, note: 'Too much' })
})
