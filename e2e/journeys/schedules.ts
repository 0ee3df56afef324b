import { routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { until } from '../../packages/server/src/testing/server.ts'
import { journey } from '../testing/journey.ts'

journey(
  'a schedule is made with a live preview, paused, run now and deleted',
  async ({ page, product, open, expectErrors }) => {
    expectErrors(/status of 422 .*schedules\/preview/)
    await open('/schedules', 'Schedules')
    await page.getByRole('row').filter({ hasText: 'nightlyInventory' }).getByText('In the file').waitFor()

    await page.getByRole('button', { name: 'Add a schedule' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add a schedule' })
    await dialog.getByLabel('Workflow').selectOption('hello')
    await dialog.getByLabel('Cron').fill('0 0 7 * * 1-5')
    await dialog.getByText('needs five cron fields').waitFor()
    await dialog.getByLabel('Cron').fill('30 2 * * *')
    await dialog.getByLabel('Time zone').fill('Europe/Berlin')
    const preview = dialog.getByRole('region', { name: 'Preview' })
    await preview.getByText('At 02:30, Europe/Berlin').waitFor()
    await preview.getByText('02:30 does not exist').waitFor()
    expect(await preview.getByRole('listitem').count()).toBe(5)
    await dialog.getByLabel('If a run is still in progress').selectOption('queue')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await dialog.getByText('Is required').waitFor()
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Ada')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('Schedule for hello created').waitFor()

    const row = page
      .getByRole('row')
      .filter({ hasText: 'At 02:30, Europe/Berlin' })
      .filter({ hasText: 'hello' })
    await row.getByRole('switch').click()
    await row.getByText('Paused').waitFor()
    const api = await product.api()
    const schedule = await until('it is paused', async () => {
      const { items } = await api(routes.listSchedules, { query: { workflow: 'hello' } })
      return items.find(({ paused }) => paused)
    })
    expect(schedule).toMatchObject({ overlap: 'queue', input: { name: 'Ada' } })

    await row.getByRole('button', { name: /^Run now/ }).click()
    await page.getByRole('heading', { level: 1, name: 'hello' }).waitFor()
    await page.getByText('Succeeded').first().waitFor()

    await open('/workflows/hello?tab=ways-in', 'hello')
    await page.getByRole('region', { name: 'Schedule' }).getByRole('link', { name: 'At 02:30' }).click()
    await page.getByRole('dialog', { name: 'hello' }).getByText('run now').waitFor()
    await page.keyboard.press('Escape')

    await row.getByRole('button', { name: /^Delete/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Schedule deleted').waitFor()
    await row.waitFor({ state: 'detached' })
  },
)
