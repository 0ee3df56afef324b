import { type Json, routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { until } from '../../packages/server/src/testing/server.ts'
import { journey } from '../testing/journey.ts'

journey(
  'each type of parameter has a control of its own, and its value arrives as that type',
  async ({ page, open }) => {
    await open('/workflows/everyParameter', 'everyParameter')
    const form = page.getByRole('form', { name: 'Run everyParameter' })
    await form.getByRole('textbox', { name: 'Title' }).fill('Quarter end')
    await form.getByRole('textbox', { name: 'Seats' }).fill('12')
    await form.getByRole('textbox', { name: 'Discount' }).fill('2.5')
    await form.getByRole('group', { name: 'Urgent' }).getByRole('radio', { name: 'Yes' }).check()
    await form.getByRole('group', { name: 'Plan' }).getByRole('radio', { name: 'business' }).check()
    await form.getByRole('group', { name: 'Urgency' }).getByRole('radio', { name: 'Today' }).check()

    const tags = form.getByRole('group', { name: 'Tags' })
    await tags.getByRole('button', { name: 'Add a row' }).click()
    await tags.getByRole('textbox', { name: 'Tags 1' }).fill('one')
    await page.keyboard.press('Enter')
    await tags.getByRole('textbox', { name: 'Tags 2' }).fill('two')

    const weekdays = form.getByRole('group', { name: 'Weekdays' })
    await weekdays.getByRole('checkbox', { name: 'friday' }).check()
    await weekdays.getByRole('checkbox', { name: 'monday' }).check()

    const address = form.getByRole('group', { name: 'Address' })
    await address.getByRole('button', { name: 'Add address' }).click()
    await address.getByRole('textbox', { name: 'Street' }).fill('Bridge Street 1')
    await address.getByRole('textbox', { name: 'City' }).fill('Berlin')

    const contacts = form.getByRole('group', { name: 'Contacts', exact: true })
    await contacts.getByRole('button', { name: 'Add a row' }).click()
    await contacts.getByRole('textbox', { name: 'Name' }).fill('Bo')
    await contacts.getByRole('textbox', { name: 'Email' }).fill('bo@contoso.example')

    await form.getByLabel('Starts at').fill('2026-03-01T09:30')
    await form.getByLabel('Attachment').setInputFiles({
      name: 'note.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('attached text'),
    })
    // Its name shows while it is uploaded, the button to take it away once it is there.
    await form.getByRole('button', { name: 'Remove note.txt' }).waitFor()
    await form.getByRole('textbox', { name: 'Settings' }).fill('{ "depth": { "of": 2 } }')
    await form.getByRole('textbox', { name: 'Ends at' }).press('Control+Enter')

    const result = page.getByRole('region', { name: 'Result' })
    await result.getByText('Succeeded').waitFor()
    await result.getByRole('link', { name: 'Logs and details' }).click()
    await page.getByRole('tab', { name: 'Input' }).click()
    const input = await readTree(page.getByRole('button', { name: 'Copy input' }))
    expect(input).toMatchObject({
      title: 'Quarter end',
      seats: 12,
      discount: 2.5,
      urgent: true,
      plan: 'business',
      urgency: 3,
      tags: ['one', 'two'],
      weekdays: ['monday', 'friday'],
      address: { street: 'Bridge Street 1', city: 'Berlin' },
      contacts: [{ name: 'Bo', email: 'bo@contoso.example' }],
      attachment: { name: 'note.txt' },
      settings: { depth: { of: 2 } },
    })
    await page.getByRole('tab', { name: 'Result' }).click()
    // Half past nine in Berlin, where this reader sits.
    expect(await readTree(page.getByRole('button', { name: 'Copy result' }))).toMatchObject({
      startsAt: '2026-03-01T08:30:00.000Z',
      attachment: { name: 'note.txt', text: 'attached text' },
    })

    async function readTree(copy: ReturnType<typeof page.getByRole>): Promise<Json> {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await copy.click()
      return JSON.parse(await page.evaluate<string>('navigator.clipboard.readText()')) as Json
    }
  },
)

journey(
  'a mistake shows when its field is left, and all of them when the form is sent',
  async ({ page, open }) => {
    await open('/workflows/everyParameter', 'everyParameter')
    const form = page.getByRole('form', { name: 'Run everyParameter' })
    const seats = form.getByRole('textbox', { name: 'Seats' })
    await seats.fill('1.5')
    expect(await seats.getAttribute('aria-invalid')).toBe('false')
    await seats.blur()
    await form.getByText('Must be a whole number').waitFor()
    expect(await seats.getAttribute('aria-invalid')).toBe('true')
    await seats.fill('2')
    await form.getByText('Must be a whole number').waitFor({ state: 'detached' })

    await form.getByRole('textbox', { name: 'Settings' }).fill('{ "open": ')
    await form.getByRole('button', { name: 'Run' }).click()
    await expect
      .poll(() => form.getByRole('textbox', { name: 'Settings' }).getAttribute('aria-invalid'))
      .toBe('true')
    const title = form.getByRole('textbox', { name: 'Title' })
    await expect.poll(() => title.getAttribute('aria-invalid')).toBe('true')
    // The first field that is wrong has the focus.
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe(await title.getAttribute('id'))
    expect(await page.getByRole('region', { name: 'Result' }).count()).toBe(0)
  },
)

journey('what only the server knows shows under its field', async ({ page, product, open, expectErrors }) => {
  const path = 'journeys/orders.ts'
  const source = (type: string) => `import { type Int, workflow } from 'bifrost'
export const orderSeats = workflow({ category: 'Journeys', executionMode: 'sync' }, async (seats: ${type}) => {
  const whole: Int | number = seats
  return whole
})
`
  const api = await product.api()
  const typeIs = (type: string) =>
    until(`seats is ${type}`, async () => {
      const { items } = await api(routes.listWorkflows, { query: { search: 'orderSeats' } })
      return items.find(({ parameters }) => parameters[0]?.type === type)
    })
  try {
    product.write(path, source('number'))
    await typeIs('number')
    await open('/workflows/orderSeats', 'orderSeats')
    await page.getByRole('textbox', { name: 'Seats' }).fill('1.5')
    // The code changes while a person looks at the form of the earlier code.
    product.write(path, source('Int'))
    await typeIs('integer')
    expectErrors(/status of 422/)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('Must be a whole number').waitFor()
    expect(await page.getByRole('textbox', { name: 'Seats' }).getAttribute('aria-invalid')).toBe('true')
  } finally {
    product.remove(path)
  }
})
