import { expect } from 'vitest'
import { AuthorizationServer } from '../../packages/server/src/testing/authorization-server.ts'
import { journey } from '../testing/journey.ts'

const SECRET = 'portal-secret-0123456789'

journey(
  'an integration is defined, connected at the service, tested, and deleted',
  async ({ page, product, open, expectErrors }) => {
    // The pages of the authorization server want a font and an icon.
    expectErrors(/fonts\.googleapis|favicon/)
    const answers: Promise<string>[] = []
    page.on('response', (response) => {
      if (response.url().startsWith(`${product.url}/api/`) && !response.url().endsWith('/stream'))
        answers.push(response.text().catch(() => ''))
    })
    const other = await AuthorizationServer.start(() => ({
      clients: [
        {
          client_id: 'bifrost',
          client_secret: SECRET,
          redirect_uris: [`${product.url}/api/integrations/callback`],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'client_secret_post',
        },
      ],
      scopes: ['openid', 'records'],
      pkce: { required: () => true },
      issueRefreshToken: () => true,
      cookies: { keys: ['key-of-the-tests'] },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    }))
    try {
      await open('/integrations', 'Integrations')
      await page.getByRole('button', { name: 'Create an integration' }).first().click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Name', { exact: false }).first().fill('Portal')
      await dialog.getByLabel('Base URL').fill(`${other.issuer}/api`)
      await dialog.getByLabel('Authentication').selectOption('oauth')
      await dialog.getByLabel('Issuer').fill(other.issuer)
      await dialog.getByLabel('Scopes').fill('openid records')
      await dialog.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('heading', { level: 1, name: /Portal.*Not configured/ }).waitFor()

      await page.getByLabel('Client ID').fill('bifrost')
      await page.getByLabel('Client secret').fill(SECRET)
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('heading', { level: 1, name: /Not connected/ }).waitFor()
      expect(await page.getByLabel('Client secret').inputValue()).toBe('')

      await page.getByRole('button', { name: 'Connect', exact: true }).click()
      await page.waitForURL(`${other.issuer}/**`)
      await page.locator('input[name=login]').fill('ada')
      await page.locator('input[name=password]').fill('any')
      await page.locator('button[type=submit]').click()
      await page.getByRole('button', { name: /continue/i }).click()
      await page.waitForURL(`${product.url}/integrations/**`)
      await page.getByText('Portal is connected.').waitFor()
      await page.getByRole('button', { name: 'Test', exact: true }).click()
      await page.getByText(/answered 200/).waitFor()
      for (const text of await Promise.all(answers)) expect(text).not.toContain(SECRET)

      await page.getByRole('button', { name: 'Delete' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByText('Portal deleted').waitFor()
      await page.getByRole('link', { name: 'Portal' }).waitFor({ state: 'detached' })
    } finally {
      other.close()
    }
  },
)
