import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'
import { ADMIN } from '../testing/product.ts'

journey(
  'the set-up link makes the first administrator, who lands on the home page',
  async ({ page, product, expectErrors }) => {
    // The page asks who is signed in, and no one is.
    expectErrors(/status of 401 .*auth\/me/)
    await page.goto('/')
    await page.getByRole('heading', { name: 'Set up Bifrost' }).waitFor()
    await page.getByText('Open the set-up link that the server printed').waitFor()

    await page.goto(product.setupLink)
    await page.getByRole('textbox', { name: 'Your name' }).fill(ADMIN.name)
    await page.getByRole('textbox', { name: 'Email' }).fill(ADMIN.email)
    await page.getByLabel('Password').fill(ADMIN.password)
    await page.getByRole('textbox', { name: 'Organization' }).fill(ADMIN.organization)
    await page.getByRole('button', { name: 'Create the administrator' }).click()

    await page.getByRole('heading', { level: 1, name: /Good (morning|afternoon|evening), Ada/ }).waitFor()
    await page.getByText('Nothing has run yet.').waitFor()
    await page.getByRole('link', { name: /^Run / }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/')

    await page.goto(product.setupLink)
    await page.getByRole('heading', { name: 'Already set up' }).waitFor()
  },
  { signedOut: true },
)

journey(
  'a wrong password is told clearly, the right one leads in, and signing out leads out',
  async ({ page, product, expectErrors }) => {
    await product.apiKey()
    expectErrors(/status of 401/)
    await page.goto('/')
    await page.getByRole('heading', { name: 'Sign in to Bifrost' }).waitFor()
    await page.getByRole('textbox', { name: 'Email' }).fill(ADMIN.email)
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('alert').filter({ hasText: 'The email address or the password is wrong.' }).waitFor()

    await page.getByLabel('Password').fill(ADMIN.password)
    await page.getByLabel('Password').press('Enter')
    await page.getByRole('heading', { name: /Ada$/ }).waitFor()

    await page.getByRole('button', { name: ADMIN.name }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to Bifrost' }).waitFor()
    await page.goto('/workflows')
    await page.getByRole('heading', { name: 'Sign in to Bifrost' }).waitFor()
  },
  { signedOut: true },
)

journey(
  'a session that ends under the reader leads to sign-in, and from there back to the same place',
  async ({ page, context, product, expectErrors }) => {
    await product.apiKey()
    expectErrors(/status of 401/)
    await page.goto('/workflows?q=devices')
    await signIn()
    await page.getByRole('heading', { name: 'Workflows' }).waitFor()
    expect(await page.getByRole('searchbox', { name: 'Search workflows' }).inputValue()).toBe('devices')

    // The server forgets the session; the browser does not know yet.
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    const ended = await fetch(`${product.url}/api/auth/logout`, {
      method: 'POST',
      headers: { cookie, origin: product.url, 'content-type': 'application/json' },
    })
    expect(ended.status).toBe(204)
    await page.getByRole('link', { name: 'exportDevices', exact: true }).click()
    await page.getByText('Sign in to continue where you left off.').waitFor()
    await signIn()
    await page.getByRole('heading', { level: 1, name: 'exportDevices' }).waitFor()

    async function signIn() {
      await page.getByRole('textbox', { name: 'Email' }).fill(ADMIN.email)
      await page.getByLabel('Password').fill(ADMIN.password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    }
  },
  { signedOut: true },
)
