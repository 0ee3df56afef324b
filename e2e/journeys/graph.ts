import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { routes } from '@bifrost/contract'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { until } from '../../packages/server/src/testing/server.ts'
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
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true })
    }
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
}

const nodeOf = (page: Page, name: string) =>
  page
    .getByRole('listitem')
    .filter({ has: page.getByText(name, { exact: true }) })
    .last()

journey(
  'a graph is drawn before any run, and filled in while a run goes through it',
  async ({ page, product, open }) => {
    await open('/workflows/processOrder?tab=graph', 'processOrder')
    const drawing = page.getByRole('list', { name: 'Graph of processOrder' })
    await drawing.getByText('fetch-order', { exact: true }).waitFor()
    await drawing.getByText('isLarge').waitFor()
    await drawing.getByText('print-label').waitFor()
    expect(await drawing.getByText(/Completed|Running/).count()).toBe(0)
    await pictures(page, 'graph-before')

    const id = await product.run('processOrder', { orderId: 'A-1002' })
    await open(`/history/${id}`, 'processOrder')
    await page.getByRole('tab', { name: 'Graph', selected: true }).waitFor()
    await nodeOf(page, 'fetch-order').getByText('Completed:').waitFor()
    await nodeOf(page, 'approve').getByText('Waiting:').waitFor()
    expect(await nodeOf(page, 'charge').getByText('Completed:').count()).toBe(0)
    await pictures(page, 'graph-waiting')

    // The page is open while another person answers elsewhere.
    const api = await product.api()
    const task = await until('the task is there', async () => {
      const { items } = await api(routes.listTasks, { query: { execution: id } })
      return items[0]
    })
    await api(routes.completeTask, { params: { id: task.id }, body: { output: { approved: true } } })
    await page.getByRole('status').getByText('Succeeded').waitFor()
    await nodeOf(page, 'charge').getByText('Completed:').waitFor()

    const items = page.getByRole('list', { name: 'Items of lines' })
    await items.getByRole('button', { name: 'chair' }).focus()
    await page.keyboard.press('Enter')
    await items.getByRole('list', { name: 'Steps of chair' }).getByText('reserve').waitFor()
    await page.getByText('3 of 3').waitFor()
    await page.getByRole('button', { name: /fetch-order/ }).click()
    await page.getByText('grace@contoso.example').first().waitFor()
    await pictures(page, 'graph-done')
  },
)

journey(
  'ways that a run does not go, and steps that it does not reach, are told from the others',
  async ({ page, product, open }) => {
    const small = await product.execute('processOrder', { orderId: 'A-1001' })
    await open(`/history/${small.id}`, 'processOrder')
    await page.getByText('not taken').waitFor()
    await pictures(page, 'graph-skipped')

    const failed = await product.execute('planTrip', { city: 'Vienna', carsLeft: false })
    await open(`/history/${failed.id}`, 'planTrip')
    await page.getByRole('tab', { name: 'Graph' }).click()
    await nodeOf(page, 'book-car').getByText('Failed:').waitFor()
    await nodeOf(page, 'itinerary').getByText('not reached').waitFor()
    await page.getByText(/2 steps were undone/).waitFor()
    await pictures(page, 'graph-failed')
  },
)

journey(
  'the line of time shows each step to scale: attempts, waits, outputs',
  async ({ page, product, open }) => {
    const path = 'journeys/timeline.ts'
    product.write(
      path,
      `import { sleep, step, workflow } from 'bifrost'
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
export const timeline = workflow({ category: 'Journeys' }, async () => {
  const order = await step('fetch', { retries: 2, backoffSeconds: 0.3 }, async ({ attempt }) => {
    await pause(100)
    if (attempt === 1) throw new Error('the shop was busy')
    return { order: 'A-7', total: 30 }
  })
  await sleep('3 seconds')
  return step('ship', () => order.total)
})
`,
    )
    try {
      const id = await until('the file is read', () => product.run('timeline').catch(() => null))
      await open(`/history/${id}?tab=steps`, 'timeline')
      const steps = page.getByRole('list', { name: 'Steps' })
      await steps.getByText(/Sleeps until/).waitFor()
      await page.getByRole('status').getByText('Succeeded').waitFor()
      await steps.getByText(/Slept until/).waitFor()
      await steps.getByText('2 attempts').waitFor()

      await steps.getByRole('button', { name: /fetch/ }).focus()
      await page.keyboard.press('Enter')
      const attempts = page.getByRole('list', { name: 'Attempts of fetch' })
      await attempts.getByText('the shop was busy').waitFor()
      expect(await attempts.getByRole('listitem').count()).toBe(2)
      await page.getByText('"A-7"').waitFor()

      // To scale: the rest of three seconds is the longest bar, and begins where the step before it ended.
      const bar = (row: number) =>
        steps.getByRole('listitem').nth(row).locator('[title*=" · "]').last().boundingBox()
      const [fetch, rest] = [await bar(0), await bar(3)]
      expect(rest?.width).toBeGreaterThan((fetch?.width ?? 0) * 5)
      expect(Math.abs((rest?.x ?? 0) - ((fetch?.x ?? 0) + (fetch?.width ?? 0)))).toBeLessThan(30)
      await pictures(page, 'timeline')
    } finally {
      product.remove(path)
    }
  },
)
