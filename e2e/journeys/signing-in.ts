import { routes } from '@bifrost/contract'
import { Secret, TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'
import { ADMIN } from '../testing/product.ts'

async function password(page: Page): Promise<void> {
  await page.goto('/sign-in')
  await page.getByRole('textbox', { name: 'Email' }).fill(ADMIN.email)
  await page.getByLabel('Password').fill(ADMIN.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}
async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: ADMIN.name }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in to Bifrost' }).waitFor()
}
const home = (page: Page) => page.getByRole('navigation', { name: 'Main' }).waitFor()
const security = async (page: Page) => {
  await page.goto('/account/security')
  await page.getByRole('heading', { level: 1, name: 'Sign-in and security' }).waitFor()
}

journey(
  'an authenticator app is added, asked for after the password, and removed with a recovery code',
  async ({ page, product, expectErrors }) => {
    await product.apiKey()
    expectErrors(/status of 40[13]/)
    await password(page)
    await home(page)
    await security(page)
    // As if the session had begun a while ago.
    const error = { code: 'proof_needed', message: 'Prove it.', details: null, request_id: 'of-the-test' }
    await page.route('**/api/auth/totp', (way) => way.fulfill({ status: 403, json: { error } }), { times: 1 })
    await page.getByRole('button', { name: 'Add an app' }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm your identity' })
    await proof.getByLabel('Your password').fill('not the password')
    await proof.getByRole('button', { name: 'Continue' }).click()
    await proof.getByText("Couldn't confirm your identity").waitFor()
    await proof.getByLabel('Your password').fill(ADMIN.password)
    await proof.getByRole('button', { name: 'Continue' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add an authenticator app' })
    await dialog.getByRole('img', { name: 'QR code' }).waitFor()
    const secret = Secret.fromBase32(await dialog.getByTestId('totp-secret').innerText())
    const code = (at: number) => new TOTP({ secret }).generate({ timestamp: at })
    const begin = Date.now()
    await dialog.getByLabel('Code shown in the app').fill(code(begin - 30_000))
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    const kept = page.getByRole('dialog', { name: 'Save these recovery codes' })
    await kept.waitFor()
    const codes = await kept.getByRole('listitem').allInnerTexts()
    expect(codes).toHaveLength(10)
    await kept.getByRole('button', { name: 'I have saved them' }).click()
    await signOut(page)

    await password(page)
    await page.getByRole('heading', { name: 'One more step' }).waitFor()
    const field = page.getByLabel('Authenticator code')
    // The code that was used already counts no longer.
    await field.fill(code(begin - 30_000))
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('The code is wrong or has already been used.').waitFor()
    await field.fill(code(Date.now()))
    await page.getByRole('button', { name: 'Continue' }).click()
    await home(page)

    await security(page)
    await page.getByText('10 codes are left').waitFor()
    await page.getByRole('button', { name: 'Remove the app' }).click()
    await page.getByLabel('Authenticator code or recovery code').fill(codes[0] ?? '')
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByText('Authenticator app removed').waitFor()
  },
  { signedOut: true },
)

journey(
  'a passkey is added, signs in alone, is renamed and deleted',
  async ({ page, context, product, expectErrors }) => {
    await product.apiKey()
    expectErrors(/status of 401/)
    const browser = await context.newCDPSession(page)
    await browser.send('WebAuthn.enable')
    const { authenticatorId } = await browser.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    await password(page)
    await home(page)
    await security(page)
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Work laptop')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'I have saved them' }).click()
    await page.getByText('Work laptop').waitFor()
    const { credentials } = await browser.send('WebAuthn.getCredentials', { authenticatorId })
    expect(credentials).toHaveLength(1)
    await signOut(page)

    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await home(page)
    await security(page)
    await page.getByText('by passkey').waitFor()
    await page.getByText(/last used/).waitFor()
    await signOut(page)

    // After a password, it is the second step.
    await password(page)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await home(page)
    await security(page)
    await page.getByRole('button', { name: 'Rename Work laptop' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Old laptop')
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
    await page.getByRole('button', { name: 'Delete Old laptop' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No passkeys yet').waitFor()
  },
  { signedOut: true },
)

journey(
  'a device shows a code, and is signed in once a person confirms the code',
  async ({ page, product, open }) => {
    const withoutSession = async (path: string, body: unknown) => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(product.url + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      return (await response.json()) as Record<string, string>
    }
    const device = await withoutSession(routes.startDeviceLogin.path, { client_name: 'bifrost on laptop' })
    await open('/device', 'Sign in a device')
    await page.getByLabel('Code shown on the device').fill((device['user_code'] ?? '').toLowerCase())
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('bifrost on laptop').waitFor()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('The device is signed in').waitFor()
    const { access_token } = await withoutSession(routes.pollDeviceLogin.path, {
      device_code: device['device_code'],
    })
    expect(access_token).toMatch(/^bfk_/)
    await open('/keys', 'API keys')
    await page.getByRole('row').filter({ hasText: 'bifrost on laptop' }).getByText('Device').waitFor()
  },
)

journey(
  'an identity provider is set up, offered on the sign-in page, and its problem told',
  async ({ page, context, product, open, expectErrors }) => {
    expectErrors(/status of (401|422)/)
    await open('/single-sign-on', 'Single sign-on')
    await page.getByText(`${product.url}/api/auth/sso/callback`).waitFor()
    await page.getByRole('button', { name: 'Add a provider' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add an identity provider' })
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Contoso')
    await dialog.getByRole('textbox', { name: 'Issuer' }).fill('http://127.0.0.1:9')
    await dialog.getByRole('textbox', { name: 'Client ID' }).fill('bifrost')
    await dialog.getByRole('textbox', { name: 'Domains' }).fill('contoso.example')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await dialog.getByText('must begin with https://').waitFor()
    await dialog.getByRole('switch', { name: /private address/ }).click()
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('contoso.example').first().waitFor()

    await context.clearCookies()
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Continue with Contoso' }).click()
    await page.getByText('The identity provider does not answer').waitFor()

    await context.addCookies([await product.cookie()])
    await open('/single-sign-on', 'Single sign-on')
    await page.getByRole('button', { name: 'Delete Contoso' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No identity provider yet').waitFor()
  },
)

journey(
  "an administrator's link sets a password; where a second factor is asked for, adding one comes first",
  async ({ page, context, product, open, expectErrors }) => {
    expectErrors(/status of (401|403|422)/)
    const api = await product.api()
    const email = 'grace@example.com'
    await api(routes.createUser, { body: { email, name: 'Grace Hopper', role: 'member' } })
    await open('/people', 'People')
    await page.getByRole('button', { name: 'Actions for Grace Hopper' }).click()
    await page.getByRole('menuitem', { name: 'Password reset link' }).click()
    await page.getByRole('button', { name: 'Create the link' }).click()
    const link = await page.getByRole('dialog').getByRole('code').innerText()
    const other = await context.browser()?.newContext({ baseURL: product.url })
    if (!other) throw new Error('the browser is gone')
    const theirs = await other.newPage()
    await api(routes.setSignInPolicy, { body: { requires_second_factor: true } })
    try {
      const { pathname, hash } = new URL(link)
      await theirs.goto(`${pathname}${hash}`)
      const password = theirs.getByLabel('New password')
      await password.fill('gracehopper1')
      await theirs.getByRole('button', { name: 'Set the password' }).click()
      await theirs.getByText('easy to guess').waitFor()
      await password.fill('seven green umbrellas')
      await theirs.getByRole('button', { name: 'Set the password' }).click()
      await theirs.getByRole('link', { name: 'Go to sign-in' }).click()
      await theirs.getByRole('textbox', { name: 'Email' }).fill(email)
      await theirs.getByLabel('Password').fill('seven green umbrellas')
      await theirs.getByRole('button', { name: 'Sign in', exact: true }).click()
      await theirs.getByText('requires a second factor').waitFor()
      await theirs.goto('/workflows')
      await theirs.getByText('requires a second factor').waitFor()
    } finally {
      await other.close()
      await api(routes.setSignInPolicy, { body: { requires_second_factor: false } })
    }
  },
)
