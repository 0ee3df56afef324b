import { ApiError, isTerminal, routes, type Task, type TaskSummary } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'x.tsx': 'export default () => null',
    'approvals.ts': `import { logger, screen, step, workflow } from 'bifrost'
export const approve = workflow(async (total: number = 5, email: string = '', role: string = '') => {
  const order = await step('fetch', () => ({ id: 'o-1', total }))
  const answer = await screen('approve', {
    title: 'Approve the order',
    description: 'More than usual.',
    props: { ...order, now: Date.now() },
    fields: {
      approved: 'boolean',
      amount: { type: 'integer', default: 7 },
      reason: { type: 'string', required: false, options: ['price', 'quality'] },
    },
    assignee: () => {
      console.log('chose an assignee')
      return { ...(email ? { user: email } : {}), ...(role ? { role: role as 'member' } : {}) }
    },
  })
  return { answer, total: order.total }
})
export const patient = workflow(async (timeout: string) => {
  const answer = await screen('look', { fields: { seen: 'boolean' }, timeout })
  return { answer: answer === undefined ? 'no one' : answer }
})
export const forgiving = workflow(async () => {
  try {
    return await screen('decide', { fields: { ok: 'boolean' } })
  } catch (error) {
    return { name: (error as Error).name, type: (error as { type: string }).type, message: (error as Error).message }
  }
})
export const two = workflow(async () => {
  const [left, right] = await Promise.all([
    screen('left', { fields: { n: 'integer' } }),
    screen('right', { fields: { n: 'integer' } }),
  ])
  return left.n + right.n
})
export const nested = workflow(async () =>
  screen('nested', {
    fields: {
      lines: { type: 'list', items: 'object', fields: { sku: 'string', count: 'integer' } },
      tags: { type: 'list', options: ['a', 'b'], required: false },
    },
  }))
export const wrong = workflow(async (how: string) => {
  if (how === 'both') return screen('x', { fields: { a: 'string' }, component: './x.tsx' })
  if (how === 'neither') return screen('x', {})
  if (how === 'type') return screen('x', { fields: { a: 'strnig' as 'string' } })
  if (how === 'props') return screen('x', { fields: { a: 'string' }, props: { when: new Date() as never } })
  if (how === 'large') return screen('x', { fields: { a: 'string' }, props: { text: 'x'.repeat(1100000) } })
  if (how === 'unknown') return screen('x', { fields: { a: 'string' }, assignee: { user: 'unknown@nowhere.example' } })
  if (how === 'role') return screen('x', { fields: { a: 'string' }, assignee: { role: 'boss' as 'member' } })
  if (how === 'inside') return step('s', () => screen('x', { fields: { a: 'string' } }))
  logger.info('nothing')
})
`,
  },
})

const tasksOf = async (execution: string, person: TestPerson = server().admin): Promise<TaskSummary[]> =>
  (await person.api(routes.listTasks, { query: { execution } })).items
const taskOf = (execution: string, name?: string): Promise<TaskSummary> =>
  until('the run asks a person', async () =>
    (await tasksOf(execution)).find((task) => name === undefined || task.name === name),
  )
const get = (id: string, person: TestPerson = server().admin): Promise<Task> =>
  person.api(routes.getTask, { params: { id } })
const complete = (id: string, output: unknown, person: TestPerson = server().admin) =>
  person.api(routes.completeTask, { params: { id }, body: { output: output as never } })
const refusal = async (call: Promise<unknown>): Promise<ApiError> => {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ApiError)
  return error as ApiError
}
const suspended = (id: string) => server().reaches(id, (status) => status === 'SUSPENDED')

describe('a form screen', () => {
  test('waits at no cost, is answered in the browser or the API, and gives the answer to the code', async () => {
    const id = await server().run('approve', { total: 12 })
    const execution = await suspended(id)
    expect(execution.waiting_for).toMatchObject({
      kind: 'task',
      reason: 'Waits for a person to answer "Approve the order".',
      until: null,
    })
    const [task] = await tasksOf(id)
    expect(task).toMatchObject({
      key: 'approve#1',
      title: 'Approve the order',
      status: 'open',
      workflow_name: 'approve',
      assignee: { user: null, role: null },
      claimed_by: null,
      due_at: null,
    })
    const whole = await get(task?.id ?? '')
    expect(whole.props).toMatchObject({ id: 'o-1', total: 12 })
    expect(whole.fields?.map((field) => [field.name, field.type, field.required])).toEqual([
      ['approved', 'boolean', true],
      ['amount', 'integer', false],
      ['reason', 'string', false],
    ])
    const done = await complete(whole.id, { approved: false })
    expect(done).toMatchObject({
      status: 'done',
      output: { approved: false, amount: 7 },
      closed_by: { name: 'admin' },
      actions: [],
    })
    const ended = await server().ended(id)
    expect(ended.result).toEqual({ answer: { approved: false, amount: 7 }, total: 12 })
    const steps = (await server().api(routes.listExecutionSteps, { params: { id }, query: {} })).items
    expect(steps.find((step) => step.kind === 'screen')).toMatchObject({
      key: 'approve#1',
      status: 'completed',
      output: { approved: false, amount: 7 },
    })
  })

  test('an answer that does not fit is 422 with its fields, and the task stays open', async () => {
    const id = await server().run('approve')
    const { id: task } = await taskOf(id)
    const error = await refusal(complete(task, { amount: 'many', reason: 'mood', extra: 1 }))
    expect(error).toMatchObject({ status: 422, code: 'validation_failed' })
    expect(error.details).toEqual(
      expect.arrayContaining([
        { field: 'approved', message: 'is required' },
        { field: 'amount', message: 'must be a whole number' },
        { field: 'reason', message: 'must be one of "price", "quality"' },
        {
          field: 'extra',
          message: expect.stringContaining('is not a field of this screen'),
        },
      ]),
    )
    for (const output of [null, 'yes', [true]])
      expect((await refusal(complete(task, output))).status).toBe(422)
    expect(await get(task)).toMatchObject({ status: 'open', output: null })
    await complete(task, { approved: true, amount: null, reason: null })
    expect((await server().ended(id)).result).toMatchObject({ answer: { approved: true, amount: 7 } })
  })

  test('lists, objects and choices in lists are checked like the parameters of a run', async () => {
    const id = await server().run('nested')
    const { id: task } = await taskOf(id)
    const error = await refusal(
      complete(task, { lines: [{ sku: 'a', count: 1.5 }, { sku: 'b' }], tags: ['c'] }),
    )
    expect((error.details as { field: string }[]).map(({ field }) => field).sort()).toEqual([
      'lines.0.count',
      'lines.1.count',
      'tags.0',
    ])
    await complete(task, { lines: [{ sku: 'a', count: 2 }] })
    expect((await server().ended(id)).result).toEqual({ lines: [{ sku: 'a', count: 2 }] })
  })

  test('its props are those of the moment when the run got there, also after a restart', async () => {
    const id = await server().run('approve')
    await suspended(id)
    const { id: task } = await taskOf(id)
    const before = await get(task)
    await server().restart()
    expect((await get(task)).props).toEqual(before.props)
    await complete(task, { approved: true })
    await server().ended(id)
    expect((await get(task)).props).toEqual(before.props)
    // The assignee was chosen once, though the code came there again.
    const chosen = (await server().logs(id)).filter((line) => line.message.includes('chose an assignee'))
    expect(chosen).toHaveLength(1)
    expect(
      (await server().api(routes.listTasks, { query: { execution: id, status: ['done'] } })).items,
    ).toHaveLength(1)
  })

  test('two at once are two tasks, and the run continues when both are answered', async () => {
    const id = await server().run('two')
    const [left, right] = [await taskOf(id, 'left'), await taskOf(id, 'right')]
    await complete(right.id, { n: 2 })
    await until('one is left', async () => (await tasksOf(id)).length === 1)
    await complete(left.id, { n: 40 })
    expect((await server().ended(id)).result).toBe(42)
  })

  test('a time limit is a typed outcome, and the task says that its time ran out', async () => {
    const id = await server().run('patient', { timeout: '1s' })
    const { id: task } = await taskOf(id)
    expect((await server().ended(id)).result).toEqual({ answer: 'no one' })
    const late = await get(task)
    expect(late).toMatchObject({ status: 'expired', closed_by: null })
    expect(late.activity.at(-1)).toMatchObject({ action: 'expired', by: null })
    const error = await refusal(complete(task, { seen: true }))
    expect(error).toMatchObject({ status: 409, message: expect.stringContaining('ran out') })
  })

  test('a cancelled run closes its tasks', async () => {
    const id = await server().run('two')
    await suspended(id)
    const open = await tasksOf(id)
    expect(open).toHaveLength(2)
    await server().api(routes.cancelExecution, { params: { id } })
    await until('the tasks are closed', async () => (await tasksOf(id)).length === 0)
    for (const { id: task } of open)
      expect((await refusal(complete(task, { n: 1 }))).message).toContain('stopped waiting')
  })

  test('declined, it throws in the run, with who and why', async () => {
    const id = await server().run('forgiving')
    const { id: task } = await taskOf(id)
    const declined = await server().api(routes.cancelTask, {
      params: { id: task },
      body: { comment: 'Not ours.' },
    })
    expect(declined).toMatchObject({ status: 'cancelled', closed_by: { name: 'admin' } })
    expect((await server().ended(id)).result).toEqual({
      name: 'StepError',
      type: 'ScreenCancelledError',
      message: 'admin declined "Decide": Not ours.',
    })
  })

  test.each([
    ['both', 'needs either fields for a form, or a component'],
    ['neither', 'needs either fields for a form, or a component'],
    ['type', 'screen("x"): fields.a has the type "strnig"; it must be one of string'],
    ['props', 'props.when is a Date'],
    ['large', 'are larger than 1 MB'],
    ['unknown', 'no one in your organization has the email address or ID "unknown@nowhere.example"'],
    ['role', 'assignee.role must be one of "platform_admin", "org_admin"'],
    ['inside', 'is inside the step "s"'],
  ])('what makes no sense fails the run with a sentence: %s', async (how, message) => {
    const answer = await server().execute('wrong', { how })
    expect(answer).toMatchObject({ status: 'FAILED', error: { message: expect.stringContaining(message) } })
  })
})

describe('the first answer counts', () => {
  test('a second is 409 with who was first and when', async () => {
    const id = await server().run('approve')
    const { id: task } = await taskOf(id)
    const person = await server().person('member')
    await complete(task, { approved: true }, person)
    const error = await refusal(complete(task, { approved: false }))
    expect(error).toMatchObject({
      status: 409,
      code: 'conflict',
      message: expect.stringMatching(/^member answered this task at \d{4}-/),
      details: { status: 'done', by: { id: person.id, name: 'member' }, at: expect.any(String) },
    })
    expect((await server().ended(id)).result).toMatchObject({ answer: { approved: true } })
  })

  test('of many at once exactly one has answered', async () => {
    const id = await server().run('approve')
    const { id: task } = await taskOf(id)
    const people = await Promise.all(Array.from({ length: 6 }, () => server().person('member')))
    const answers = await Promise.allSettled(
      people.map((person, amount) => complete(task, { approved: true, amount }, person)),
    )
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const answer of answers)
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ status: 409 })
    const amount = answers.findIndex(({ status }) => status === 'fulfilled')
    expect((await server().ended(id)).result).toMatchObject({ answer: { amount } })
  })

  test('an answer against a cancel: one of both', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await server().run('approve')
      await suspended(id)
      const { id: task } = await taskOf(id)
      const [answered] = await Promise.allSettled([
        complete(task, { approved: true }),
        server().api(routes.cancelExecution, { params: { id } }),
      ])
      const { status } = await server().reaches(id, isTerminal)
      const closed = await get(task)
      expect(closed.status).toBe(answered.status === 'fulfilled' ? 'done' : 'cancelled')
      expect(['SUCCESS', 'CANCELLED']).toContain(status)
    }
  })
})

describe('who may', () => {
  test('a task of a role is for that role and for administrators; others are 403', async () => {
    const id = await server().run('approve', { role: 'developer' })
    const { id: task } = await taskOf(id)
    const [developer, member, admin] = await Promise.all([
      server().person('developer'),
      server().person('member'),
      server().person('org_admin'),
    ])
    expect((await refusal(get(task, member))).status).toBe(404)
    expect(await tasksOf(id, member)).toEqual([])
    expect((await get(task, developer)).actions).toContain('complete')
    expect((await get(task, admin)).actions).toContain('complete')
    await complete(task, { approved: true }, developer)
    await server().ended(id)
  })

  test('a task of a person is theirs; who only sees it cannot answer, claim or decline it', async () => {
    const [ada, developer] = await Promise.all([server().person('member'), server().person('developer')])
    const [row] = await server().db.query<{ email: string }>('select email from users where id = $1', [
      ada.id,
    ])
    const id = await server().run('approve', { email: row?.email.toUpperCase() })
    const { id: task } = await taskOf(id)
    expect((await server().reaches(id, (status) => status === 'SUSPENDED')).waiting_for?.reason).toBe(
      'Waits for member to answer "Approve the order".',
    )
    expect((await get(task, developer)).actions).toEqual(['comment'])
    const params = { id: task }
    for (const call of [
      () => complete(task, { approved: true }, developer),
      () => developer.api(routes.claimTask, { params }),
      () => developer.api(routes.cancelTask, { params, body: {} }),
      () => developer.api(routes.saveTaskDraft, { params, body: { draft: { approved: true } } }),
    ])
      expect(await refusal(call())).toMatchObject({ status: 403, code: 'forbidden' })
    await complete(task, { approved: true }, ada)
    await server().ended(id)
  })

  test('a claimed task is done by who claimed it, or given back; an administrator may help out', async () => {
    const id = await server().run('approve')
    const { id: task } = await taskOf(id)
    const params = { id: task }
    const [ada, bob] = await Promise.all([server().person('member'), server().person('member')])
    expect(await ada.api(routes.claimTask, { params })).toMatchObject({
      status: 'claimed',
      claimed_by: { id: ada.id },
    })
    expect(await ada.api(routes.claimTask, { params })).toMatchObject({ status: 'claimed' })
    expect(await refusal(bob.api(routes.claimTask, { params }))).toMatchObject({
      status: 409,
      message: 'member has claimed this task.',
    })
    expect((await refusal(complete(task, { approved: true }, bob))).status).toBe(403)
    expect((await refusal(bob.api(routes.releaseTask, { params }))).status).toBe(403)
    expect(await ada.api(routes.releaseTask, { params })).toMatchObject({ status: 'open', claimed_by: null })
    await bob.api(routes.claimTask, { params })
    await complete(task, { approved: true })
    const { activity } = await get(task)
    expect(activity.map(({ action, by }) => [action, by?.name ?? null])).toEqual([
      ['created', null],
      ['claimed', 'member'],
      ['released', 'member'],
      ['claimed', 'member'],
      ['completed', 'admin'],
    ])
    await server().ended(id)
  })

  test('another organization sees nothing of it', async () => {
    const id = await server().run('approve')
    const { id: task } = await taskOf(id)
    const stranger = await server().person('org_admin', await server().organization())
    expect(await tasksOf(id, stranger)).toEqual([])
    expect((await stranger.api(routes.countTasks)).unclaimed).toBe(0)
    const params = { id: task }
    for (const call of [
      () => get(task, stranger),
      () => complete(task, { approved: true }, stranger),
      () => stranger.api(routes.claimTask, { params }),
      () => stranger.api(routes.releaseTask, { params }),
      () => stranger.api(routes.commentTask, { params, body: { text: 'x' } }),
      () => stranger.api(routes.cancelTask, { params, body: {} }),
    ])
      expect((await refusal(call())).status).toBe(404)
    await complete(task, { approved: true })
  })
})

describe('the inbox', () => {
  test('mine, what I could take, and pages by when they are due', async () => {
    const person = await server().person('member')
    const [row] = await server().db.query<{ email: string }>('select email from users where id = $1', [
      person.id,
    ])
    const runs = await Promise.all([
      server().run('approve', { email: row?.email }),
      server().run('approve', { role: 'member' }),
      server().run('approve', { role: 'developer' }),
    ])
    const [own, role, other] = await Promise.all(runs.map((id) => taskOf(id)))
    const list = async (assignee: 'me' | 'unclaimed' | 'all') =>
      (await person.api(routes.listTasks, { query: { assignee } })).items.map(({ id }) => id)
    expect(await list('me')).toEqual([own?.id])
    expect(await list('unclaimed')).toContain(role?.id)
    expect(await list('all')).not.toContain(other?.id)
    const before = await person.api(routes.countTasks)
    await person.api(routes.claimTask, { params: { id: role?.id ?? '' } })
    expect(await person.api(routes.countTasks)).toEqual({
      mine: before.mine + 1,
      unclaimed: before.unclaimed - 1,
      overdue: 0,
    })
    expect((await list('me')).toSorted()).toEqual([own?.id, role?.id].toSorted())

    const all: string[] = []
    let cursor: string | null = null
    do {
      const page: { items: TaskSummary[]; next_cursor: string | null } = await server().api(
        routes.listTasks,
        {
          query: { limit: 2, ...(cursor ? { cursor } : {}) },
        },
      )
      all.push(...page.items.map(({ id }) => id))
      cursor = page.next_cursor
    } while (cursor)
    expect(new Set(all).size).toBe(all.length)
    expect(all).toEqual(expect.arrayContaining([own?.id, role?.id, other?.id]))
    expect((await refusal(server().api(routes.listTasks, { query: { cursor: 'x' } }))).status).toBe(422)
  })

  test('comments and drafts stay with the task', async () => {
    const id = await server().run('approve')
    const { id: task } = await taskOf(id)
    const params = { id: task }
    await server().api(routes.commentTask, { params, body: { text: 'Asked the supplier.' } })
    await server().api(routes.saveTaskDraft, { params, body: { draft: { amount: 3 } } })
    expect(await get(task)).toMatchObject({
      draft: { amount: 3 },
      activity: [{ action: 'created' }, { action: 'commented', text: 'Asked the supplier.' }],
    })
    const tooLarge = { text: 'x'.repeat(300 * 1024) }
    expect(
      (await refusal(server().api(routes.saveTaskDraft, { params, body: { draft: tooLarge } }))).status,
    ).toBe(422)
    expect((await refusal(server().api(routes.commentTask, { params, body: { text: ' ' } }))).status).toBe(
      422,
    )
    await complete(task, { approved: true })
    expect((await refusal(server().api(routes.commentTask, { params, body: { text: 'late' } }))).status).toBe(
      409,
    )
    expect((await get(task)).draft).toBeNull()
  })
})
