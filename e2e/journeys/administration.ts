import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'
import type { Product } from '../testing/product.ts'

const setGlobal = async (product: Product, key: string, value: string) => {
  const response = await fetch(`${product.url}/api/config/${key}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${await product.apiKey()}`,
      'content-type': 'application/json',
      'bifrost-scope': 'global',
    },
    body: JSON.stringify({ value }),
  })
  expect(response.status).toBe(200)
}

journey(
  'an inherited value is overridden, the change is in the audit log, and deleting it brings the other one back',
  async ({ page, product, open }) => {
    await setGlobal(product, 'journey.portal', 'https://global.example.com')
    await open('/config', 'Config')
    const rows = page.getByRole('row').filter({ hasText: 'journey.portal' })
    await rows.getByText('Global', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Override journey.portal' }).click()
    const dialog = page.getByRole('dialog', { name: 'Override journey.portal' })
    await dialog.getByLabel('Value', { exact: true }).fill('https://own.example.com')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await rows.filter({ hasText: 'https://own.example.com' }).waitFor()

    await open('/audit?q=journey.portal', 'Audit')
    await page.getByRole('button', { name: 'Details of config.set journey.portal' }).first().click()
    const after = page.getByRole('group', { name: 'After' })
    await after.getByText('https://own.example.com').waitFor()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export as CSV' }).click(),
    ])
    expect(file.suggestedFilename()).toMatch(/^audit-\d{4}-\d{2}-\d{2}\.csv$/)

    await open('/config', 'Config')
    await page.getByRole('button', { name: 'Delete journey.portal' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await rows.filter({ hasText: 'https://own.example.com' }).waitFor({ state: 'detached' })
    await rows.filter({ hasText: 'https://global.example.com' }).waitFor()
  },
)

journey('an administrator of the platform sets a quota, and resets it', async ({ page, open }) => {
  await open('/usage', 'Usage')
  const quota = page.getByRole('listitem').filter({ hasText: 'Events per minute' })
  await quota.getByRole('button', { name: 'Change Events per minute' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Custom').click()
  await dialog.getByLabel('Number').fill('5000')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await quota.getByText('Set for this organization').waitFor()
  await quota.getByText('5,000').waitFor()

  await quota.getByRole('button', { name: 'Change Events per minute' }).click()
  await dialog.getByText(/^Default:/).click()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await quota.getByText('Set for this organization').waitFor({ state: 'detached' })
})
