import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { SoftAuthenticator } from '../../testing/authenticator.ts'
import { Browser } from '../../testing/browser.ts'
import { useServer } from '../../testing/server.ts'
import { hashPassword } from '../accounts/passwords.ts'
import { insertUser } from '../accounts/queries.ts'

const server = useServer()
const PASSWORD = 'seven green umbrellas'

async function person() {
  const email = `p-${newId()}@example.com`
  await insertUser(server().db.query, {
    orgId: await server().providerId(),
    email,
    name: 'Ada',
    role: 'member',
    passwordHash: await hashPassword(PASSWORD),
  })
  return { email, browser: await new Browser(server()).signIn(email, PASSWORD) }
}
/** A person with a passkey. */
async function personWithPasskey() {
  const { email, browser } = await person()
  const authenticator = new SoftAuthenticator(server().url)
  const { token, options } = await browser.api(routes.startPasskey)
  const made = await browser.api(routes.addPasskey, {
    body: { token, name: 'Laptop', response: authenticator.register(options) },
  })
  return { email, browser, authenticator, ...made }
}
const startLogin = (second_factor_token?: string) =>
  new Browser(server()).api(routes.startPasskeyLogin, { body: { second_factor_token } })
const login = async (browser: Browser, token: string, response: Record<string, unknown>) =>
  browser.api(routes.loginPasskey, { body: { token, response } }).then(
    (me) => me.email,
    (error: { code: string }) => error.code,
  )

describe('a passkey', () => {
  test('signs in alone, without a name or a password', async () => {
    const { email, browser, authenticator, passkey, recovery_codes } = await personWithPasskey()
    expect(recovery_codes).toHaveLength(10)
    const { token, options } = await startLogin()
    expect(options).toMatchObject({ userVerification: 'required', allowCredentials: [] })
    const other = new Browser(server())
    expect(await login(other, token, authenticator.authenticate(options))).toBe(email)
    expect(await other.isSignedIn()).toBe(true)
    const { passkeys } = await browser.api(routes.getSecurity)
    expect(passkeys).toMatchObject([{ id: passkey.id, name: 'Laptop', last_used_at: expect.any(String) }])
  })

  test('an answer counts once, and not for another challenge', async () => {
    const { email, authenticator } = await personWithPasskey()
    const first = await startLogin()
    const answer = authenticator.authenticate(first.options)
    const browser = new Browser(server())
    expect(await login(browser, first.token, answer)).toBe(email)
    expect(await login(browser, first.token, answer)).toBe('sign_in_failed')
    const second = await startLogin()
    expect(await login(browser, second.token, answer)).toBe('sign_in_failed')
  })

  test.each([
    ['from another site', { origin: 'https://bifrost.evil.example' }],
    ['that was copied: its counter does not grow', { counter: 1 }],
    ['that verified no user', { unverified: true }],
    ['with the signature of another key', { signedByStranger: true }],
  ])('an answer %s is refused', async (_what, wrong) => {
    const { authenticator } = await personWithPasskey()
    const { token, options } = await startLogin()
    const browser = new Browser(server())
    expect(await login(browser, token, authenticator.authenticate(options, wrong))).toBe('sign_in_failed')
    expect(browser.token).toBe('')
  })

  test('no one has, and one that is no passkey at all, are refused alike', async () => {
    const stranger = new SoftAuthenticator(server().url)
    for (const answer of [{}, { id: 1 }, { id: "' or 1=1 --", response: { clientDataJSON: 'x' } }]) {
      const { token } = await startLogin()
      expect(await login(new Browser(server()), token, answer)).toBe('sign_in_failed')
    }
    const { token, options } = await startLogin()
    expect(await login(new Browser(server()), token, stranger.authenticate(options))).toBe('sign_in_failed')
  })

  test('comes too late after five minutes', async () => {
    const { authenticator } = await personWithPasskey()
    const { token, options } = await startLogin()
    await server().db.query(`update sign_in_steps set expires_at = now() - interval '1 second'`)
    expect(await login(new Browser(server()), token, authenticator.authenticate(options))).toBe(
      'sign_in_failed',
    )
  })
})

describe('after a password', () => {
  test('the passkey of that person is asked for, and no other counts', async () => {
    const [ada, bob] = [await personWithPasskey(), await personWithPasskey()]
    const browser = new Browser(server())
    const answer = await browser.api(routes.login, { body: { email: ada.email, password: PASSWORD } })
    if (!('mfa_required' in answer)) throw new Error('no second factor was asked for')
    expect(answer.methods).toEqual(['passkey', 'recovery_code'])
    const wrong = await startLogin(answer.token)
    expect(wrong.options).toMatchObject({
      allowCredentials: [{ id: ada.authenticator.id.toString('base64url') }],
    })
    expect(await login(browser, wrong.token, bob.authenticator.authenticate(wrong.options))).toBe(
      'sign_in_failed',
    )
    const right = await startLogin(answer.token)
    expect(await login(browser, right.token, ada.authenticator.authenticate(right.options))).toBe(ada.email)
    await expect(startLogin(answer.token)).rejects.toMatchObject({ code: 'sign_in_failed' })
  })
})

describe('registering', () => {
  const add = async (browser: Browser, token: string, response: Record<string, unknown>) =>
    browser.api(routes.addPasskey, { body: { token, name: 'x', response } }).then(
      () => 201,
      (error: { status: number }) => error.status,
    )

  test('wants an answer to the challenge of that person, once, from our site, verified', async () => {
    const [ada, bob] = [await person(), await person()]
    const start = () => ada.browser.api(routes.startPasskey)
    const authenticator = new SoftAuthenticator(server().url)
    for (const wrong of [{ origin: 'https://evil.example' }, { unverified: true }]) {
      const { token, options } = await start()
      expect(await add(ada.browser, token, authenticator.register(options, wrong))).toBe(403)
    }
    const { token, options } = await start()
    expect(await add(bob.browser, token, authenticator.register(options))).toBe(403)
    const again = await start()
    const answer = authenticator.register(again.options)
    expect(await add(ada.browser, again.token, answer)).toBe(201)
    expect(await add(ada.browser, again.token, answer)).toBe(403)
    // The same one for another person would sign in as either.
    const other = await bob.browser.api(routes.startPasskey)
    expect(await add(bob.browser, other.token, authenticator.register(other.options))).toBe(409)
  })

  test('passkeys are renamed and deleted by their person, and those of others are not found', async () => {
    const [ada, bob] = [await personWithPasskey(), await person()]
    const params = { id: ada.passkey.id }
    await expect(
      bob.browser.api(routes.renamePasskey, { params, body: { name: 'Mine' } }),
    ).rejects.toMatchObject({
      status: 404,
    })
    await expect(bob.browser.api(routes.deletePasskey, { params })).rejects.toMatchObject({ status: 404 })
    expect(await ada.browser.api(routes.renamePasskey, { params, body: { name: 'Phone' } })).toMatchObject({
      name: 'Phone',
    })
    await ada.browser.api(routes.deletePasskey, { params })
    expect(await ada.browser.api(routes.getSecurity)).toMatchObject({ passkeys: [], recovery_codes_left: 0 })
    const { token, options } = await startLogin()
    expect(await login(new Browser(server()), token, ada.authenticator.authenticate(options))).toBe(
      'sign_in_failed',
    )
  })
})
