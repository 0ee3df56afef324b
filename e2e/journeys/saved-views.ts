import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

journey(
  'what a list shows is saved under a name, shared, opened again, made the default and deleted',
  async ({ page, open }) => {
    const filters = () => Object.fromEntries(new URL(page.url()).searchParams)
    await open('/history', 'History')
    await page.getByRole('combobox', { name: 'Trigger' }).selectOption('schedule')
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('button', { name: 'Save this view' }).click()
    await page.getByLabel('Name').fill('Nightly')
    await page.getByLabel('Share with everyone in the organization').check()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Nightly' }).waitFor()

    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('button', { name: 'Nightly', exact: true }).click()
    await expect.poll(filters).toEqual({ trigger: 'schedule' })
    expect(await page.getByRole('combobox', { name: 'Trigger' }).inputValue()).toBe('schedule')

    const star = page.getByRole('button', { name: 'Nightly: open the list with it' })
    await page.getByRole('button', { name: 'Nightly' }).click()
    await star.click()
    await expect.poll(() => star.getAttribute('aria-pressed')).toBe('true')
    await open('/history', 'History')
    await expect.poll(filters).toEqual({ trigger: 'schedule' })

    await page.getByRole('button', { name: 'Nightly' }).click()
    await page.getByRole('button', { name: 'Edit Nightly' }).click()
    await page.getByRole('button', { name: 'Delete view' }).click()
    await page.getByRole('dialog', { name: 'Delete Nightly?' }).waitFor()
    await page.getByRole('button', { name: 'Delete view' }).click()
    await page.getByRole('button', { name: 'Views' }).waitFor()
    await open('/history', 'History')
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByText('return to them with one click').waitFor()
    expect(filters()).toEqual({})
  },
)
