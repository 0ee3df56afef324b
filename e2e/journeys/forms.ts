import { routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

journey(
  'a form is built, filled in, and submitted through a public link by a person who is not signed in',
  async ({ page, context, open, product }) => {
    await open('/workflows/hello?tab=ways-in', 'hello')
    await page.getByRole('link', { name: 'Create a form' }).click()
    await page.getByRole('heading', { level: 1, name: 'New form' }).waitFor()
    await page.getByLabel('Name', { exact: false }).first().fill('Say hello')
    await page.getByText('No fields yet.').waitFor()
    await page.getByRole('button', { name: 'Add the workflow’s parameters' }).click()

    const preview = page.getByRole('region', { name: 'Preview' })
    await preview.getByLabel('Name').waitFor()
    await page.getByRole('button', { name: 'Move Times up' }).click()
    await page.getByLabel('Type of the new field').selectOption('select')
    await page.getByRole('button', { name: 'Add a field' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Label').fill('Department')
    expect(await dialog.getByLabel('Name').inputValue()).toBe('department')
    await dialog.getByText('Data provider', { exact: true }).first().click()
    await dialog.getByRole('combobox', { name: 'Data provider' }).selectOption('departments')
    await dialog.getByLabel('Show only if').fill('fields.name ==')
    await dialog.getByText('the end is not a value').waitFor()
    await dialog.getByLabel('Show only if').fill("fields.name == 'Ada'")
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await page.getByLabel('After a submission').fill('Hello was said.')
    await page.getByRole('button', { name: 'Create', exact: true }).click()

    await page.getByRole('heading', { level: 1, name: 'Say hello' }).waitFor()
    await page.getByRole('button', { name: 'Create a link' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Website')
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
    const address = (await page.getByTestId('link-address').textContent()) ?? ''
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByText('0 submissions').waitFor()

    await page.getByRole('link', { name: 'Open' }).click()
    const form = page.getByRole('form', { name: 'Say hello' })
    await form.getByRole('button', { name: 'Submit' }).click()
    await form.getByText('Is required').waitFor()
    expect(await form.getByLabel('Department').count()).toBe(0)
    await form.getByLabel('Name').fill('Ada')
    await form.getByLabel('Department').selectOption({ index: 1 })
    await form.getByRole('button', { name: 'Submit' }).click()
    await page.getByText('Hello was said.').waitFor()
    await page.getByRole('region', { name: 'Submitted' }).getByText('Succeeded').waitFor()
    await page.getByRole('link', { name: 'Open the run' }).click()
    await page.getByText('Hello Ada.').first().waitFor()
    await page.getByRole('link', { name: 'Say hello' }).waitFor()

    const fresh = await context.browser()?.newContext({ baseURL: product.url })
    if (!fresh) throw new Error('The browser is gone.')
    try {
      const visitor = await fresh.newPage()
      await visitor.goto(address)
      await visitor.getByRole('heading', { level: 1, name: 'Say hello' }).waitFor()
      expect(await visitor.getByRole('navigation').count()).toBe(0)
      await visitor.getByLabel('Name').fill('Eve')
      await visitor.getByRole('button', { name: 'Submit' }).click()
      await visitor.getByText('Hello was said.').waitFor()
    } finally {
      await fresh.close()
    }
  },
)

journey(
  'a choice offers what fits a field that shows only because of another one, in the app and by a public link',
  async ({ page, open, product }) => {
    product.write(
      'journeys/rooms.ts',
      `import { dataProvider, workflow } from 'bifrost'
const named = (...names: string[]) => names.map((name) => ({ label: name, value: name }))
export const sites = dataProvider(async () => named('Berlin', 'Vienna'))
export const rooms = dataProvider(async (site: string) => named(site + ' 1', site + ' 2'))
export const desks = dataProvider(async (room: string) => named(room + ' left', room + ' right'))
export const bookDesk = workflow(async (site: string, room: string, desk: string) => site + '/' + room + '/' + desk)
`,
    )
    const api = await product.api()
    await product.run('bookDesk', { site: 'a', room: 'b', desk: 'c' })
    const select = (name: string, id: string, input?: string) => ({
      name,
      type: 'select' as const,
      label: name,
      provider: { id, ...(input && { inputs: { [input]: { field: input } } }) },
    })
    const { id } = await api(routes.createForm, {
      body: {
        name: 'Book a desk',
        workflow: 'bookDesk',
        fields: [
          select('site', 'sites'),
          { ...select('room', 'rooms', 'site'), visible_if: 'fields.site != null' },
          select('desk', 'desks', 'room'),
        ],
      },
    })
    const link = await api(routes.createFormLink, { params: { id }, body: { name: 'Lobby' } })
    await open(`/forms/${id}`, 'Book a desk')
    for (const address of [`/forms/${id}`, link.path]) {
      await page.goto(address)
      await page.getByLabel('site', { exact: true }).selectOption('Berlin')
      await page.getByLabel('room', { exact: true }).selectOption('Berlin 1')
      await page.getByLabel('desk', { exact: true }).selectOption('Berlin 1 right')
      // Another site: the choices below it go, and offer what fits the new one.
      await page.getByLabel('site', { exact: true }).selectOption('Vienna')
      await page.getByLabel('room', { exact: true }).selectOption('Vienna 2')
      await page.getByLabel('desk', { exact: true }).selectOption('Vienna 2 left')
      await page.getByRole('button', { name: 'Submit' }).click()
      const done = page.getByText('Thank you. Your answers were sent.')
      await page.getByRole('region', { name: 'Submitted' }).or(done).first().waitFor()
    }
    const { items } = await api(routes.listExecutions, { query: { workflow: 'bookDesk', form: id } })
    const runs = await Promise.all(items.map(({ id }) => product.ended(id)))
    expect(runs.map(({ result }) => result)).toEqual(
      Array.from({ length: 2 }, () => 'Vienna/Vienna 2/Vienna 2 left'),
    )
  },
)

journey(
  'a form by role is there for people of the role, who run its workflow through it, and for no one else',
  async ({ page, context, open, product }) => {
    const api = await product.api()
    const password = 'a-long-enough-passphrase-7'
    const person = (email: string) =>
      api(routes.createUser, { body: { email, name: email, role: 'external', password } })
    const insider = await person('insider@example.com')
    await person('outsider@example.com')
    const role = await api(routes.createRole, { body: { name: 'Front desk' } })
    await api(routes.addRoleMember, { params: { id: role.id, user_id: insider.id } })
    const { id } = await api(routes.createForm, {
      body: {
        name: 'Greet a guest',
        workflow: 'hello',
        fields: [{ name: 'name', type: 'text', label: 'Guest', required: true }],
      },
    })
    await open(`/forms/${id}/edit`, 'Greet a guest')
    await page.getByText('By role', { exact: true }).click()
    await page.getByRole('checkbox', { name: 'Front desk' }).check()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Saved.').first().waitFor()

    const signIn = async (email: string) => {
      const own = await context.browser()?.newContext({ baseURL: product.url })
      if (!own) throw new Error('The browser is gone.')
      const window = await own.newPage()
      await window.goto('/forms')
      await window.getByLabel('Email').fill(email)
      await window.getByLabel('Password').fill(password)
      await window.getByRole('button', { name: 'Sign in', exact: true }).click()
      await window.getByRole('heading', { level: 1, name: 'Forms' }).waitFor()
      return { window, leave: () => own.close() }
    }
    const inside = await signIn('insider@example.com')
    const outside = await signIn('outsider@example.com')
    try {
      await inside.window.getByRole('link', { name: 'Greet a guest' }).click()
      await inside.window.getByRole('textbox', { name: /^Guest/ }).fill('Eve')
      await inside.window.getByRole('button', { name: 'Submit' }).click()
      await inside.window.getByText('Hello Eve.').waitFor()
      await outside.window.getByText('No forms yet').waitFor()
      await outside.window.goto(`/forms/${id}`)
      await outside.window.getByRole('heading', { name: 'There is no such form' }).waitFor()
    } finally {
      await inside.leave()
      await outside.leave()
    }
  },
)

journey(
  'what the author of a form writes as Markdown or HTML runs nothing and reaches nothing of the page',
  async ({ page, product, expectErrors }) => {
    const api = await product.api()
    const evil =
      '<img src="x" onerror="document.title = \'taken\'"><script>document.title = \'taken\'</script>'
    const { id } = await api(routes.createForm, {
      body: {
        name: 'Suspicious',
        workflow: 'hello',
        fields: [
          {
            name: 'text',
            type: 'markdown',
            content: `**Bold** ${evil} [bad](javascript:alert(1)) [good](https://example.com)`,
          },
          { name: 'page', type: 'html', content: `<p>Framed</p>${evil}<a href="/" target="_top">out</a>` },
        ],
      },
    })
    const { path } = await api(routes.createFormLink, { params: { id }, body: {} })
    // The frame says that it blocked the script.
    expectErrors(/Blocked script execution|Content Security Policy/)
    await page.goto(path)
    const main = page.getByRole('main')
    await main.getByText('Bold', { exact: true }).waitFor()
    await page.frameLocator('iframe').getByText('Framed').waitFor()
    expect(await main.locator('img, script').count()).toBe(0)
    expect(
      await main.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
    ).toEqual(['https://example.com'])
    expect(await main.locator('iframe').getAttribute('sandbox')).toBe('')
    expect(await page.title()).toBe('Suspicious')
  },
)
