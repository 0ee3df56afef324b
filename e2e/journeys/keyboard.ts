import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

journey('with the keyboard alone: to a workflow through the palette, and run it', async ({ page, open }) => {
  await open('/', /Ada/)
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Search or go to' }).waitFor()
  await page.getByRole('dialog').getByRole('combobox').waitFor()
  await page.keyboard.type('hello')
  await page.getByRole('option', { name: /^hello/, selected: true }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'hello' }).waitFor()

  const name = page.getByRole('textbox', { name: 'Name' })
  await name.waitFor()
  for (let steps = 0; steps < 40 && !(await isFocused()); steps++) await page.keyboard.press('Tab')
  expect(await isFocused()).toBe(true)
  await page.keyboard.type('Ada')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('status').getByText('Succeeded').waitFor()
  await page.getByRole('tabpanel').getByText('"Hello Ada."').waitFor()

  async function isFocused(): Promise<boolean> {
    return (await page.evaluate('document.activeElement.id')) === (await name.getAttribute('id'))
  }
})

journey('a dialog keeps the focus, closes on Escape, and gives the focus back', async ({ page, open }) => {
  await open('/keys', 'API keys')
  const opener = page.getByRole('button', { name: 'Create a key' })
  await opener.focus()
  await page.keyboard.press('Enter')
  const name = page.getByRole('dialog').getByRole('textbox', { name: 'Name' })
  await name.waitFor()
  for (let steps = 0; steps < 8; steps++) {
    // The browser's own bar may have its turn (the body), but nothing of the page behind.
    const inside = 'document.activeElement === document.body || !!document.activeElement.closest("dialog")'
    expect(await page.evaluate(inside)).toBe(true)
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await expect.poll(() => page.evaluate('document.activeElement.textContent')).toContain('Create a key')
})
