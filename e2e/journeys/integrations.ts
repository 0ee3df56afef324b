import { routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { AuthorizationServer } from '../../packages/server/src/testing/authorization-server.ts'
import { journey } from '../testing/journey.ts'
import { look, wide } from '../testing/look-at-page.ts'

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

journey(
  'organizations are mapped to what they are at the service, by a data provider and by hand',
  async ({ page, product, open }) => {
    product.write(
      'journeys/tenants.ts',
      `import { dataProvider } from 'bifrost'
/** The tenants of the service. */
export const tenants = dataProvider(async () => [
  { value: 't-1', label: 'Wingtip' },
  { value: 't-2', label: 'Tenant two' },
])
`,
    )
    const api = await product.api()
    await api(routes.listWorkflows, { query: { refresh: true } })
    const [wingtip, litware] = await Promise.all(
      ['Wingtip', 'Litware'].map((name) => api(routes.createOrganization, { body: { name } })),
    )
    const created = await fetch(`${product.url}/api/integrations`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await product.apiKey()}`,
        'bifrost-scope': 'global',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ name: 'Tenants', auth: 'none', base_url: 'https://tenants.example.com' }),
    })
    const { id } = (await created.json()) as { id: string }

    await open(`/o/global/integrations/${id}`, 'Tenants')
    await page.getByRole('button', { name: 'Change' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Add a value' }).click()
    await dialog.getByLabel('Name of value 1').fill('pin')
    await dialog.getByLabel('Type of value 1').selectOption('secret')
    await dialog.getByLabel('Data provider of mappings').selectOption('tenants')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })

    await page.getByLabel('pin', { exact: true }).fill('hush-0123456789')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Settings of Tenants saved').waitFor()
    expect(await page.getByLabel('pin', { exact: true }).inputValue()).toBe('')
    await page.getByText('Leave empty to keep the stored value.').waitFor()

    const mappings = page.getByRole('region', { name: 'Mappings' })
    await mappings.getByRole('button', { name: 'Load choices' }).click()
    await mappings.getByRole('button', { name: 'Match by name' }).click()
    const idOf = (name: string) => mappings.getByLabel(`External ID of ${name}`)
    const nameOf = (name: string) => mappings.getByLabel(`External name of ${name}`)
    await mappings.getByRole('button', { name: 'Save 1 change' }).waitFor()
    expect(await idOf('Wingtip').inputValue()).toBe('t-1')
    await idOf('Litware').fill('t-2')
    expect(await nameOf('Litware').inputValue()).toBe('Tenant two')
    await nameOf('Litware').fill('Litware, Inc.')
    expect(await look(page, 'integration-mappings')).toEqual([])
    await page.setViewportSize(wide)
    await mappings.getByRole('button', { name: 'Save 2 changes' }).click()
    await page.getByText('Mappings of Tenants saved').waitFor()
    await mappings.getByText('Not mapped').click()
    await idOf('Wingtip').waitFor({ state: 'detached' })
    await mappings.getByText('Mapped', { exact: true }).click()
    await idOf('Wingtip').fill('')
    await mappings.getByRole('button', { name: 'Save 1 change' }).click()
    await idOf('Wingtip').waitFor({ state: 'detached' })
    const { items } = await api(routes.listIntegrationMappings, { params: { id }, query: { mapped: true } })
    expect(items).toMatchObject([
      { organization_id: litware?.id, entity_id: 't-2', entity_name: 'Litware, Inc.' },
    ])

    // The organization itself is told what counts, and changes none of it.
    await open(`/o/${litware?.slug}/integrations/${id}`, 'Tenants')
    await page.getByText('Litware is mapped to Litware, Inc. (t-2).').waitFor()
    await open(`/o/${wingtip?.slug}/integrations/${id}`, 'Tenants')
    await page.getByRole('heading', { name: 'For Wingtip' }).waitFor()
  },
)
