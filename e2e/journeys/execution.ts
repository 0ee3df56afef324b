import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { until } from '../../packages/server/src/testing/server.ts'
import { openLine } from '../testing/cuttable-line.ts'
import { GatedRun } from '../testing/gated-run.ts'
import { journey } from '../testing/journey.ts'

journey(
  'a run is watched from its form to its end: logs, result, input, variables',
  async ({ page, open }) => {
    await open('/workflows/patchDevices', 'patchDevices')
    const form = page.getByRole('form', { name: 'Run patchDevices' })
    await form.getByRole('radio', { name: 'vienna' }).check()
    await form.getByRole('textbox', { name: 'Count' }).fill('8')
    await form.getByRole('textbox', { name: 'Seconds per device' }).fill('0.4')
    await form.getByRole('button', { name: 'Run' }).click()

    await page.getByRole('status').getByText('Running').waitFor()
    const lines = page.getByRole('log').getByText(/patched/)
    await lines.first().waitFor()
    // It streams: lines are there while the run is still going.
    expect(await page.getByRole('status').first().innerText()).toBe('Running')
    await page.getByRole('status').getByText('Succeeded').waitFor()
    await expect.poll(() => lines.count()).toBe(8)

    await page.getByRole('tabpanel').getByText('patched').waitFor()
    await page.getByRole('tab', { name: 'Input' }).click()
    await page.getByRole('tabpanel').getByText('"vienna"').waitFor()
    await page.getByRole('tab', { name: 'Variables' }).click()
    await page.getByText('The values at the end of the run.').waitFor()
    await page.getByRole('tabpanel').getByText('devices').first().waitFor()
  },
)

journey(
  'a failed run shows what went wrong and where in the author’s file',
  async ({ page, product, open }) => {
    const path = 'licenses/assign-license.ts'
    const source = readFileSync(join(product.workspace, path), 'utf8').split('\n')
    const line = source.findIndex((text) => text.includes('throw new TypeError')) + 1
    const run = await product.execute('assignLicense', { email: 'ada@contoso.example', product: 'project' })
    await open(`/history/${run.id}`, 'assignLicense')
    const panel = page.getByRole('tabpanel')
    await panel.getByText('TypeError', { exact: true }).waitFor()
    await panel
      .getByText(/The license portal answered .*Scheduled maintenance/)
      .first()
      .waitFor()
    await panel
      .getByText(new RegExp(`${path}:${line}:\\d+`))
      .first()
      .waitFor()
    await panel.getByText('throw new TypeError').first().waitFor()
    await page.getByRole('tab', { name: 'Variables' }).click()
    await page.getByText('The values when the run failed.').waitFor()
    await page.getByRole('tab', { name: 'Error' }).click()
    await panel.getByRole('link', { name: 'Open' }).click()
    await page.getByRole('heading', { name: path }).waitFor()
  },
)

journey(
  'a page opened before, during or after the run, or cut off meanwhile, shows each line once',
  async ({ page, context, product, expectErrors }) => {
    expectErrors(/net::ERR_/)
    await using line = await openLine(product.url)
    const run = await GatedRun.start(product, 2)
    await page.goto(`/history/${run.id}`)
    await page
      .getByRole('status')
      .getByText(/Scheduled|Running/)
      .waitFor()

    await run.write(3)
    const during = await context.newPage()
    const cutOff = await context.newPage()
    await Promise.all([during.goto(`/history/${run.id}`), cutOff.goto(`${line.url}/history/${run.id}`)])
    await during.getByRole('status').getByText('Running').waitFor()
    for (const one of [page, during, cutOff]) await linesOf(one).nth(2).waitFor()

    await line.cut()
    await cutOff.getByText('The connection is lost.').waitFor()
    await run.write(5)
    await linesOf(page).nth(7).waitFor()
    expect(await linesOf(cutOff).count()).toBe(3)
    await line.restore()
    await linesOf(cutOff).nth(7).waitFor()
    await cutOff.getByText('The connection is lost.').waitFor({ state: 'detached' })
    await run.write(2)
    await run.end()

    expect((await product.ended(run.id)).status).toBe('SUCCESS')
    const after = await context.newPage()
    await after.goto(`/history/${run.id}`)
    for (const one of [page, during, cutOff, after]) await expectWholeLog(one, run)
  },
)

journey(
  'a run that ended while the connection was lost shows its end and its result',
  async ({ page, product, expectErrors }) => {
    expectErrors(/net::ERR_/)
    await using line = await openLine(product.url)
    const run = await GatedRun.start(product)
    await run.write(2)
    await page.goto(`${line.url}/history/${run.id}`)
    await linesOf(page).nth(1).waitFor()
    await line.cut()
    await page.getByText('The connection is lost.').waitFor()
    await run.write(2)
    await run.end()
    await product.ended(run.id)
    await line.restore()
    await expectWholeLog(page, run)
    await page.getByRole('tabpanel').getByText('logged').waitFor()
  },
)

async function expectWholeLog(page: Page, run: GatedRun): Promise<void> {
  await page.getByRole('status').getByText('Succeeded').waitFor()
  await expect.poll(() => linesOf(page).allInnerTexts()).toEqual(run.messages)
}

const linesOf = (page: Page) => page.getByRole('log').getByText(/^line \d+$/)

journey(
  'an HTML result cannot run a script nor reach the page around it',
  async ({ page, product, open, expectErrors }) => {
    const path = 'journeys/hostile.ts'
    product.write(
      path,
      `import { workflow } from 'bifrost'
export const hostilePage = workflow({ category: 'Journeys' }, async () =>
  '<h1>Looks like a report</h1><script>parent.document.title = "taken"</script>' +
  '<img src="x" onerror="top.document.title = \\'taken\\'"><a href="javascript:alert(1)">more</a>')
`,
    )
    try {
      const run = await until('the file is read', () => product.execute('hostilePage').catch(() => null))
      expectErrors(/Blocked script execution|content policy|Content Security Policy/)
      await open(`/history/${run.id}`, 'hostilePage')
      const frame = page.frameLocator('iframe[title="HTML result"]')
      await frame.getByRole('heading', { name: 'Looks like a report' }).waitFor()
      const element = page.getByTitle('HTML result')
      expect(await element.getAttribute('sandbox')).toBe('')
      expect(await page.title()).toContain('hostilePage')
      // Its origin is opaque, so that the two pages cannot read each other.
      expect(await page.evaluate('document.querySelector("iframe").contentDocument')).toBe(null)
      await page.getByRole('radio', { name: 'Source' }).check({ force: true })
      await page.getByText('parent.document.title').waitFor()
      expect(await page.title()).toContain('hostilePage')
    } finally {
      product.remove(path)
    }
  },
)
