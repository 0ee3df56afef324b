import { journey } from '../testing/journey.ts'

journey(
  'a run asks a person, who finds it in the inbox, is told what is missing, and answers; the run goes on',
  async ({ page, product, open }) => {
    const id = await product.run('approveOrder', { orderId: 'A-1002' })
    await open(`/history/${id}`, 'approveOrder')
    const main = page.getByRole('main')
    await main.getByText('to answer "Approve order A-1002"').waitFor()
    await page.getByRole('link', { name: /^Tasks .*waits?/ }).waitFor()

    await open('/tasks?view=unclaimed', 'Tasks')
    await main.getByRole('link', { name: 'Approve order A-1002' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Approve order A-1002' }).waitFor()
    await main.getByText('Workstation').waitFor()
    await main.getByRole('button', { name: 'Claim' }).click()
    await main.getByText('claimed it').waitFor()
    await main.getByRole('textbox', { name: 'Comment' }).fill('Asked for another offer.')
    await main.getByRole('button', { name: 'Comment' }).click()
    await main.getByText('Asked for another offer.').waitFor()

    const form = page.getByRole('form', { name: 'Approve order A-1002' })
    await form.getByRole('switch', { name: 'Place this order' }).click()
    await form.getByRole('button', { name: 'Save a draft' }).click()
    await page.getByText('The draft is saved.').waitFor()
    await page.reload()
    await form.getByRole('switch', { name: 'Place this order', checked: true }).waitFor()
    await form.getByRole('button', { name: 'Submit' }).click()
    await main.getByRole('status').filter({ hasText: 'Done' }).waitFor()
    await main.getByRole('link', { name: 'approveOrder' }).click()
    await page.getByRole('heading', { level: 1, name: 'approveOrder' }).waitFor()
    await main.getByText('Succeeded').first().waitFor()
  },
)
