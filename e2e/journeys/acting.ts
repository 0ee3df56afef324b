import { type Organization, routes } from '@bifrost/contract'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'
import { ADMIN, PASSWORD, type Product } from '../testing/product.ts'

const switcher = (page: Page) => page.getByRole('button', { name: /^Organization: .*Choose another/ })
const actsFor = (page: Page, name: string) =>
  page.getByRole('button', { name: `Organization: ${name}. Choose another` }).waitFor()

/** Two customers of this journey alone. */
async function customers(product: Product, mark: string): Promise<[Organization, Organization]> {
  const api = await product.api()
  const make = (name: string) => api(routes.createOrganization, { body: { name: `${name} ${mark}` } })
  return [await make('Adventure'), await make('Tailspin')]
}

/** What a customer has of its own, asked from outside of the browser. */
async function configOf(product: Product, organization: Organization): Promise<string[]> {
  const response = await fetch(`${product.url}/api/config`, {
    headers: { authorization: `Bearer ${await product.apiKey()}`, 'bifrost-scope': organization.id },
  })
  const { items } = (await response.json()) as { items: { key: string; source: { kind: string } }[] }
  return items.filter(({ source }) => source.kind === 'own').map(({ key }) => key)
}

/** Types a part of a name into the switcher, and presses Enter. */
async function switchTo(page: Page, typed: string, name: string): Promise<void> {
  await switcher(page).click()
  const search = page.getByRole('dialog', { name: 'Switch organization' }).getByRole('combobox')
  await search.waitFor()
  await page.keyboard.type(typed)
  await page.keyboard.press('Enter')
  await actsFor(page, name)
}

journey(
  'two tabs act for two organizations, each for the one that it shows',
  async ({ page, context, product, open }) => {
    product.write(
      'journeys/whose.ts',
      `import { context, workflow } from 'bifrost'
/** Says which organization it runs for. */
export const whose = workflow(async () => context.orgName)
`,
    )
    const [first, second] = await customers(product, 'of two tabs')
    await open('/config', 'Config')
    await switchTo(page, 'adventure of two', first.name)
    // The same list, of the customer.
    expect(new URL(page.url()).pathname).toBe(`/o/${first.slug}/config`)
    await page.getByRole('heading', { level: 1, name: 'Config' }).waitFor()
    // A dialog is open here while another tab goes to another customer.
    await page.getByRole('button', { name: 'Set a value' }).first().click()
    await page.getByRole('dialog').getByLabel('Key').fill('two.tabs')

    const other = await context.newPage()
    await other.goto('/workflows/whose')
    await other.getByRole('heading', { level: 1, name: 'whose' }).waitFor()
    await switchTo(other, 'tailspin of two', second.name)
    await other.getByRole('heading', { level: 1, name: 'whose' }).waitFor()

    await page.bringToFront()
    await page.getByRole('dialog').getByLabel('Value', { exact: true }).fill('of the first')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByText('two.tabs').first().waitFor()
    expect(await configOf(product, first)).toEqual(['two.tabs'])
    expect(await configOf(product, second)).toEqual([])

    const result = async (tab: Page) => {
      await tab.getByRole('button', { name: 'Run', exact: true }).click()
      await tab.waitForURL(/\/history\//)
      await tab.getByText('Succeeded').first().waitFor()
      return tab.getByRole('main').innerText()
    }
    expect(await result(other)).toContain(second.name)
    await page.goto(`/o/${first.slug}/workflows/whose`)
    expect(await result(page)).toContain(first.name)

    // Links, a reload, and the way back keep it; so does a copied address.
    await page.getByRole('link', { name: 'History' }).first().click()
    await page.waitForURL(`**/o/${first.slug}/history`)
    await page.reload()
    await actsFor(page, first.name)
    await page.goBack()
    await page.waitForURL(new RegExp(`/o/${first.slug}/history/.+`))
    const copy = await context.newPage()
    await copy.goto(page.url())
    await copy.getByText('Succeeded').first().waitFor()
    await actsFor(copy, first.name)
    expect(await copy.title()).toContain(first.name)

    // In one tab from one customer to the other, and back: each page shows the one that it was opened for.
    await switchTo(copy, 'tailspin of two', second.name)
    await copy.goBack()
    await copy.getByText('Succeeded').first().waitFor()
    await actsFor(copy, first.name)
  },
)

journey('the switcher is used by keyboard alone', async ({ page, product, open }) => {
  const [first, second] = await customers(product, 'by keyboard')
  await open('/history?status=failed', 'History')
  await switcher(page).focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Switch organization' })
  const search = dialog.getByRole('combobox', { name: 'Search organizations' })
  await search.waitFor()
  await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("role")')).toBe('combobox')
  // Nothing is found: Enter chooses nothing, and the dialog stays and says so.
  await page.keyboard.type('no organization has this name')
  await page.keyboard.press('Enter')
  await dialog.getByText('No matching organizations.').waitFor()
  await search.fill('by keyboard')
  await dialog.getByRole('option', { name: second.name }).waitFor()
  const marked = () => dialog.getByRole('option', { selected: true }).innerText()
  const names = await dialog.getByRole('option').allInnerTexts()
  expect(names.map((name) => name.trim()).sort()).toEqual([first.name, second.name].sort())
  expect(await marked()).toBe(names[0])
  await page.keyboard.press('ArrowDown')
  expect(await marked()).toBe(names[1])
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await actsFor(page, (names[1] ?? '').trim())
  const { pathname, search: filter } = new URL(page.url())
  expect(pathname).toMatch(/^\/o\/.*\/history$/)
  expect(filter).toBe('?status=failed')
})

journey(
  'the phone shows which organization a person acts for, and switches',
  async ({ page, product, open }) => {
    const [first] = await customers(product, 'on the phone')
    await open('/config', 'Config')
    await actsFor(page, ADMIN.organization)
    await switchTo(page, 'adventure on', first.name)
    await page.getByRole('heading', { level: 1, name: 'Config' }).waitFor()
    const box = await switcher(page).boundingBox()
    expect(box?.width).toBeGreaterThan(100)
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  },
  { viewport: { width: 390, height: 844 } },
)

journey(
  'a tab of a person who is no longer signed in does nothing as the next person',
  async ({ page, context, product, expectErrors }) => {
    expectErrors(/status of 409/)
    const person = { name: 'Shift Two', email: 'shift-two@example.com', role: 'org_admin' as const }
    await product.person(person)
    const signIn = async (tab: Page, email: string, password: string) => {
      await tab.goto('/sign-in?next=%2Fconfig')
      await tab.getByLabel('Email').fill(email)
      await tab.getByLabel('Password').fill(password)
      await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
      await tab.getByRole('heading', { level: 1, name: 'Config' }).waitFor()
    }
    // Signs in with a session of its own: that of the other journeys stays.
    await context.clearCookies()
    await signIn(page, ADMIN.email, ADMIN.password)
    await page.getByRole('button', { name: 'Set a value' }).first().click()
    await page.getByRole('dialog').getByLabel('Key').fill('who.am.i')
    await page.getByRole('dialog').getByLabel('Value', { exact: true }).fill('the admin')
    const other = await context.newPage()
    await signIn(other, person.email, PASSWORD)
    // Without the tab's own look at who is signed in, which comes when it is shown again.
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Someone else is signed in now' }).waitFor()
    const api = await product.api()
    const { items } = await api(routes.listConfig, { query: {} })
    expect(items.map(({ key }) => key)).not.toContain('who.am.i')
    await page.getByRole('button', { name: 'Continue as the person who is signed in' }).click()
    await page.getByRole('button', { name: /Shift Two/ }).waitFor()
  },
)

journey(
  'an organization that is deactivated while a tab shows it stops the tab',
  async ({ page, product, expectErrors }) => {
    expectErrors(/status of 403|You cannot act|ActingRefused/)
    const [first] = await customers(product, 'that closes')
    await page.goto(`/o/${first.slug}/config`)
    await page.getByRole('heading', { level: 1, name: 'Config' }).waitFor()
    const api = await product.api()
    await api(routes.updateOrganization, { params: { id: first.id }, body: { is_active: false } })
    await page.getByRole('link', { name: 'Workflows' }).first().click()
    await page.getByRole('heading', { name: 'You can’t act for this organization' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'You can’t act for this organization' }).waitFor()
    await page.getByRole('button', { name: 'Go to your own organization' }).click()
    await actsFor(page, ADMIN.organization)
  },
)

journey(
  'a link to something of another organization offers to act for that one',
  async ({ page, product, expectErrors }) => {
    expectErrors(/status of 404|There is no such run/)
    const [first] = await customers(product, 'of a link')
    const started = await fetch(`${product.url}/api/workflows/hello/run`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await product.apiKey()}`,
        'bifrost-scope': first.slug,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ input: { name: 'a link' } }),
    })
    const { execution_id: id } = (await started.json()) as { execution_id: string }
    await page.goto(`/history/${id}?tab=logs`)
    await page.getByRole('heading', { level: 1, name: `This run belongs to ${first.name}` }).waitFor()
    await page.getByRole('button', { name: `Switch to ${first.name} and open it` }).click()
    await page.getByRole('heading', { level: 1, name: 'hello' }).waitFor()
    await actsFor(page, first.name)
    const { pathname, search } = new URL(page.url())
    expect(pathname + search).toBe(`/o/${first.slug}/history/${id}?tab=logs`)
  },
)

journey('an address with what can be no id says what is not there', async ({ page, expectErrors }) => {
  expectErrors(/status of 4(04|22)|id: must be|There is no/)
  const unknownId = '00000000-0000-7000-8000-000000000000'
  for (const [path, noun, list] of [
    ['history', 'run', 'History'],
    ['forms', 'form', 'Forms'],
    ['tasks', 'task', 'Tasks'],
    ['events', 'event', 'Events'],
    ['roles', 'role', 'Roles'],
    ['integrations', 'integration', 'Integrations'],
    ['tables', 'table', 'Tables'],
  ])
    for (const id of ['x', unknownId]) {
      await page.goto(`/${path}/${id}`)
      await page.getByRole('heading', { level: 1, name: `There is no such ${noun}` }).waitFor()
      expect(await page.getByRole('main').innerText()).not.toMatch(/pattern|\^/)
      await page
        .getByRole('main')
        .getByRole('link', { name: `Go to ${list}` })
        .waitFor()
    }
  await page.getByRole('main').getByRole('link', { name: 'Go to Tables' }).click()
  await page.getByRole('heading', { level: 1, name: 'Tables' }).waitFor()
})
