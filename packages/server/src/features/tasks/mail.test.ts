import type { AddressInfo } from 'node:net'
import { routes } from '@bifrost/contract'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

interface Received {
  to: string[]
  from: string
  text: string
  id: string
}

/** A mail server as others run them; it refuses what a test tells it to. */
const received: Received[] = []
let refusals = 0
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onRcptTo(_address, _session, done) {
    if (refusals > 0) {
      refusals--
      done(Object.assign(new Error('try later'), { responseCode: 451 }))
    } else done()
  },
  onData(stream, session, done) {
    let text = ''
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    stream.on('end', () => {
      const { mailFrom, rcptTo } = session.envelope
      received.push({
        to: rcptTo.map(({ address }) => address),
        from: mailFrom ? mailFrom.address : '',
        text: text.replaceAll('=\r\n', ''),
        id: /^Message-ID: (\S+)/im.exec(text)?.[1] ?? '',
      })
      done()
    })
  },
})
const port = await new Promise<number>((resolve) => {
  const listening = smtp.listen(0, '127.0.0.1', () => resolve((listening.address() as AddressInfo).port))
})
afterAll(() => new Promise<void>((resolve) => smtp.close(() => resolve())))

const server = useServer({
  config: {
    smtpUrl: `smtp://127.0.0.1:${port}`,
    mailFrom: 'bifrost@example.com',
    publicUrl: 'https://bifrost.example.com',
  },
  files: {
    'ask.ts': `import { screen, workflow } from 'bifrost'
type Who = { user?: string; role?: 'developer' | 'member' | 'org_admin' }
export const ask = workflow(async (who: Who, due: string | null = null, after: string | null = null, to: Who | null = null) =>
  screen('approve', {
    title: 'Approve the\\r\\nBcc: everybody@example.com order',
    description: 'It is large.',
    props: { secret: 'not for mail' },
    fields: { ok: 'boolean' },
    assignee: who,
    ...(due ? { due } : {}),
    ...(after && to ? { escalate: { after, to } } : {}),
  }))
`,
  },
})

beforeEach(() => {
  received.length = 0
})

const emailOf = async (person: TestPerson): Promise<string> => {
  const [row] = await server().db.query<{ email: string }>('select email from users where id = $1', [
    person.id,
  ])
  return row?.email ?? ''
}
const taskOf = (execution: string) =>
  until('the run asks', async () => (await server().api(routes.listTasks, { query: { execution } })).items[0])
const mailTo = (email: string, has: string) =>
  until(`a mail to ${email}`, () => received.find(({ to, text }) => to.includes(email) && text.includes(has)))
const outbox = async () =>
  await server().db.query<{ attempts: number; error: string | null }>(
    'select attempts, error from mail_outbox order by created_at',
  )

describe('mail', () => {
  test('a person who is given a task gets one with a link, and with nothing of what it shows', async () => {
    const email = await emailOf(await server().person('member'))
    const { id } = await taskOf(await server().run('ask', { who: { user: email } }))
    const { from, to, text } = await mailTo(email, 'Waiting for you')
    expect(from).toBe('bifrost@example.com')
    expect(to).toEqual([email])
    expect(text).toContain(`https://bifrost.example.com/tasks/${id}`)
    expect(text).toContain('It is large.')
    expect(text).not.toContain('not for mail')
    expect(text).not.toMatch(/^Bcc:/im)
    await until('the outbox is empty', async () => (await outbox()).length === 0)
    expect(received).toHaveLength(1)
  })

  test('a role is everybody who has it; a task for everybody is no mail', async () => {
    const orgAdmins = [await server().person('org_admin'), await server().person('org_admin')]
    const emails = await Promise.all(orgAdmins.map(emailOf))
    await taskOf(await server().run('ask', { who: {} }))
    await taskOf(await server().run('ask', { who: { role: 'org_admin' } }))
    for (const email of emails) await mailTo(email, 'Waiting for you')
    await until('the outbox is empty', async () => (await outbox()).length === 0)
    expect(received.map(({ to }) => to[0]).toSorted()).toEqual(emails.toSorted())
  })

  test('a server that refuses is asked again, and the mail comes with the same id', async () => {
    const email = await emailOf(await server().person('member'))
    refusals = 2
    await taskOf(await server().run('ask', { who: { user: email } }))
    await until('it was refused', async () =>
      (await outbox()).some(({ error }) => error?.includes('try later')),
    )
    await mailTo(email, 'Waiting for you')
    expect(refusals).toBe(0)
    await until('the outbox is empty', async () => (await outbox()).length === 0)
    expect(received).toHaveLength(1)
  })

  test('what was written down before a stop is sent after the next start; of a task that is over, nothing', async () => {
    const [kept, over] = [await server().person('member'), await server().person('member')]
    refusals = 1000
    const { id } = await taskOf(await server().run('ask', { who: { user: await emailOf(kept) } }))
    const { id: done } = await taskOf(await server().run('ask', { who: { user: await emailOf(over) } }))
    await until('both were refused', async () => (await outbox()).filter(({ error }) => error).length === 2)
    await server().api(routes.completeTask, { params: { id: done }, body: { output: { ok: true } } })
    await server().stop()
    refusals = 0
    await server().db.query('update mail_outbox set next_at = now()')
    await server().start()
    await mailTo(await emailOf(kept), id)
    await until('the outbox is empty', async () => (await outbox()).length === 0)
    expect(received).toHaveLength(1)
  })

  test('is a reminder when the task is due, to who claimed it', async () => {
    const [ada, bob] = [await server().person('member'), await server().person('developer')]
    const { id } = await taskOf(await server().run('ask', { who: { role: 'developer' }, due: '2s' }))
    await bob.api(routes.claimTask, { params: { id } })
    const email = await emailOf(bob)
    const { text } = await mailTo(email, 'Subject: Due now')
    expect(text).toContain(`/tasks/${id}`)
    expect(received.filter(({ text }) => text.includes('Due now')).map(({ to }) => to[0])).toEqual([email])
    const task = await server().api(routes.getTask, { params: { id } })
    expect(task.activity.map(({ action }) => action)).toEqual(['created', 'claimed', 'reminded'])
    expect(await server().api(routes.countTasks)).toMatchObject({ overdue: 0 })
    expect(await bob.api(routes.countTasks)).toMatchObject({ mine: 1, overdue: 1 })
    expect((await ada.api(routes.listTasks, { query: {} })).items.map((one) => one.id)).not.toContain(id)
  })
})

test('an unanswered task is escalated: others may do it, and the person who claimed it may not', async () => {
  const [ada, boss] = [await server().person('member'), await server().person('member')]
  const [from, to] = [await emailOf(ada), await emailOf(boss)]
  const { id } = await taskOf(
    await server().run('ask', { who: { user: from }, after: '1s', to: { user: to } }),
  )
  const params = { id }
  await ada.api(routes.claimTask, { params })
  await mailTo(to, 'Assigned to you')
  const task = await server().api(routes.getTask, { params })
  expect(task).toMatchObject({ status: 'open', claimed_by: null, assignee: { user: { id: boss.id } } })
  expect(task.activity.at(-1)).toMatchObject({ action: 'escalated', by: null })
  await expect(
    ada.api(routes.completeTask, { params, body: { output: { ok: true } } }),
  ).rejects.toMatchObject({ status: 404 })
  await boss.api(routes.completeTask, { params, body: { output: { ok: true } } })
})
