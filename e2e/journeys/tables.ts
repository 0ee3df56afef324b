import { routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

journey(
  'a table is made, filled from a file, found in, and edited; the person who is slower sees both values',
  async ({ page, product, open, expectErrors }) => {
    await open('/tables', 'Tables')
    await page.getByRole('button', { name: 'Create a table' }).first().click()
    await page.getByRole('dialog').getByLabel('Name').fill('stock')
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { level: 1, name: 'stock' }).waitFor()

    await page.getByRole('button', { name: 'Import' }).click()
    const dialog = page.getByRole('dialog')
    const lines = Array.from({ length: 500 }, (_, n) => `part-${n},${n},shelf ${n % 7}`)
    await dialog.getByLabel('File').setInputFiles({
      name: 'stock.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(['id,count,place', ...lines].join('\n')),
    })
    await dialog.getByRole('cell', { name: 'shelf 3' }).first().waitFor()
    expect(await dialog.getByLabel('Type of count').inputValue()).toBe('number')
    await dialog.getByRole('button', { name: 'Import' }).click()
    await page.getByText('500 rows added').waitFor()

    const grid = page.getByRole('grid', { name: 'Rows of stock' })
    await grid.getByRole('gridcell', { name: 'part-0', exact: true }).waitFor()
    // Of the rows only those in view exist.
    expect(await grid.getByRole('row').count()).toBeLessThan(120)
    await grid.getByRole('button', { name: 'count' }).click()
    await grid.getByRole('button', { name: 'count' }).click()
    await grid.getByRole('gridcell', { name: 'part-499', exact: true }).waitFor()

    await page.getByRole('button', { name: 'Add a filter' }).click()
    await page.getByLabel('Field').fill('place')
    await page.getByLabel('Value').fill('shelf 3')
    await page.keyboard.press('Enter')
    await page.getByText('71 rows', { exact: true }).waitFor()

    // With the keyboard alone.
    await grid.getByRole('gridcell', { name: 'part-493', exact: true }).click()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.keyboard.type('12')
    await page.keyboard.press('Enter')
    await grid.getByRole('gridcell', { name: '12', exact: true }).waitFor()
    const api = await product.api()
    const stored = async () =>
      (await api(routes.getTableRow, { params: { table: 'stock', id: 'part-493' } })).data['count']
    await expect.poll(stored).toBe(12)

    expectErrors(/status of 409/)
    await api(routes.changeTableRow, {
      params: { table: 'stock', id: 'part-493' },
      body: { data: { count: 77 } },
    })
    await grid.getByRole('gridcell', { name: '12', exact: true }).dblclick()
    await page.keyboard.type('13')
    await page.keyboard.press('Enter')
    const conflict = page.getByRole('dialog', { name: 'This row was changed by someone else' })
    await conflict.getByText('77').waitFor()
    await conflict.getByRole('button', { name: 'Use yours' }).click()
    await conflict.waitFor({ state: 'detached' })
    await expect.poll(stored).toBe(13)

    await page.getByRole('button', { name: 'Delete the row part-493' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('70 rows', { exact: true }).waitFor()
  },
)
