import { routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { until } from '../../packages/server/src/testing/server.ts'
import { journey } from '../testing/journey.ts'

journey('workflows stand under their categories and are found by a few letters', async ({ page, open }) => {
  await open('/workflows', 'Workflows')
  const devices = page.getByRole('region', { name: 'Devices' })
  await devices.getByRole('link', { name: 'patchDevices', exact: true }).waitFor()
  await page
    .getByRole('region', { name: 'Tools' })
    .getByRole('link', { name: 'findUser', exact: true })
    .waitFor()

  await page.getByRole('searchbox', { name: 'Search workflows' }).fill('license')
  await devices.waitFor({ state: 'detached' })
  const rows = page.getByRole('main').getByRole('listitem')
  await expect.poll(() => rows.count()).toBeGreaterThan(1)
  for (const text of await rows.allInnerTexts()) expect(text.toLowerCase()).toContain('license')

  await page.getByRole('searchbox', { name: 'Search workflows' }).fill('no such thing')
  await page.getByText('Nothing matches').waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()
  await devices.waitFor()

  await page.getByText('Data providers', { exact: false }).first().click()
  await page.getByRole('link', { name: 'departments', exact: true }).waitFor()
  await devices.waitFor({ state: 'detached' })
})

journey('a saved file appears without a reload, and so does its mistake', async ({ page, product, open }) => {
  const path = 'journeys/appears.ts'
  const good = `import { workflow } from 'bifrost'

/** Came while you looked. */
export const appearsWhileOpen = workflow({ category: 'Journeys' }, async (name: string) => name)
`
  try {
    await open('/workflows', 'Workflows')
    product.write(path, good)
    const link = page.getByRole('link', { name: 'appearsWhileOpen', exact: true })
    await link.waitFor({ timeout: 20_000 })

    product.write(path, good.replace('async (name: string)', 'async (name: string'))
    const problems = page.getByRole('region', { name: 'Files that cannot be read' })
    const api = await product.api()
    await until('the mistake is found', async () => {
      const { problems: found, items } = await api(routes.listWorkflows, { query: {} })
      return [...found, ...items.flatMap(({ error }) => error ?? [])].some((one) => one.path === path)
    })
    // Coming back to the page asks again; no reload is needed.
    await page.getByRole('link', { name: 'Home', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: /Ada/ }).waitFor()
    await page.getByRole('link', { name: 'Workflows', exact: true }).click()
    const row = page.getByRole('listitem').filter({ hasText: `${path}:4` })
    await row.first().waitFor({ timeout: 20_000 })
    await expect.poll(() => problems.or(row.first()).first().innerText()).toMatch(/expected|unexpected/i)
    await page.getByRole('link', { name: `Open ${path}` }).click()
    await page.getByRole('heading', { name: path }).waitFor()
    await page.getByRole('link', { name: 'line 4' }).first().waitFor()
  } finally {
    product.remove(path)
  }
})
