import { routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

journey(
  'a run is forked from a step, with an output of an earlier step edited',
  async ({ page, product }) => {
    const first = await product.execute('settleClaim', { claim: 'C-17', amount: 900 })
    await page.goto(`/history/${first.id}?tab=steps`)
    await page.getByRole('button', { name: /decide/ }).click()
    await page.getByRole('button', { name: 'Fork from here' }).click()
    const dialog = page.getByRole('dialog', { name: 'Fork from decide' })
    await dialog.getByText('It keeps the outputs of 1 step').waitFor()
    await dialog.getByText('Output of fetch-claim#1').click()
    const output = dialog.getByRole('textbox', { name: 'Output of fetch-claim#1' })
    await output.fill('{ "amount": 1 ')
    await dialog.getByText(/Not valid JSON/).waitFor()
    expect(await dialog.getByRole('button', { name: 'Fork' }).isDisabled()).toBe(true)
    await output.fill('{ "amount": 1, "customer": "Ada" }')
    await dialog.getByRole('button', { name: 'Fork' }).click()
    await page.waitForURL((url) => url.pathname.startsWith('/history/') && !url.pathname.endsWith(first.id))
    await page.getByText('Forked from').waitFor()
    await page.goto(`${page.url().split('?')[0]}?tab=result`)
    await page.getByText('"Dear Ada, your claim is paid."').waitFor()
  },
)

journey('all runs of a filter are counted, then cancelled', async ({ page, product, open }) => {
  const api = await product.api()
  for (let n = 0; n < 3; n++)
    await api(routes.runWorkflow, {
      params: { id: 'settleClaim' },
      body: { input: { claim: `C-bulk-${n}`, amount: 1 }, delay_seconds: 3600 },
    })
  await open('/history?workflow=settleClaim&status=scheduled', 'History')
  await page.getByText('3 runs', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Cancel all' }).click()
  const dialog = page.getByRole('dialog', { name: 'Cancel all' })
  await dialog.getByText('3 runs that match the filter have not ended').waitFor()
  await dialog.getByRole('button', { name: 'Cancel 3 runs' }).click()
  await dialog.getByText('3 runs cancelled.').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await page.getByText('No runs match').waitFor()
})

journey(
  'the columns of a workflow stand in its history and are searched',
  async ({ page, product, open }) => {
    await product.execute('settleClaim', { claim: 'C-4711', amount: 40 })
    await product.execute('settleClaim', { claim: 'C-5822', amount: 50 })
    await open('/history?workflow=settleClaim&status=success', 'History')
    await page.getByRole('columnheader', { name: 'Claim' }).waitFor()
    await page.getByRole('cell', { name: 'C-5822' }).waitFor()
    await page.getByRole('searchbox', { name: 'Search runs' }).fill('c-4711')
    await expect.poll(() => page.getByRole('cell', { name: 'C-5822' }).count()).toBe(0)
    await page.getByRole('cell', { name: 'C-4711' }).waitFor()
  },
)

journey(
  'a run that waits is moved to the current version, after a check whether it is compatible',
  async ({ page, product }) => {
    const source = (step: string) => `import { sleep, step, workflow } from 'bifrost'
export const longClaim = workflow(async () => { await step('${step}', () => 1); await sleep('1 hour') })
`
    product.write('claims/long-claim.ts', source('open'))
    const api = await product.api()
    const id = await product.run('longClaim')
    await page.goto(`/history/${id}`)
    await page.getByRole('status').getByText('Waiting').waitFor()
    product.write('claims/long-claim.ts', source('begin'))
    await page.getByRole('button', { name: 'Version' }).click()
    const dialog = page.getByRole('dialog', { name: 'Continue on a version' })
    await dialog.getByText('The run already uses it.').waitFor()
    await dialog.getByText('the history has "open#1" where the code asks for "begin#1"').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await api(routes.cancelExecution, { params: { id } })
  },
)
