import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { hashToken } from '../../../platform/tokens.ts'
import { Browser } from '../../../testing/browser.ts'
import { useServer, withServer } from '../../../testing/server.ts'
import { hashPassword } from '../passwords.ts'
import { insertUser } from '../queries.ts'
import { pruneSignIns } from './sessions.ts'

const server = useServer()
const PASSWORD = 'seven green umbrellas'

async function newBrowser(headers: Record<string, string> = {}, email = `p-${newId()}@example.com`) {
  const [known] = await server().db.query('select from users where email = $1', [email])
  if (!known)
    await insertUser(server().db.query, {
      orgId: await server().providerId(),
      email,
      name: 'Ada',
      role: 'member',
      passwordHash: await hashPassword(PASSWORD),
    })
  const browser = await new Browser(server(), headers).signIn(email, PASSWORD)
  return { browser, email }
}

/** Moves times of a session into the past, and has the server look at it again. */
async function age(token: string, sets: string): Promise<void> {
  await server().db.query(`update sessions set ${sets} where token_hash = $1 or previous_hash = $1`, [
    hashToken(token),
  ])
  // A revoked key makes it drop its cached credentials.
  const { id } = await server().api(routes.createKey, { body: { name: 'forget' } })
  await server().api(routes.deleteKey, { params: { id } })
}
const meWith = (token: string) =>
  server().anonymous('/api/auth/me', { headers: { cookie: `bifrost_session=${token}` } })

describe('the token of a session', () => {
  test('is replaced after an hour; the one before it counts a minute more, and then ends the session', async () => {
    const { browser } = await newBrowser()
    const old = browser.token
    await age(old, `rotated_at = now() - interval '61 minutes'`)
    expect(await browser.isSignedIn()).toBe(true)
    const next = browser.token
    expect(next).not.toBe(old)
    expect(await browser.isSignedIn()).toBe(true)
    expect((await meWith(old)).status).toBe(200)
    await age(next, `rotated_at = now() - interval '61 seconds'`)
    expect((await meWith(old)).status).toBe(401)
    // Someone has a copy: the session ends.
    expect(await browser.isSignedIn()).toBe(false)
    const rows = await server().db.query(`select from audit_log where action = 'session.reuse'`)
    expect(rows).toHaveLength(1)
  })

  test('is handed out again when its answer was lost', async () => {
    const { browser } = await newBrowser()
    const old = browser.token
    await age(old, `rotated_at = now() - interval '61 minutes'`)
    await meWith(old)
    await age(old, `rotated_at = now() - interval '61 seconds'`)
    expect(await browser.isSignedIn()).toBe(true)
    expect(browser.token).not.toBe(old)
    expect(await browser.isSignedIn()).toBe(true)
  })

  test('is replaced once when many ask at the same time', async () => {
    const { browser } = await newBrowser()
    const old = browser.token
    await age(old, `rotated_at = now() - interval '61 minutes'`)
    const answers = await Promise.all(Array.from({ length: 8 }, () => meWith(old)))
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200))
    expect(answers.filter((answer) => answer.headers.getSetCookie().length > 0)).toHaveLength(1)
  })

  test('is another one after each sign-in, and the earlier session has ended', async () => {
    const { browser, email } = await newBrowser()
    const before = browser.token
    await browser.signIn(email, PASSWORD)
    expect(browser.token).not.toBe(before)
    expect((await meWith(before)).status).toBe(401)
    // A token that an attacker has chosen becomes no session.
    const victim = new Browser(server())
    victim.cookies.set('bifrost_session', 'bfs_chosen-by-an-attacker')
    await victim.signIn(email, PASSWORD)
    expect((await meWith('bfs_chosen-by-an-attacker')).status).toBe(401)
  })
})

describe('a session ends', () => {
  test('when it is not used, and at last in any case', async () => {
    const { browser } = await newBrowser()
    await age(browser.token, `expires_at = now() - interval '1 second'`)
    expect(await browser.isSignedIn()).toBe(false)
    const { browser: busy } = await newBrowser()
    await age(busy.token, `ends_at = now() + interval '1 hour', last_seen_at = now() - interval '1 day'`)
    expect(await busy.isSignedIn()).toBe(true)
    const [item] = (await busy.api(routes.listSessions)).items
    // Use makes it longer, but never longer than that.
    expect(Date.parse(item?.expires_at ?? '') - Date.now()).toBeLessThan(61 * 60_000)
    await age(busy.token, `ends_at = now() - interval '1 second'`)
    expect(await busy.isSignedIn()).toBe(false)
  })

  test('and is cleaned up', async () => {
    await withServer({}, async (own) => {
      const browser = await new Browser(own).signIn()
      await own.db.query(`update sessions set ends_at = now() - interval '1 second'`)
      await browser.signIn()
      await browser.api(routes.startDeviceLogin, { body: { client_name: 'old' } })
      await own.db.query(`update device_logins set expires_at = now() - interval '1 second'`)
      await pruneSignIns(own.db)
      const [counts] = await own.db.query(
        'select (select count(*) from sessions) as sessions, (select count(*) from device_logins) as devices',
      )
      expect(counts).toEqual({ sessions: 1, devices: 0 })
    })
  })
})

describe('in a session that began a while ago', () => {
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => 'done',
      (error: { code: string }) => error.code,
    )

  test('no one changes how they sign in, creates a key or lets a device in, without a proof of identity', async () => {
    const { browser, email } = await newBrowser()
    await age(browser.token, `created_at = now() - interval '16 minutes'`)
    const { user_code } = await browser.api(routes.startDeviceLogin, { body: { client_name: 'x' } })
    const calls = () => [
      browser.api(routes.startTotp),
      browser.api(routes.confirmTotp, { body: { code: '000000' } }),
      browser.api(routes.startPasskey),
      browser.api(routes.deletePasskey, { params: { id: newId() } }),
      browser.api(routes.newRecoveryCodes),
      browser.api(routes.createKey, { body: { name: 'x' } }),
      browser.api(routes.answerDeviceLogin, { body: { user_code, allow: true } }),
    ]
    const needed = async () =>
      (await Promise.all(calls().map(codeOf))).filter((code) => code === 'proof_needed').length
    expect(await needed()).toBe(7)
    const prove = (password: string) => codeOf(browser.api(routes.prove, { body: { password } }))
    expect(await prove('not the password')).toBe('forbidden')
    expect(await codeOf(browser.api(routes.prove, { body: {} }))).toBe('forbidden')
    expect(await needed()).toBe(7)
    expect(await prove(PASSWORD)).toBe('done')
    expect(await needed()).toBe(0)
    // It counts for that session, and not for long.
    const { browser: other } = await newBrowser({}, email)
    await age(other.token, `created_at = now() - interval '16 minutes'`)
    expect(await codeOf(other.api(routes.startTotp))).toBe('proof_needed')
    await server().db.query(`update sign_in_steps set expires_at = now() where kind = 'proof'`)
    expect(await needed()).toBe(7)
  })

  test('an API key proves nothing', async () => {
    const body = { password: PASSWORD }
    await expect(server().api(routes.prove, { body })).rejects.toMatchObject({ status: 403 })
  })
})

describe('people', () => {
  test('see where they are signed in, and end one or all others', async () => {
    const { browser: here, email } = await newBrowser({ 'user-agent': 'Here/1' })
    const { browser: there } = await newBrowser({ 'user-agent': 'There/1' }, email)
    const { browser: elsewhere } = await newBrowser({ 'user-agent': 'Elsewhere/1' }, email)
    const { items } = await here.api(routes.listSessions)
    expect(items.map(({ device, is_current }) => [device, is_current]).sort()).toEqual([
      ['Elsewhere/1', false],
      ['Here/1', true],
      ['There/1', false],
    ])
    expect(items[0]).toMatchObject({ address: '127.0.0.1', method: 'password' })
    const id = items.find(({ device }) => device === 'There/1')?.id ?? ''
    await here.api(routes.endSession, { params: { id } })
    expect(await there.isSignedIn()).toBe(false)
    expect(await elsewhere.isSignedIn()).toBe(true)
    expect(await here.api(routes.endOtherSessions)).toEqual({ ended: 1 })
    expect(await elsewhere.isSignedIn()).toBe(false)
    expect(await here.isSignedIn()).toBe(true)
  })

  test("another's session is not theirs to end", async () => {
    const [{ browser: ada }, { browser: bob }] = [await newBrowser(), await newBrowser()]
    const id = (await bob.api(routes.listSessions)).items[0]?.id ?? ''
    await expect(ada.api(routes.endSession, { params: { id } })).rejects.toMatchObject({ status: 404 })
    expect(await bob.isSignedIn()).toBe(true)
  })

  test('lose all sessions when an administrator ends them', async () => {
    const { browser } = await newBrowser()
    const { id } = await browser.api(routes.getMe)
    expect(await server().api(routes.endUserSessions, { params: { id } })).toEqual({ ended: 1 })
    expect(await browser.isSignedIn()).toBe(false)
  })
})
