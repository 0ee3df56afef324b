import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

const SECRET = 'k9-Do-Not-Show-Me-4711'

journey(
  'a secret is stored, never shown again, and redacted in what a run tells',
  async ({ page, product, open }) => {
    const answers: Promise<string>[] = []
    page.on('response', (response) => {
      if (response.url().includes('/api/') && !response.url().endsWith('/stream'))
        answers.push(response.text().catch(() => ''))
    })
    await open('/config', 'Config')
    await page.getByRole('button', { name: 'Set a value' }).click()
    const dialog = page.getByRole('dialog', { name: 'Set a value' })
    await dialog.getByRole('textbox', { name: 'Key' }).fill('directory.api_key')
    await dialog.getByRole('switch', { name: 'Secret' }).click()
    await dialog.getByLabel('Value', { exact: true }).fill(SECRET)
    await dialog.getByRole('button', { name: 'Save' }).click()
    const row = page.getByRole('row').filter({ hasText: 'directory.api_key' })
    await row.getByText('Secret').waitFor()

    await page.getByRole('button', { name: 'Edit directory.api_key' }).click()
    expect(await page.getByRole('dialog').getByLabel('Value', { exact: true }).inputValue()).toBe('')
    await page.keyboard.press('Escape')

    const run = await product.execute('checkConnection')
    expect(run.status).toBe('SUCCESS')
    await open(`/history/${run.id}`, 'checkConnection')
    await page.getByRole('tabpanel').getByText('Bearer [REDACTED]').waitFor()
    await page.getByRole('log').getByText('Bearer [REDACTED]').waitFor()
    await page.getByRole('tab', { name: 'Variables' }).click()
    await page.getByRole('tabpanel').getByText('"[REDACTED]"').first().waitFor()
    for (const text of await Promise.all(answers)) expect(text).not.toContain(SECRET)
    expect(await page.content()).not.toContain(SECRET)
  },
)

journey('an API key is shown once, works, and is refused once revoked', async ({ page, product, open }) => {
  await open('/keys', 'API keys')
  await page.getByRole('button', { name: 'Create a key' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('nightly export')
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Copy the key now' })
  const key = (await dialog.getByRole('code').innerText()).trim()
  expect(key.length).toBeGreaterThan(30)
  await dialog.getByRole('button', { name: 'I have copied it' }).click()
  await page.getByRole('row').filter({ hasText: 'nightly export' }).waitFor()
  expect(await page.content()).not.toContain(key)

  const ask = () => fetch(`${product.url}/api/auth/me`, { headers: { authorization: `Bearer ${key}` } })
  expect((await ask()).status).toBe(200)
  await page.getByRole('button', { name: 'Revoke nightly export' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await page.getByText('Key revoked').waitFor()
  await page.getByRole('row').filter({ hasText: 'nightly export' }).waitFor({ state: 'detached' })
  expect((await ask()).status).toBe(401)
})
