import { routes, type TaskSummary } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { until, useServer } from '../packages/server/src/testing/server.ts'

// The order examples, with people in them, through the real server.

const server = useServer({ config: { workspaceDir: copyOfExamples() } })

const taskOf = (execution: string): Promise<TaskSummary> =>
  until('the run asks a person', async () => {
    const { items } = await server().api(routes.listTasks, { query: { execution } })
    return items[0]
  })

test('approveOrder: places a small order without asking', async () => {
  const answer = await server().execute('approveOrder', { orderId: 'A-1001' })
  expect(answer).toMatchObject({ status: 'SUCCESS', result: { order: 'A-1001', approved: true } })
})

test('approveOrder: asks an administrator about a large one, and does what they say', async () => {
  for (const [output, result] of [
    [{ approved: true }, { order: 'A-1002', approved: true }],
    [
      { approved: false, reason: 'Next quarter.' },
      { order: 'A-1002', approved: false, reason: 'Next quarter.' },
    ],
  ]) {
    const id = await server().run('approveOrder', { orderId: 'A-1002' })
    const task = await taskOf(id)
    expect(task).toMatchObject({ title: 'Approve order A-1002', assignee: { role: 'org_admin' } })
    const admin = await server().person('org_admin')
    await admin.api(routes.completeTask, { params: { id: task.id }, body: { output: output as never } })
    expect((await server().ended(id)).result).toEqual(result)
  }
})

test('reviewOffers: shows the offers, takes only a supplier that made one, and orders there', async () => {
  const id = await server().run('reviewOffers', { article: 'Toner' })
  const task = await taskOf(id)
  const params = { id: task.id }
  const whole = await server().api(routes.getTask, { params })
  expect(whole).toMatchObject({
    component: 'orders/screens/review-offers.tsx',
    props: { recommended: 'Northern Office' },
  })
  const answer = (output: object) =>
    server().api(routes.completeTask, { params, body: { output: output as never } })
  await expect(answer({ supplier: 'Another supplier', count: 1 })).rejects.toMatchObject({ status: 422 })
  await answer({ supplier: 'Northern Office', count: 5 })
  expect((await server().ended(id)).result).toMatchObject({
    supplier: 'Northern Office',
    count: 5,
    ordered: true,
  })
})
