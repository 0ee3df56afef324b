import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

journey(
  'an endpoint gets a key on its page, answers to it, and refuses it once revoked',
  async ({ page, product, open }) => {
    await open('/workflows/relayWebhook', 'relayWebhook')
    await page.getByRole('tab', { name: 'Triggers' }).click()
    await page.getByText('X-Bifrost-Key').waitFor()
    await page.getByRole('button', { name: 'Create a key', exact: true }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('shop webhook')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Copy the key now' })
    const key = (await dialog.getByRole('code').innerText()).trim()
    await dialog.getByRole('button', { name: 'I have copied it' }).click()
    await page.getByText('shop webhook').waitFor()

    const call = () =>
      fetch(`${product.url}/api/endpoints/relayWebhook`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-bifrost-key': key },
        body: JSON.stringify({ url: 'no address', payload: {} }),
      })
    expect(await (await call()).json()).toMatchObject({ status: 'FAILED', error: { type: 'UserError' } })
    await page.getByRole('button', { name: 'Revoke shop webhook' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Key revoked').waitFor()
    expect((await call()).status).toBe(401)
  },
)
