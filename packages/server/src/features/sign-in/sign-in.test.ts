import { type AccountRole, routes } from '@bifrost/contract'
import { Secret, TOTP } from 'otpauth'
import { describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { Browser } from '../../testing/browser.ts'
import { ADMIN, useServer, withServer } from '../../testing/server.ts'
import { hashPassword } from '../accounts/passwords.ts'
import { insertUser } from '../accounts/queries.ts'

const server = useServer()
const PASSWORD = 'seven green umbrellas'

/** A person with a password. */
async function person(role: AccountRole = 'member', orgId?: string) {
  const email = `${role}-${newId()}@example.com`
  const id = await insertUser(server().db.query, {
    orgId: orgId ?? (await server().providerId()),
    email,
    name: 'Ada Quixanthra',
    role,
    passwordHash: await hashPassword(PASSWORD),
  })
  return { id, email }
}
const signedIn = async (email: string) => new Browser(server()).signIn(email, PASSWORD)
const statusOf = (call: Promise<unknown>) =>
  call.then(
    () => 200,
    (error: { status: number }) => error.status,
  )
const codeOf = (secret: string, steps = 0) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 })
const auditOf = (action: string) =>
  server().db.query<{ outcome: string; actor_email: string | null; org_id: string | null; after: object }>(
    'select outcome, actor_email, org_id, after from audit_log where action = $1 order by id',
    [action],
  )

/** A person who uses an authenticator app. The step of the code that confirmed it is the last one that was used. */
async function personWithTotp() {
  const { id, email } = await person()
  const browser = await signedIn(email)
  const { secret, uri } = await browser.api(routes.startTotp)
  const { recovery_codes } = await browser.api(routes.confirmTotp, { body: { code: codeOf(secret, -1) } })
  return { id, email, browser, secret, uri, codes: recovery_codes ?? [] }
}
async function firstStep(email: string) {
  const browser = new Browser(server())
  const answer = await browser.api(routes.login, { body: { email, password: PASSWORD } })
  if (!('mfa_required' in answer)) throw new Error('no second factor was asked for')
  return { browser, ...answer }
}

describe('an authenticator app', () => {
  test('is asked for after the password, and no session comes before it (69)', async () => {
    const { email, uri, secret } = await personWithTotp()
    expect(uri).toMatch(/^otpauth:\/\/totp\/Bifrost/)
    const { browser, token, methods } = await firstStep(email)
    expect(methods).toEqual(['totp', 'recovery_code'])
    expect(browser.token).toBe('')
    const me = await browser.api(routes.loginSecondFactor, { body: { token, code: codeOf(secret) } })
    expect(me).toMatchObject({ email })
    expect(await browser.isSignedIn()).toBe(true)
  })

  test('a code counts once, no matter who shows it again, and a token of the first step once', async () => {
    const { email, secret } = await personWithTotp()
    const [one, two] = [await firstStep(email), await firstStep(email)]
    const code = codeOf(secret)
    const second = (browser: Browser, token: string, given = code) =>
      statusOf(browser.api(routes.loginSecondFactor, { body: { token, code: given } }))
    expect(await second(one.browser, one.token)).toBe(200)
    expect(await second(two.browser, two.token)).toBe(401)
    // An older code than the last one is no better.
    expect(await second(two.browser, two.token, codeOf(secret, -1))).toBe(401)
    expect(await second(one.browser, one.token, codeOf(secret, 1))).toBe(401)
    expect(await second(two.browser, two.token, codeOf(secret, 1))).toBe(200)
  })

  test('of two at once with one code, one is let in', async () => {
    const { email, secret } = await personWithTotp()
    const steps = await Promise.all([firstStep(email), firstStep(email), firstStep(email)])
    const code = codeOf(secret)
    const outcomes = await Promise.all(
      steps.map(({ browser, token }) =>
        statusOf(browser.api(routes.loginSecondFactor, { body: { token, code } })),
      ),
    )
    expect(outcomes.sort()).toEqual([200, 401, 401])
  })

  test('a few wrong codes void the step; many have to wait', async () => {
    const { email, secret } = await personWithTotp()
    const { browser, token } = await firstStep(email)
    const second = (given: string, of = token) =>
      statusOf(browser.api(routes.loginSecondFactor, { body: { token: of, code: given } }))
    for (let n = 0; n < 5; n++) expect(await second('000000')).toBe(401)
    expect(await second(codeOf(secret))).toBe(401)
    const again = await firstStep(email)
    for (let n = 0; n < 5; n++) expect(await second('000000', again.token)).toBe(401)
    const third = await firstStep(email)
    expect(await second(codeOf(secret), third.token)).toBe(429)
  })

  test('a step that took too long counts for nothing', async () => {
    const { email, secret } = await personWithTotp()
    const { browser, token } = await firstStep(email)
    await server().db.query(`update sign_in_steps set expires_at = now() - interval '1 second'`)
    const code = codeOf(secret)
    expect(await statusOf(browser.api(routes.loginSecondFactor, { body: { token, code } }))).toBe(401)
  })

  test('recovery codes are kept as hashes and count once; the secret is encrypted', async () => {
    const { id, email, secret, codes } = await personWithTotp()
    expect(codes).toHaveLength(10)
    const [row] = await server().db.query<{ text: string }>(
      `select (select string_agg(encode(code_hash, 'escape'), ' ') from recovery_codes where user_id = $1)
       || (select encode(ciphertext, 'escape') from totp_factors where user_id = $1) as text`,
      [id],
    )
    for (const kept of [...codes, secret]) expect(row?.text).not.toContain(kept)
    const [first = ''] = codes
    const use = async (code: string) => {
      const { browser, token } = await firstStep(email)
      return statusOf(browser.api(routes.loginSecondFactor, { body: { token, code } }))
    }
    expect(await use(first.toUpperCase().replaceAll('-', ' '))).toBe(200)
    expect(await use(first)).toBe(401)
  })

  test('it goes with a code of it; without any factor, recovery codes go too', async () => {
    const { browser, secret } = await personWithTotp()
    expect(await statusOf(browser.api(routes.removeTotp, { body: { code: '000000' } }))).toBe(403)
    expect(await statusOf(browser.api(routes.startTotp))).toBe(409)
    await browser.api(routes.removeTotp, { body: { code: codeOf(secret) } })
    expect(await browser.api(routes.getSecurity)).toMatchObject({ has_totp: false, recovery_codes_left: 0 })
    expect(await statusOf(browser.api(routes.newRecoveryCodes))).toBe(409)
  })

  test('new recovery codes replace the earlier ones', async () => {
    const { email, browser, codes } = await personWithTotp()
    const { recovery_codes } = await browser.api(routes.newRecoveryCodes)
    const step = await firstStep(email)
    const use = (code = '') =>
      statusOf(step.browser.api(routes.loginSecondFactor, { body: { token: step.token, code } }))
    expect(await use(codes[0])).toBe(401)
    expect(await use(recovery_codes[0])).toBe(200)
  })

  test('an API key cannot bring a factor of its own, nor change the password', async () => {
    const member = await server().person('member')
    expect(await statusOf(member.api(routes.startTotp))).toBe(403)
    expect(await statusOf(member.api(routes.startPasskey))).toBe(403)
    const change = member.api(routes.changePassword, { body: { password: 'purple kettle drummers' } })
    expect(await statusOf(change)).toBe(403)
  })
})

describe('passwords', () => {
  test.each([
    ['short', /12 characters/],
    ['passwordpassword', /repetition|common/],
    ['password12345', /common/],
    ['123456789012', /sequence|common/],
    ['abababababab', /repetition|common/],
    ['aaaaaaaaaaaaaa', /repetition/],
    ['Liverpool2024!', /common/],
    ['bifrost-2026!', /common|"bifrost"/],
    ['Quixanthra-2026', /"quixanthra"/],
  ])('%s is refused', async (password, why) => {
    const { email } = await person()
    const browser = await signedIn(email)
    const body = { current_password: PASSWORD, password }
    await expect(browser.api(routes.changePassword, { body })).rejects.toMatchObject({
      status: 422,
      message: expect.stringMatching(why),
    })
  })

  test.each([
    'ünïcödé ist schön ☂',
    'all lower case and long',
    'x'.repeat(64).replace(/x/g, () => newId()[30] ?? ''),
  ])('%s is accepted: no character is asked for, none is refused', async (password) => {
    const { email } = await person()
    const browser = await signedIn(email)
    await browser.api(routes.changePassword, { body: { current_password: PASSWORD, password } })
    expect(await (await new Browser(server()).signIn(email, password)).isSignedIn()).toBe(true)
  })

  test('a change wants the present one, and ends the other sessions', async () => {
    const { email } = await person()
    const [here, elsewhere] = [await signedIn(email), await signedIn(email)]
    const before = here.token
    const body = { current_password: 'wrong password', password: 'purple kettle drummers' }
    expect(await statusOf(here.api(routes.changePassword, { body }))).toBe(403)
    await here.api(routes.changePassword, { body: { ...body, current_password: PASSWORD } })
    expect(await here.isSignedIn()).toBe(true)
    expect(here.token).not.toBe(before)
    expect(await elsewhere.isSignedIn()).toBe(false)
    expect(await statusOf(signedIn(email))).toBe(401)
  })

  test("an administrator's link sets one once, and ends all sessions", async () => {
    const { id, email } = await person()
    const before = await signedIn(email)
    const link = await server().api(routes.makePasswordReset, { params: { id } })
    const token = new URL(link.url).hash.slice(1)
    const anonymous = new Browser(server())
    const reset = (password: string) =>
      statusOf(anonymous.api(routes.resetPassword, { body: { token, password } }))
    expect(await reset('password12345')).toBe(422)
    expect(await reset('purple kettle drummers')).toBe(200)
    expect(await reset('yellow kettle drummers')).toBe(403)
    expect(await before.isSignedIn()).toBe(false)
    expect(await (await new Browser(server()).signIn(email, 'purple kettle drummers')).isSignedIn()).toBe(
      true,
    )
  })

  test('a link that expired, or an earlier one, counts for nothing', async () => {
    const { id } = await person()
    const tokens: string[] = []
    for (let n = 0; n < 2; n++) {
      const { url } = await server().api(routes.makePasswordReset, { params: { id } })
      tokens.push(new URL(url).hash.slice(1))
    }
    const reset = (token = '') =>
      statusOf(
        new Browser(server()).api(routes.resetPassword, {
          body: { token, password: 'purple kettle drummers' },
        }),
      )
    expect(await reset(tokens[0])).toBe(403)
    await server().db.query(`update sign_in_steps set expires_at = now() where kind = 'password_reset'`)
    expect(await reset(tokens[1])).toBe(403)
  })
})

describe('what administrators do for others', () => {
  test('reaches their own organization alone, and no administrator of the platform', async () => {
    const orgId = await server().organization(`Org ${newId()}`)
    const admin = await server().person('org_admin', orgId)
    const [own, other] = [await person('member', orgId), await person('member')]
    const calls = (id: string) => [
      admin.api(routes.makePasswordReset, { params: { id } }),
      admin.api(routes.removeFactors, { params: { id } }),
      admin.api(routes.endUserSessions, { params: { id } }),
    ]
    expect(await Promise.all(calls(own.id).map(statusOf))).toEqual([200, 200, 200])
    expect(await Promise.all(calls(other.id).map(statusOf))).toEqual([404, 404, 404])
    expect(await Promise.all(calls(newId()).map(statusOf))).toEqual([404, 404, 404])
    const platform = await person('platform_admin')
    const colleague = await server().person('org_admin')
    expect(await statusOf(colleague.api(routes.makePasswordReset, { params: { id: platform.id } }))).toBe(403)
  })

  test('is nothing for their own account, whose changes want a proof of who sits there', async () => {
    const orgId = await server().organization(`Org ${newId()}`)
    const admin = await server().person('org_admin', orgId)
    const params = { id: admin.id }
    expect(await statusOf(admin.api(routes.makePasswordReset, { params }))).toBe(403)
    expect(await statusOf(admin.api(routes.removeFactors, { params }))).toBe(403)
  })

  test('lost factors are taken away, which ends all sessions', async () => {
    const { id, email, browser } = await personWithTotp()
    await server().api(routes.removeFactors, { params: { id } })
    expect(await browser.isSignedIn()).toBe(false)
    expect(await (await signedIn(email)).isSignedIn()).toBe(true)
  })

  test('an organization that wants second factors lets people add one, and nothing else', async () => {
    const orgId = await server().organization(`Org ${newId()}`)
    const admin = await server().person('org_admin', orgId)
    const { email } = await person('developer', orgId)
    const browser = await signedIn(email)
    await admin.api(routes.setSignInPolicy, { body: { requires_second_factor: true } })
    expect(await admin.api(routes.getSignInPolicy)).toEqual({ requires_second_factor: true })
    expect(await browser.api(routes.getMe)).toMatchObject({ must_add_factor: true })
    expect((await browser.fetch('/api/workflows')).status).toBe(403)
    expect((await browser.fetch('/api/keys')).status).toBe(403)
    const { secret } = await browser.api(routes.startTotp)
    await browser.api(routes.confirmTotp, { body: { code: codeOf(secret) } })
    expect(await browser.api(routes.getMe)).toMatchObject({ must_add_factor: false })
    expect((await browser.fetch('/api/workflows')).status).toBe(200)
  })
})

describe('what is written down', () => {
  test('sign-ins and failures, with account and without (76)', async () => {
    const { email } = await person()
    const unknown = `${newId()}@example.com`
    await signedIn(email)
    for (const one of [email, unknown])
      await statusOf(new Browser(server()).signIn(one, 'not the right password'))
    const rows = await auditOf('user.sign_in')
    expect(rows.filter((row) => row.actor_email === email).map((row) => row.outcome)).toEqual([
      'success',
      'failure',
    ])
    expect(rows.find((row) => row.actor_email === unknown)).toMatchObject({
      outcome: 'failure',
      org_id: null,
    })
    expect(JSON.stringify(rows)).not.toContain('not the right password')
  })
})

test('a storm of sign-ins leaves the server alive, and lets in a person who comes after it', async () => {
  await withServer({ config: { trustedProxies: ['loopback'] } }, async (stormy) => {
    const storm = Array.from({ length: 300 }, (_, n) =>
      stormy.anonymous('/api/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': `203.0.${n % 250}.${n >> 4}` },
        body: JSON.stringify({ email: `p${n}@example.com`, password: 'wrong password' }),
      }),
    )
    // While they wait for their turn, others are answered.
    const health = await stormy.anonymous('/api/health')
    expect(health.status).toBe(200)
    const outcomes = (await Promise.all(storm)).map((response) => response.status)
    expect(new Set(outcomes)).toEqual(new Set([401, 503]))
    expect(outcomes.filter((status) => status === 401).length).toBeGreaterThan(150)
    expect(await (await new Browser(stormy).signIn(ADMIN.email)).isSignedIn()).toBe(true)
  })
})
