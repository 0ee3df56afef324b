import { routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

const runsMade = 60

journey(
  'filters of history live in the URL, survive a reload, and more rows come by the page',
  async ({ page, product, open }) => {
    const api = await product.api()
    await Promise.all(
      Array.from({ length: runsMade }, (_, at) =>
        api(routes.executeWorkflow, {
          params: { id: 'findUser' },
          body: { input: { query: `unknown ${at}` } },
        }),
      ),
    )
    await product.execute('assignLicense', { email: 'unknown@contoso.example' })

    await open('/history', 'History')
    const rows = page.getByRole('row').filter({ has: page.getByRole('cell') })
    await page.getByRole('combobox', { name: 'Workflow' }).selectOption('assignLicense')
    await page.getByRole('button', { name: 'Any status' }).click()
    await page.getByRole('checkbox', { name: 'Failed' }).check()
    await page.keyboard.press('Escape')
    await page.getByRole('combobox', { name: 'Trigger' }).selectOption('api')
    await page.getByRole('searchbox', { name: 'Search runs' }).fill('unknown@contoso')
    await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('unknown@contoso')
    await expect.poll(() => rows.count()).toBe(1)

    await page.reload()
    await expect.poll(() => rows.count()).toBe(1)
    const search = Object.fromEntries(new URL(page.url()).searchParams)
    expect(search).toMatchObject({ workflow: 'assignLicense', status: 'failed', trigger: 'api' })
    expect(await page.getByRole('combobox', { name: 'Workflow' }).inputValue()).toBe('assignLicense')
    await page.getByRole('button', { name: 'Failed' }).waitFor()

    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    await page.getByRole('combobox', { name: 'Workflow' }).selectOption('findUser')
    await expect.poll(() => rows.count()).toBeGreaterThanOrEqual(50)
    await page.getByRole('main').press('End')
    await page.getByText('End of list').waitFor()
    const links = await page.getByRole('link', { name: 'findUser', exact: true }).all()
    const runs = await Promise.all(links.map((link) => link.getAttribute('href')))
    expect(new Set(runs).size).toBe(runs.length)
    expect(runs.length).toBeGreaterThanOrEqual(runsMade)
  },
)
