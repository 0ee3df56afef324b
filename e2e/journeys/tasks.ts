import { routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

journey(
  'a run asks a person, who finds it in the inbox, is told what is missing, and answers; the run continues',
  async ({ page, product, open }) => {
    const id = await product.run('approveOrder', { orderId: 'A-1002' })
    await open(`/history/${id}`, 'approveOrder')
    const main = page.getByRole('main')
    await main.getByText('to answer "Approve order A-1002"').waitFor()
    await page.getByRole('link', { name: /^Tasks .*waiting/ }).waitFor()

    await open('/tasks?view=unclaimed', 'Tasks')
    await main.getByRole('link', { name: 'Approve order A-1002' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Approve order A-1002' }).waitFor()
    await main.getByText('Workstation').waitFor()
    await main.getByRole('button', { name: 'Claim' }).click()
    await main.getByText('claimed it').waitFor()
    // What it is about stays in view, also after a reload.
    await main.getByText('Workstation').waitFor()
    await page.reload()
    await main.getByText('claimed it').waitFor()
    await main.getByText('Workstation').waitFor()
    await main.getByRole('textbox', { name: 'Comment' }).fill('Asked for another offer.')
    await main.getByRole('button', { name: 'Comment' }).click()
    await main.getByRole('paragraph').filter({ hasText: 'Asked for another offer.' }).waitFor()

    const form = page.getByRole('form', { name: 'Approve order A-1002' })
    await form.getByRole('switch', { name: 'Place this order' }).click()
    await form.getByRole('button', { name: 'Save a draft' }).click()
    await page.getByText('Draft saved').waitFor()
    await page.reload()
    await form.getByRole('switch', { name: 'Place this order', checked: true }).waitFor()
    await form.getByRole('button', { name: 'Submit' }).click()
    await main.getByRole('status').filter({ hasText: 'Done' }).waitFor()
    await main.getByRole('link', { name: 'approveOrder' }).click()
    await page.getByRole('heading', { level: 1, name: 'approveOrder' }).waitFor()
    await main.getByText('Succeeded').first().waitFor()
  },
)

journey(
  'a task that another person has claimed still says what it is about',
  async ({ page, product, open }) => {
    await product.run('approveOrder', { orderId: 'A-1002' })
    await open('/tasks?view=unclaimed', 'Tasks')
    const main = page.getByRole('main')
    await main.getByRole('link', { name: 'Approve order A-1002' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Approve order A-1002' }).waitFor()
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    const colleague = await product.person({
      name: 'Col League',
      email: 'colleague@example.com',
      role: 'org_admin',
    })
    await colleague.api(routes.claimTask, { params: { id } })
    await page.reload()
    await main.getByText('Col League').first().waitFor()
    await main.getByText('Workstation').waitFor()
  },
)

journey(
  'a React screen of the workspace shows in a frame that reaches nothing, is refused with its field, and answers',
  async ({ page, product, open, expectErrors }) => {
    expectErrors(/status of 422/)
    const id = await product.run('reviewOffers', { article: 'Toner' })
    await open('/tasks?view=unclaimed', 'Tasks')
    await page.getByRole('link', { name: 'Choose an offer for Toner' }).first().click()
    const frame = page.frameLocator('iframe[title="Choose an offer for Toner"]')
    await frame.getByText('Northern Office would cost the least for Toner').waitFor()
    const inside = page.frames().find((one) => new URL(one.url()).pathname.endsWith('/screen'))
    const seen = await inside?.evaluate(`(() => {
      const refused = (read) => { try { return read() } catch (error) { return error.name } }
      return {
        origin: self.origin,
        cookie: refused(() => document.cookie),
        parent: refused(() => window.parent.document.title),
        theme: document.documentElement.dataset.theme,
      }
    })()`)
    expect(seen).toEqual({ origin: 'null', cookie: 'SecurityError', parent: 'SecurityError', theme: 'light' })

    await frame.getByLabel('How many').fill('a few')
    await frame.getByRole('button', { name: 'Take Paper & Co' }).click()
    await frame.getByText('How many must be a whole number').waitFor()
    await frame.getByLabel('How many').fill('25')
    await frame.getByRole('button', { name: 'Take Paper & Co' }).click()
    await page.getByRole('status').filter({ hasText: 'Done' }).waitFor()
    expect((await product.ended(id)).result).toEqual({
      supplier: 'Paper & Co',
      article: 'Toner',
      count: 25,
      ordered: true,
    })
  },
)

journey(
  'a screen that answers by itself has to wait until the person says so',
  async ({ page, product, open }) => {
    product.write(
      'journeys/eager.ts',
      `import { screen, workflow } from 'bifrost'
/** Shows a screen that answers unasked. */
export const eager = workflow(async () => screen('eager', { component: './eager.tsx', title: 'Answers unasked' }))
`,
    )
    product.write(
      'journeys/eager.tsx',
      `import { useEffect } from 'react'
import { useScreen } from 'bifrost/screen'
export default function Eager() {
  const { complete } = useScreen()
  useEffect(() => {
    const { port1, port2 } = new MessageChannel()
    window.parent.postMessage({ bifrost: 1, type: 'watch' }, '*', [port2])
    port1.postMessage(1)
    window.focus()
    const button = document.querySelector('button')
    button?.focus()
    button?.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
    button?.click()
    complete('unasked')
  }, [])
  return <button type="button" onClick={() => complete('clicked')}>Say yes</button>
}
`,
    )
    const api = await product.api()
    const statusOf = async (id: string) =>
      (await api(routes.listTasks, { query: { execution: id } })).items[0]?.status
    const id = await product.run('eager')
    await open('/tasks?view=all', 'Tasks')
    await page.getByRole('link', { name: 'Answers unasked' }).click()
    const asks = page.getByText('This screen is trying to submit without any action from you.')
    await asks.waitFor()
    expect(await statusOf(id)).toBe('open')
    await page.getByRole('button', { name: 'Not now' }).click()
    await asks.waitFor({ state: 'detached' })
    expect(await statusOf(id)).toBe('open')
    // What the person presses in the screen counts at once.
    await page
      .frameLocator('iframe[title="Answers unasked"]')
      .getByRole('button', { name: 'Say yes' })
      .click()
    await page.getByRole('status').filter({ hasText: 'Done' }).waitFor()
    expect((await product.ended(id)).result).toBe('clicked')

    const second = await product.run('eager')
    await open('/tasks?view=all', 'Tasks')
    await page.getByRole('link', { name: 'Answers unasked' }).click()
    await page.getByRole('button', { name: 'Submit' }).click()
    await page.getByRole('status').filter({ hasText: 'Done' }).waitFor()
    expect((await product.ended(second)).result).toMatch(/unasked|clicked/)
    product.remove('journeys/eager.ts')
    product.remove('journeys/eager.tsx')
  },
)

journey(
  'a screen that throws says so, and the task stays open',
  async ({ page, product, open, expectErrors }) => {
    expectErrors(/no total|Boundary|error boundary/)
    product.write(
      'journeys/throws.ts',
      `import { screen, workflow } from 'bifrost'
/** Shows a screen that fails. */
export const throws = workflow(async () => screen('look', { component: './throws.tsx', title: 'Look at this' }))
`,
    )
    product.write(
      'journeys/throws.tsx',
      `export default function Throws() { throw new RangeError('there is no total') }\n`,
    )
    const id = await product.run('throws')
    await open('/tasks?view=all', 'Tasks')
    await page.getByRole('link', { name: 'Look at this' }).click()
    await page.getByText('This screen has failed. The task stays open.').waitFor()
    await page.getByText('RangeError: there is no total').waitFor()
    await page.getByRole('status').filter({ hasText: 'Open' }).waitFor()
    const api = await product.api()
    const { items } = await api(routes.listTasks, { query: { execution: id } })
    expect(items).toMatchObject([{ status: 'open' }])
    await api(routes.cancelExecution, { params: { id } })
    product.remove('journeys/throws.ts')
    product.remove('journeys/throws.tsx')
  },
)

journey(
  'a run is sent back to an earlier screen, whose person reads why',
  async ({ page, product, open }) => {
    product.write(
      'journeys/story.ts',
      `import { screen, workflow } from 'bifrost'
/** Has a text written and approved. */
export const story = workflow(async () => {
  const { text } = await screen('write', { title: 'Write the text', fields: { text: 'string' } })
  return screen('approve', { title: 'Approve the text', props: { text }, fields: { ok: 'boolean' } })
})
`,
    )
    const id = await product.run('story')
    await open(`/history/${id}`, 'story')
    await page.getByRole('link', { name: 'Answer' }).click()
    await page.getByRole('textbox', { name: 'Text' }).fill('Short')
    await page.getByRole('button', { name: 'Submit' }).click()
    await page.getByRole('status').filter({ hasText: 'Done' }).waitFor()
    await open('/tasks?view=all', 'Tasks')
    await page.getByRole('link', { name: 'Approve the text' }).click()
    await page.getByRole('button', { name: 'Send back' }).click()
    const dialog = page.getByRole('dialog', { name: 'Send Approve the text back?' })
    await dialog.getByRole('radio', { name: /Write the text/, checked: true }).waitFor()
    await dialog.getByRole('textbox', { name: /Reason/ }).fill('Too short.')
    await dialog.getByRole('button', { name: 'Send back' }).click()
    await page.getByRole('status').filter({ hasText: 'Closed' }).waitFor()
    await open('/tasks?view=all', 'Tasks')
    await page.getByRole('link', { name: 'Write the text' }).click()
    await page.getByText('Too short.').waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Text' }).inputValue()).toBe('Short')
    await (await product.api())(routes.cancelExecution, { params: { id } })
    product.remove('journeys/story.ts')
  },
)
