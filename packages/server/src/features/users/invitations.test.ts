import type { AddressInfo } from 'node:net'
import { routes } from '@bifrost/contract'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

const received: { to: string; text: string }[] = []
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, session, done) {
    let text = ''
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    stream.on('end', () => {
      received.push({ to: session.envelope.rcptTo[0]?.address ?? '', text: text.replaceAll('=\r\n', '') })
      done()
    })
  },
})
const port = await new Promise<number>((resolve) => {
  const listening = smtp.listen(0, '127.0.0.1', () => resolve((listening.address() as AddressInfo).port))
})
afterAll(() => new Promise<void>((resolve) => smtp.close(() => resolve())))
beforeEach(() => {
  received.length = 0
})

const PUBLIC = 'https://bifrost.example.com'
const server = useServer({
  config: { smtpUrl: `smtp://127.0.0.1:${port}`, mailFrom: 'bifrost@example.com', publicUrl: PUBLIC },
})
const PASSWORD = 'a-long-enough-password'

const customer = async () => {
  const orgId = await server().organization(`Contoso ${newId()}`)
  return { orgId, admin: await server().person('org_admin', orgId) }
}
const invite = (by: TestPerson, body: { email?: string; role?: 'member' | 'org_admin' } = {}) =>
  by.api(routes.createInvitation, { body: { email: `new-${newId()}@example.com`, ...body } })
const tokenOf = (link: string) => link.split('#')[1] ?? ''
const anonymous = async (path: string, body: unknown) => {
  const response = await server().anonymous(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const show = (token: string) => anonymous(routes.showInvitation.path, { token })
const accept = (token: string, password = PASSWORD) =>
  anonymous(routes.acceptInvitation.path, { token, name: 'Ada', password })

describe('an invitation', () => {
  test('is a link that shows what it is for, and makes an account that can sign in', async () => {
    const { orgId, admin } = await customer()
    const { link, ...invitation } = await invite(admin, { role: 'org_admin' })
    expect(link).toMatch(new RegExp(`^${PUBLIC}/accept-invitation#bfi_`))
    const shown = await show(tokenOf(link))
    expect(shown).toMatchObject({ status: 200, body: { email: invitation.email, invited_by: 'org_admin' } })
    expect(await accept(tokenOf(link))).toEqual({ status: 201, body: { email: invitation.email } })
    const signedIn = await anonymous('/api/auth/login', { email: invitation.email, password: PASSWORD })
    expect(signedIn).toMatchObject({
      status: 200,
      body: { role: 'org_admin', name: 'Ada', organization: { id: orgId }, acting: 'home' },
    })
    const { items } = await admin.api(routes.listInvitations, { query: {} })
    expect(items.map(({ id }) => id)).not.toContain(invitation.id)
  })

  test('works once, also when it is used twice at the same moment', async () => {
    const { admin } = await customer()
    const { link } = await invite(admin)
    const answers = await Promise.all([accept(tokenOf(link)), accept(tokenOf(link))])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 404])
    expect((await accept(tokenOf(link))).status).toBe(404)
    expect((await show(tokenOf(link))).status).toBe(404)
  })

  test('expires', async () => {
    const { admin } = await customer()
    const { link, id } = await invite(admin)
    await server().db.query(`update invitations set expires_at = now() where id = $1`, [id])
    expect((await show(tokenOf(link))).status).toBe(404)
    expect((await accept(tokenOf(link))).status).toBe(404)
    const { items } = await admin.api(routes.listInvitations, { query: {} })
    expect(items.find((one) => one.id === id)?.is_expired).toBe(true)
  })

  test('is not valid once it was revoked, or made again for the same address', async () => {
    const { admin } = await customer()
    const first = await invite(admin)
    await admin.api(routes.deleteInvitation, { params: { id: first.id } })
    const second = await invite(admin, { email: first.email })
    const third = await invite(admin, { email: first.email.toUpperCase() })
    for (const { link } of [first, second]) expect((await accept(tokenOf(link))).status).toBe(404)
    expect((await accept(tokenOf(third.link))).status).toBe(201)
  })

  test('stands on the rights of the person who made it', async () => {
    const { orgId, admin } = await customer()
    const boss = await server().person('org_admin', orgId)
    const links = [await invite(admin, { role: 'org_admin' }), await invite(admin)]
    await boss.api(routes.updateUser, { params: { id: admin.id }, body: { role: 'developer' } })
    for (const { link } of links) expect((await accept(tokenOf(link))).status).toBe(404)
    const other = await server().person('org_admin', orgId)
    const { link } = await invite(other)
    await boss.api(routes.updateUser, { params: { id: other.id }, body: { is_active: false } })
    expect((await accept(tokenOf(link))).status).toBe(404)
  })

  test('of an organization that was deactivated is not valid', async () => {
    const { orgId, admin } = await customer()
    const { link } = await invite(admin)
    await server().api(routes.updateOrganization, { params: { id: orgId }, body: { is_active: false } })
    expect((await accept(tokenOf(link))).status).toBe(404)
  })

  test('of another organization is not there', async () => {
    const { admin } = await customer()
    const stranger = await customer()
    const { id, link } = await invite(admin)
    expect((await stranger.admin.api(routes.listInvitations, { query: {} })).items).toEqual([])
    await expect(stranger.admin.api(routes.deleteInvitation, { params: { id } })).rejects.toMatchObject({
      status: 404,
    })
    expect((await show(tokenOf(link))).status).toBe(200)
  })

  test('wants a password that is long enough, and says nothing to who has no link', async () => {
    const { admin } = await customer()
    const { link } = await invite(admin)
    expect((await accept(tokenOf(link), 'short')).status).toBe(422)
    for (const token of ['', 'bfi_wrong', `' or true --`, 'x'.repeat(201)])
      expect([404, 422]).toContain((await accept(token)).status)
    expect((await accept(tokenOf(link))).status).toBe(201)
  })

  test('of an address that has an account elsewhere says the same as one that is not valid', async () => {
    const [{ admin }, other] = await Promise.all([customer(), customer()])
    const { email } = await server().api(routes.getUser, { params: { id: other.admin.id } })
    const { link } = await invite(admin, { email })
    expect((await show(tokenOf(link))).status).toBe((await show(tokenOf((await invite(admin)).link))).status)
    const taken = await accept(tokenOf(link))
    const wrong = await accept('bfi_wrong')
    const said = ({ status, body }: typeof taken) => [status, (body['error'] as { message: string }).message]
    expect(said(taken)).toEqual(said(wrong))
    expect(taken.status).toBe(404)
  })

  test('that was made with a key ends with the key', async () => {
    const { admin } = await customer()
    const key = await admin.api(routes.createKey, { body: { name: 'invites' } })
    const made = await fetch(server().url + routes.createInvitation.path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ email: `new-${newId()}@example.com` }),
    })
    const { link } = (await made.json()) as { link: string }
    expect((await show(tokenOf(link))).status).toBe(200)
    await admin.api(routes.deleteKey, { params: { id: key.id } })
    expect((await accept(tokenOf(link))).status).toBe(404)
  })

  test('is not made for a person who has an account already', async () => {
    const { orgId, admin } = await customer()
    const [row] = await server().db.query<{ email: string }>('select email from users where org_id = $1', [
      orgId,
    ])
    await expect(invite(admin, { email: row?.email ?? '' })).rejects.toMatchObject({ status: 409 })
  })

  test('may come from the provider, for an organization that it acts for', async () => {
    const { orgId, admin } = await customer()
    const made = await server().fetch('/api/invitations', {
      method: 'POST',
      headers: { 'bifrost-scope': orgId, 'content-type': 'application/json' },
      body: JSON.stringify({ email: `first-${newId()}@example.com`, role: 'org_admin' }),
    })
    const { id, link } = (await made.json()) as { id: string; link: string }
    expect(made.status).toBe(201)
    const { items } = await admin.api(routes.listInvitations, { query: {} })
    expect(items.find((one) => one.id === id)?.invited_by?.name).toBe('admin')
    expect((await accept(tokenOf(link))).status).toBe(201)
  })

  test('of which only a hash is stored', async () => {
    const { admin } = await customer()
    const { link, id } = await invite(admin)
    const [row] = await server().db.query('select i::text as text from invitations i where id = $1', [id])
    expect(JSON.stringify(row)).not.toContain(tokenOf(link).slice(4))
  })
})

describe('the mail', () => {
  test('has a link of its own, which works as well, and once', async () => {
    const { admin } = await customer()
    const invitation = await invite(admin)
    expect(invitation.mail).toBe('waiting')
    const mail = await until('the mail comes', async () => received.find(({ to }) => to === invitation.email))
    const token = /accept-invitation#(\S+)/.exec(mail.text.replaceAll('=3D', '='))?.[1] ?? ''
    expect(token).not.toBe(tokenOf(invitation.link))
    await expect
      .poll(async () => (await admin.api(routes.listInvitations, { query: {} })).items[0]?.mail)
      .toBe('sent')
    expect((await accept(token)).status).toBe(201)
    expect((await accept(tokenOf(invitation.link))).status).toBe(404)
  })
})
