import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { useServer } from '../packages/server/src/testing/server.ts'

// The step graphs of the examples.

const server = useServer({ config: { workspaceDir: copyOfExamples() } })
const stepsOf = async (id: string) =>
  (await server().api(routes.listExecutionSteps, { params: { id }, query: {} })).items

test('processOrder: a small order goes from the shop to the lorry by itself', async () => {
  const answer = await server().execute('processOrder', { orderId: 'A-1001' })
  expect(answer).toMatchObject({ status: 'SUCCESS', error: null })
  expect(answer.result).toEqual({
    order: 'A-1001',
    shelves: ['L-2', 'B-6'],
    paid: 114,
    tracking: 'DX-1001',
  })
  const keys = (await stepsOf(answer.execution_id)).map((step) => step.key)
  expect(keys).toEqual(expect.arrayContaining(['lines[lamp]/reserve#1', 'lines[bulb]/reserve#1']))
  expect(keys).not.toContain('approve#1')
})

test.each([
  [true, 'SUCCESS', null],
  [false, 'FAILED', 'The order was refused. Too many desks.'],
])('a large order waits for a person, who says %s', async (approved, status, message) => {
  const id = await server().run('processOrder', { orderId: 'A-1002' })
  await server().reaches(id, (now) => now === 'SUSPENDED')
  const { items } = await server().api(routes.listTasks, { query: { execution: id } })
  expect(items).toMatchObject([{ title: 'Approve order A-1002' }])
  await server().api(routes.completeTask, {
    params: { id: items[0]?.id ?? '' },
    body: { output: { approved, comment: 'Too many desks.' } },
  })
  const run = await server().ended(id)
  expect([run.status, run.error?.message ?? null]).toEqual([status, message])
})

test('an order that the shop does not know fails at once, and says which there are', async () => {
  const { error, execution_id } = await server().execute('processOrder', { orderId: 'B-1' })
  expect(error?.message).toContain('it has A-1001 and A-1002')
  expect((await stepsOf(execution_id))[0]?.attempts).toHaveLength(1)
})

test('planTrip: with a car it is booked, without one every booking is undone', async () => {
  expect((await server().execute('planTrip', { city: 'Vienna', carsLeft: true })).result).toEqual([
    'flight-vienna',
    'hotel-vienna',
    'car-vienna',
  ])
  const failed = await server().execute('planTrip', { city: 'Vienna', carsLeft: false })
  expect(failed).toMatchObject({ status: 'FAILED', error: { message: 'There is no car left in Vienna.' } })
  expect((await server().logs(failed.execution_id)).map((line) => line.message)).toEqual([
    'hotel-vienna is cancelled',
    'flight-vienna is cancelled',
  ])
})
