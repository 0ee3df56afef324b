import { type AccountRole, type IdentityProvider, routes, signInProblemText } from '@bifrost/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { Browser } from '../../testing/browser.ts'
import {
  CLIENT,
  type Forgery,
  type KnownPerson,
  startForger,
  startIdentityProvider,
} from '../../testing/identity-provider.ts'
import { useServer } from '../../testing/server.ts'
import { insertUser } from '../accounts/queries.ts'
import { ownPath } from './routes.ts'

/** What the sign-in page says of where a person was sent back to. */
const said = (end: URL) => {
  const code = end.searchParams.get('problem')
  return code === null ? null : (signInProblemText(code) ?? `an unknown problem: ${code}`)
}

const server = useServer()
let real: Awaited<ReturnType<typeof startIdentityProvider>>
let forger: Awaited<ReturnType<typeof startForger>>
beforeAll(async () => {
  real = await startIdentityProvider(`${server().url}/api/auth/sso/callback`)
  forger = await startForger()
})
afterAll(() => Promise.all([real.stop(), forger.stop()]))

type Settings = Partial<
  Pick<IdentityProvider, 'new_people_role' | 'is_listed' | 'is_active' | 'is_email_trusted'>
>

/** A provider of an organization of its own, for a domain of its own. */
async function newProvider(issuer: string, settings: Settings = {}) {
  const organization_id = await server().organization(`Org ${newId()}`)
  const domain = `d${newId()}.example`
  const provider = await server().api(routes.createIdentityProvider, {
    body: {
      name: `Provider of ${domain}`,
      issuer,
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      organization_id,
      domains: [domain, 'corp.example'],
      new_people_role: 'member',
      may_be_private: true,
      ...settings,
    },
  })
  return { ...provider, domain }
}
const someone = (domain: string, more: Partial<KnownPerson> = {}): KnownPerson => ({
  sub: newId(),
  email: `ada-${newId()}@${domain}`,
  email_verified: true,
  name: 'Ada',
  ...more,
})
const newAccount = (orgId: string, email: string, role: AccountRole = 'developer') =>
  insertUser(server().db.query, { orgId, email, name: 'Ada', role, passwordHash: null })

/** Follows redirects, at our server and at the provider, as a browser does. Answers where it ends. */
async function walk(browser: Browser, path: string, stopBefore?: RegExp): Promise<URL> {
  const outside = new Browser(server())
  let url = new URL(path, server().url)
  for (let hops = 0; hops < 12; hops++) {
    if (stopBefore?.test(url.href)) return url
    const jar = url.origin === server().url ? browser : outside
    const response = await jar.fetch(url.href)
    await response.body?.cancel()
    const location = response.headers.get('location')
    if (!location) return url
    url = new URL(location, url)
    if (url.origin === server().url && !url.pathname.startsWith('/api/')) return url
  }
  throw new Error('it goes round in circles')
}
const signIn = async (provider: { id: string }, person: KnownPerson, next = '/history?tab=x') => {
  real.signedIn(person)
  const browser = new Browser(server())
  const end = await walk(browser, `/api/auth/sso/${provider.id}?${new URLSearchParams({ next })}`)
  return { browser, end, problem: said(end) }
}
const meOf = (browser: Browser) => browser.api(routes.getMe)

describe('with a real identity provider', () => {
  test('a new person gets an account in its organization, with its role, and comes back as the same', async () => {
    const provider = await newProvider(real.issuer)
    const ada = someone(provider.domain)
    const first = await signIn(provider, ada)
    expect(first.end.pathname + first.end.search).toBe('/history?tab=x')
    const me = await meOf(first.browser)
    expect(me).toMatchObject({
      email: ada.email,
      name: 'Ada',
      role: 'member',
      organization: { id: provider.organization_id },
    })
    // The provider's name for her stays when her address changes.
    const again = await signIn(provider, { ...ada, email: `other-${newId()}@${provider.domain}` })
    expect((await meOf(again.browser)).id).toBe(me.id)
    const { identities } = await again.browser.api(routes.getSecurity)
    expect(identities).toMatchObject([{ provider: provider.name }])
    const rows = await server().db.query<{ action: string }>(
      'select action from audit_log where actor_id = $1 order by id',
      [me.id],
    )
    expect(rows.map((row) => row.action)).toEqual([
      'user.create',
      'user.link_identity',
      'user.sign_in',
      'user.sign_in',
    ])
  })

  test('a person with an account is linked by the verified address, and keeps their role', async () => {
    const provider = await newProvider(real.issuer, { new_people_role: null })
    const ada = someone(provider.domain)
    const id = await newAccount(provider.organization_id, (ada.email ?? '').toUpperCase())
    const { browser } = await signIn(provider, ada)
    expect(await meOf(browser)).toMatchObject({ id, role: 'developer' })
  })

  test.each([
    ['an address that is not verified', { email_verified: false }, /verified/],
    ['an address of another domain', { email: 'eve@elsewhere.example' }, /does not accept email addresses/],
    [
      'a domain that only ends like its own',
      { email: 'eve@not-corp.example' },
      /does not accept email addresses/,
    ],
  ])('%s is refused', async (_what, claims, why) => {
    const provider = await newProvider(real.issuer)
    const { browser, end, problem } = await signIn(provider, someone(provider.domain, claims))
    expect(end.pathname).toBe('/sign-in')
    expect(problem).toMatch(why)
    expect(browser.token).toBe('')
  })

  test('an address of another organization is not its to speak for', async () => {
    const provider = await newProvider(real.issuer)
    const ada = someone(provider.domain)
    await newAccount(await server().organization(`Other ${newId()}`), ada.email ?? '', 'org_admin')
    expect((await signIn(provider, ada)).problem).toMatch(/no account here/)
  })

  test('refused are new people where only those with an account may come, deactivated people, and all by a provider that is off', async () => {
    const closed = await newProvider(real.issuer, { new_people_role: null })
    expect((await signIn(closed, someone(closed.domain))).problem).toMatch(/no account/)
    const provider = await newProvider(real.issuer)
    const ada = someone(provider.domain)
    const { browser } = await signIn(provider, ada)
    await server().db.query('update users set is_active = false where id = $1', [(await meOf(browser)).id])
    expect((await signIn(provider, ada)).problem).toMatch(/deactivated/)
    await server().api(routes.updateIdentityProvider, {
      params: { id: provider.id },
      body: { is_active: false },
    })
    expect((await signIn(provider, someone(provider.domain))).problem).toMatch(/no such/)
  })

  test('an address that it does not call verified counts where an administrator says so', async () => {
    const provider = await newProvider(real.issuer, { is_email_trusted: true })
    const { browser } = await signIn(provider, someone(provider.domain, { email_verified: false }))
    expect(await browser.isSignedIn()).toBe(true)
  })

  test('the answer is good for the browser that began, and once', async () => {
    const provider = await newProvider(real.issuer)
    real.signedIn(someone(provider.domain))
    const mallory = new Browser(server())
    const back = await walk(mallory, `/api/auth/sso/${provider.id}`, /\/api\/auth\/sso\/callback/)
    // A link that an attacker has prepared signs no one in.
    const victim = new Browser(server())
    expect(said(await walk(victim, back.href))).toMatch(/another browser/)
    expect(victim.token).toBe('')
    // Nor does an answer that belongs to another way of the same browser.
    const wrong = new URL(back)
    wrong.searchParams.set('state', 'forged')
    expect((await walk(mallory, wrong.href)).pathname).toBe('/sign-in')
    expect((await walk(mallory, back.href)).pathname).toBe('/sign-in')
    expect(mallory.token).toBe('')
  })

  test.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
  ])('after it no one is led to %s', async (next) => {
    const provider = await newProvider(real.issuer)
    const { end } = await signIn(provider, someone(provider.domain), next)
    expect(end.origin).toBe(server().url)
    expect(ownPath(next)).toBe('/')
  })
})

describe('a provider that lies', () => {
  const forgeries: [string, Forgery][] = [
    ['made for another audience', { claims: (right) => ({ ...right, aud: 'another-client' }) }],
    ['that has expired', { claims: (right) => ({ ...right, exp: 1000 }) }],
    ['of another sign-in', { claims: (right) => ({ ...right, nonce: 'another' }) }],
    ['without a nonce', { claims: ({ nonce: _, ...right }) => right }],
    ['of another issuer', { claims: (right) => ({ ...right, iss: 'https://accounts.example' }) }],
    ['signed by a stranger', { signedBy: 'a stranger' }],
    ['signed by no one', { signedBy: 'no one' }],
  ]
  test.each(forgeries)('an ID token %s is refused', async (_what, forgery) => {
    const provider = await newProvider(forger.issuer)
    forger.forge(forgery)
    const browser = new Browser(server())
    const end = await walk(browser, `/api/auth/sso/${provider.id}`)
    expect(end.pathname).toBe('/sign-in')
    expect(browser.token).toBe('')
    // It would be accepted if it were right.
    forger.forge({ claims: (right) => ({ ...right, email: `v-${newId()}@corp.example` }) })
    await walk(browser, `/api/auth/sso/${provider.id}`)
    expect(await browser.isSignedIn()).toBe(true)
  })

  test('a failure is written down', async () => {
    const rows = await server().db.query<{ after: { why: string } }>(
      `select after from audit_log where action = 'user.sign_in' and outcome = 'failure'`,
    )
    expect(rows.some(({ after }) => after.why.startsWith('Provider of'))).toBe(true)
    expect(JSON.stringify(rows)).not.toContain(CLIENT.secret)
  })
})

describe('the settings of a provider', () => {
  test('never show the secret, which is stored encrypted, and keep it when it is not given', async () => {
    const provider = await newProvider(real.issuer)
    const { domain, ...shown } = provider
    expect(shown).toMatchObject({ has_client_secret: true, domains: [domain, 'corp.example'] })
    await server().api(routes.updateIdentityProvider, {
      params: { id: provider.id },
      body: { name: 'Renamed' },
    })
    const { items, redirect_uri } = await server().api(routes.listIdentityProviders)
    expect(items.find((one) => one.id === provider.id)).toEqual({ ...shown, name: 'Renamed' })
    expect(redirect_uri).toBe(`${server().url}/api/auth/sso/callback`)
    const rows = await server().db.query('select p::text, a::text from identity_providers p, audit_log a')
    expect(JSON.stringify([items, rows])).not.toContain(CLIENT.secret)
    expect(await server().api(routes.checkIdentityProvider, { params: { id: provider.id } })).toEqual({
      problem: null,
    })
    expect((await signIn(provider, someone(domain))).problem).toBeNull()
  })

  test('a private address and plain HTTP need to be allowed', async () => {
    const body = {
      name: 'Private',
      issuer: real.issuer,
      client_id: 'x',
      organization_id: await server().organization(`Org ${newId()}`),
      domains: ['corp.example'],
    }
    await expect(server().api(routes.createIdentityProvider, { body })).rejects.toMatchObject({ status: 422 })
    const made = await server().api(routes.createIdentityProvider, {
      body: { ...body, issuer: real.issuer.replace('http:', 'https:') },
    })
    const { problem } = await server().api(routes.checkIdentityProvider, { params: { id: made.id } })
    expect(problem).toMatch(/127\.0\.0\.1/)
    await server().api(routes.deleteIdentityProvider, { params: { id: made.id } })
    await expect(
      server().api(routes.checkIdentityProvider, { params: { id: made.id } }),
    ).rejects.toMatchObject({ status: 404 })
  })

  test('are those of administrators of the platform alone', async () => {
    const admin = await server().person('org_admin')
    for (const [method, path] of [
      ['GET', '/api/identity-providers'],
      ['POST', '/api/identity-providers'],
      ['PATCH', `/api/identity-providers/${newId()}`],
      ['DELETE', `/api/identity-providers/${newId()}`],
    ] as const)
      expect((await admin.fetch(path, { method })).status).toBe(403)
  })

  test('the sign-in page shows those that are listed, and those of the domain of an address', async () => {
    const [listed, hidden] = [
      await newProvider(real.issuer),
      await newProvider(real.issuer, { is_listed: false }),
    ]
    const shown = async (email?: string) => {
      const { items } = await new Browser(server()).api(routes.listSignInProviders, { query: { email } })
      return items.map((one) => one.id)
    }
    expect(await shown()).toContain(listed.id)
    expect(await shown()).not.toContain(hidden.id)
    expect(await shown('ada@elsewhere.example')).not.toContain(hidden.id)
    expect(await shown(`ada@${hidden.domain}`)).toContain(hidden.id)
  })

  test('a way that leads nowhere ends on the sign-in page', async () => {
    const browser = new Browser(server())
    expect((await walk(browser, `/api/auth/sso/${newId()}`)).pathname).toBe('/sign-in')
    expect((await walk(browser, '/api/auth/sso/callback?code=x&state=y')).pathname).toBe('/sign-in')
    // Named here for the list of routes that tests call.
    expect([routes.startSingleSignOn.path, routes.finishSingleSignOn.path]).toHaveLength(2)
  })
})
