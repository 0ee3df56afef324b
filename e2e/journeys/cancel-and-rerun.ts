import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

journey('a running run is cancelled from its page', async ({ page, product }) => {
  const id = await product.run('patchDevices', { site: 'zurich', count: 20, secondsPerDevice: 5 })
  await page.goto(`/history/${id}`)
  await page.getByRole('status').getByText('Running').waitFor()
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('status').getByText('Cancelled').waitFor()
  expect((await product.ended(id)).status).toBe('CANCELLED')
  await page.getByRole('button', { name: 'Rerun', exact: true }).waitFor()
})

journey('a run is run again as it was, and with another input', async ({ page, product }) => {
  const first = await product.execute('hello', { name: 'Ada', times: 2 })
  await page.goto(`/history/${first.id}`)
  await page.getByRole('button', { name: 'Rerun', exact: true }).click()
  await page.waitForURL((url) => url.pathname.startsWith('/history/') && !url.pathname.endsWith(first.id))
  await page.getByRole('tabpanel').getByText('"Hello Ada. Hello Ada."').waitFor()

  await page.getByRole('button', { name: 'Edit and rerun' }).click()
  const form = page.getByRole('form', { name: 'Run hello' })
  await expect.poll(() => form.getByRole('textbox', { name: 'Times' }).inputValue()).toBe('2')
  await form.getByRole('textbox', { name: 'Name' }).fill('Grace')
  await form.getByRole('button', { name: 'Run' }).click()
  await page.getByRole('tabpanel').getByText('"Hello Grace. Hello Grace."').waitFor()
})
