import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

const folder = process.env['BIFROST_PICTURES']

/** With the folder set, the page as people see it: light and dark, wide and narrow. */
async function pictures(page: Page, name: string): Promise<void> {
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  for (const width of [1440, 390])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) })
    }
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
}

journey(
  'the page of an emitter counts its thousand runs as they go, and leads to those that failed and back',
  async ({ page, product, open }) => {
    const id = await product.run('nightlyInvoices')
    await open(`/history/${id}`, 'nightlyInvoices')
    await page.getByRole('tab', { name: 'Runs 1,000' }).click()
    await page.getByText(/of 1,000 runs are done/).waitFor()
    await pictures(page, 'emitter-live')
    // The page is not reloaded.
    await page.getByText('1,000 of 1,000 runs are done').waitFor({ timeout: 60_000 })
    const group = page.getByRole('group', { name: 'Show runs' })
    await group.getByRole('button', { name: 'Not succeeded 4' }).waitFor()
    const failed = page.getByRole('list', { name: 'Runs' }).getByText('has no address for invoices')
    await failed.nth(3).waitFor()
    expect(await failed.count()).toBe(4)
    await pictures(page, 'emitter-done')

    await group.getByRole('button', { name: 'Succeeded 996', exact: true }).click()
    await page.getByRole('button', { name: 'Show more' }).click()
    await group.getByRole('button', { name: 'Not succeeded 4' }).click()
    await page.getByRole('list', { name: 'Runs' }).getByRole('link', { name: 'Failed' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'invoiceSubscription' }).waitFor()
    await page.getByRole('link', { name: id.slice(0, 8) }).click()
    await page.getByRole('heading', { level: 1, name: 'nightlyInvoices' }).waitFor()
  },
)
