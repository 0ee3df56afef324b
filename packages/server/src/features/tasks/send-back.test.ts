import { routes, type TaskSummary } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'story.ts': `import { logger, screen, sleep, step, workflow, workflows } from 'bifrost'
export const story = workflow(async () => {
  const plan = await step('plan', () => Math.random())
  const draft = await screen('write', { fields: { text: 'string' } })
  const checked = await step('check', () => { logger.info('checking ' + draft.text); return draft.text.length })
  const printed = await workflows.run(print, { text: draft.text })
  const look = await screen('approve', { props: { checked, printed }, fields: { ok: 'boolean' } })
  return { plan, text: draft.text, checked, printed, ok: look.ok }
})
export const print = workflow(async (text: string) => text.toUpperCase())
export const sides = workflow(async () => {
  const [first, other] = await Promise.all([
    screen('first', { fields: { n: 'integer' } }).then(async (one) => {
      const second = await screen('second', { fields: { n: 'integer' } })
      return one.n + second.n
    }),
    screen('other', { fields: { n: 'integer' } }),
  ])
  return first + other.n
})
export const busy = workflow(async () => {
  await screen('first', { fields: { n: 'integer' } })
  await Promise.all([step('long', () => new Promise((resolve) => setTimeout(resolve, 2500))), screen('second', { fields: { n: 'integer' } })])
})
export const asleep = workflow(async () => {
  await screen('first', { fields: { n: 'integer' } })
  await Promise.all([sleep('1 day'), screen('second', { fields: { n: 'integer' } })])
})
`,
  },
})

const open = (execution: string, name: string): Promise<TaskSummary> =>
  until(`the task ${name}`, async () =>
    (await server().api(routes.listTasks, { query: { execution } })).items.find((task) => task.name === name),
  )
const complete = (id: string, output: object) =>
  server().api(routes.completeTask, { params: { id }, body: { output: output as never } })
const sendBack = (id: string, comment = 'Too short.', to?: string) =>
  server().api(routes.sendBackTask, { params: { id }, body: { comment, ...(to ? { to } : {}) } })
const suspended = (id: string) => server().reaches(id, (status) => status === 'SUSPENDED')
const stepsOf = async (id: string) =>
  (await server().api(routes.listExecutionSteps, { params: { id }, query: {} })).items

test('the run goes back to an earlier screen, keeps what was before, and does again what came after', async () => {
  const id = await server().run('story')
  await complete((await open(id, 'write')).id, { text: 'short' })
  const approve = await open(id, 'approve')
  await suspended(id)
  const plan = (await stepsOf(id)).find(({ name }) => name === 'plan')?.output
  const whole = await server().api(routes.getTask, { params: { id: approve.id } })
  expect(whole.earlier).toMatchObject([{ key: 'write#1', title: 'Write', closed_by: { name: 'admin' } }])
  expect(whole.actions).toContain('send_back')
  expect(whole.props).toEqual({ checked: 5, printed: 'SHORT' })

  const back = await sendBack(approve.id)
  expect(back).toMatchObject({ status: 'cancelled', actions: [] })
  expect(back.activity.at(-1)).toMatchObject({
    action: 'sent_back',
    by: { name: 'admin' },
    text: 'Too short.',
  })
  const again = await open(id, 'write')
  const writing = await server().api(routes.getTask, { params: { id: again.id } })
  // The person who gets it again has what was answered, and why it came back.
  expect(writing).toMatchObject({ status: 'open', draft: { text: 'short' }, earlier: [] })
  expect(writing.activity.map(({ action, text }) => [action, text])).toEqual([
    ['created', null],
    ['completed', null],
    ['sent_back', 'Too short.'],
    ['created', null],
  ])
  expect((await stepsOf(id)).map(({ key }) => key).toSorted()).toEqual(['plan#1', 'write#1'])

  await complete(again.id, { text: 'long enough' })
  const second = await open(id, 'approve')
  await complete(second.id, { ok: true })
  expect((await server().ended(id)).result).toEqual({
    plan,
    text: 'long enough',
    checked: 11,
    printed: 'LONG ENOUGH',
    ok: true,
  })
  const lines = (await server().logs(id)).map(({ message }) => message)
  expect(lines).toEqual([
    'checking short',
    'admin sent the run back from "Approve" to "Write": Too short. Repeated from there: approve#1, check#1, print#1, write#1.',
    'checking long enough',
  ])
})

test('what waited beside the earlier screen keeps waiting', async () => {
  const id = await server().run('sides')
  const other = await open(id, 'other')
  await complete((await open(id, 'first')).id, { n: 1 })
  const second = await open(id, 'second')
  await suspended(id)
  await sendBack(second.id)
  await complete((await open(id, 'first')).id, { n: 10 })
  await complete((await open(id, 'second')).id, { n: 100 })
  expect(await open(id, 'other')).toMatchObject({ id: other.id, status: 'open' })
  await complete(other.id, { n: 1000 })
  expect((await server().ended(id)).result).toBe(1110)
})

test('without an earlier screen, or to one that is none, it is refused, and nothing changes', async () => {
  const id = await server().run('story')
  const write = await open(id, 'write')
  await suspended(id)
  await expect(sendBack(write.id)).rejects.toMatchObject({ status: 422, details: [{ field: 'to' }] })
  await complete(write.id, { text: 'x' })
  const approve = await open(id, 'approve')
  await suspended(id)
  await expect(sendBack(approve.id, 'Why?', 'plan#1')).rejects.toMatchObject({
    status: 422,
    details: [{ field: 'to', message: expect.stringContaining('there are write#1') }],
  })
  await expect(sendBack(approve.id, ' ')).rejects.toMatchObject({ status: 422 })
  expect(await open(id, 'approve')).toMatchObject({ id: approve.id, status: 'open' })
  await sendBack(approve.id, 'Now.', 'write#1')
  await expect(sendBack(approve.id)).rejects.toMatchObject({ status: 409 })
})

test('a run that does something at this moment is not rewound meanwhile', async () => {
  const id = await server().run('busy')
  await complete((await open(id, 'first')).id, { n: 1 })
  const second = await open(id, 'second')
  await expect(sendBack(second.id)).rejects.toMatchObject({ status: 409, code: 'conflict' })
  expect(await open(id, 'second')).toMatchObject({ status: 'open' })
  await complete(second.id, { n: 2 })
  expect((await server().ended(id)).status).toBe('SUCCESS')
})

test('another person cannot, nor anybody of another organization', async () => {
  const id = await server().run('asleep')
  await complete((await open(id, 'first')).id, { n: 1 })
  const { id: task } = await open(id, 'second')
  await suspended(id)
  const params = { id: task }
  const [ada, bob] = [await server().person('member'), await server().person('member')]
  const stranger = await server().person('org_admin', await server().organization())
  await ada.api(routes.claimTask, { params })
  const body = { comment: 'No.' }
  await expect(bob.api(routes.sendBackTask, { params, body })).rejects.toMatchObject({ status: 403 })
  await expect(stranger.api(routes.sendBackTask, { params, body })).rejects.toMatchObject({ status: 404 })
  await ada.api(routes.sendBackTask, { params, body })
  await open(id, 'first')
  // The sleep began after the first screen, so it is begun again with it.
  expect((await stepsOf(id)).map(({ name }) => name)).toEqual(['first'])
  await server().api(routes.cancelExecution, { params: { id } })
})
