import { createClient, routes } from '@bifrost/contract'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'
import { PASSWORD } from '../testing/product.ts'

/** A window of its own, in which no one is signed in. */
async function freshWindow(
  context: BrowserContext,
  url: string,
): Promise<{ page: Page; close(): Promise<void> }> {
  const browser = context.browser() as Browser
  const own = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 } })
  own.setDefaultTimeout(20_000)
  return { page: await own.newPage(), close: () => own.close() }
}

/** Invites a person on the page People; answers the link. */
async function invite(page: Page, email: string, role: string, base = ''): Promise<string> {
  await page.goto(`${base}/people`)
  await page.getByRole('button', { name: 'Invite people' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Email').fill(email)
  await dialog.getByLabel('Role').selectOption({ label: role })
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
  const link = await page
    .getByRole('dialog', { name: 'Share the invitation link' })
    .locator('code')
    .textContent()
  await page.getByRole('button', { name: 'Done' }).click()
  return link ?? ''
}

/** Opens the link of an invitation as the person it was given to, and ends signed in. */
async function accept(page: Page, link: string, name: string, organization: string): Promise<void> {
  const { pathname, hash } = new URL(link)
  await page.goto(`${pathname}${hash}`)
  await page.getByRole('heading', { name: `Welcome to ${organization}` }).waitFor()
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Accept the invitation' }).click()
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
}

journey(
  'two organizations work side by side, and neither finds a trace of the other',
  async ({ page, context, product, open }) => {
    const customers = ['Northwind', 'Fabrikam'] as const
    const windows: { name: string; page: Page; close(): Promise<void>; runs: string[] }[] = []
    for (const name of customers) {
      // The provider makes the organization, acts for it, and invites its administrator.
      await open('/organizations', 'Organizations')
      await page.getByRole('button', { name: 'New organization' }).click()
      await page.getByRole('dialog').getByLabel('Name').fill(name)
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
      await page.getByRole('cell', { name, exact: true }).first().waitFor()
      await page.getByRole('button', { name: /^Organization: .*Choose another/ }).click()
      await page
        .getByRole('dialog', { name: 'Switch organization' })
        .getByRole('option', { name, exact: true })
        .click()
      await page.getByRole('button', { name: `Organization: ${name}. Choose another` }).waitFor()
      const base = new URL(page.url()).pathname.replace(/\/organizations$/, '')
      const link = await invite(page, `admin@${name.toLowerCase()}.example`, 'Administrator', base)
      const admin = await freshWindow(context, product.url)
      await accept(admin.page, link, `${name} Admin`, name)
      windows.push({ name, ...admin, runs: [] })
    }
    try {
      // Each administrator invites people of every role, and everybody runs something.
      for (const { name, page: admin, runs } of windows) {
        const role = `${name} night shift`
        await admin.goto('/roles')
        await admin.getByRole('button', { name: 'New role' }).click()
        await admin.getByRole('dialog').getByLabel('Name').fill(role)
        await admin.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
        await admin.getByRole('heading', { level: 1, name: role }).waitFor()
        await admin.getByLabel('Grant a workflow').selectOption({ label: 'hello' })
        await admin.getByRole('button', { name: 'Add', exact: true }).last().click()
        await admin.getByRole('button', { name: 'Remove hello' }).waitFor()
        for (const [person, label] of [
          ['Dev', 'Developer'],
          ['Mem', 'Member'],
          ['Ext', 'External'],
        ] as const) {
          const link = await invite(admin, `${person.toLowerCase()}@${name.toLowerCase()}.example`, label)
          const window = await freshWindow(context, product.url)
          await accept(window.page, link, `${name} ${person}`, name)
          if (person === 'Ext') {
            await window.page.goto('/workflows')
            await window.page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor()
            expect(await window.page.getByRole('link', { name: /hello/ }).count()).toBe(0)
            await admin.goto('/roles')
            await admin.getByRole('link', { name: role }).click()
            await admin
              .getByLabel('Add a member')
              .selectOption({ label: `${name} Ext (ext@${name.toLowerCase()}.example)` })
            await admin.getByRole('button', { name: 'Add', exact: true }).first().click()
            await admin.getByRole('button', { name: `Remove ${name} Ext` }).waitFor()
          }
          await window.page.goto('/workflows/hello')
          const form = window.page.getByRole('form')
          await form.getByLabel('Name').fill(`member of ${name}`)
          await form.getByRole('button', { name: 'Run', exact: true }).click()
          await window.page.waitForURL(/\/history\//)
          await window.page.getByText('Succeeded').first().waitFor()
          runs.push(window.page.url().split('/history/')[1]?.split('?')[0] ?? '')
          await window.close()
        }
      }
      for (const [index, { name, page: admin, runs }] of windows.entries()) {
        const other = windows[1 - index]
        if (!other) throw new Error('there is no other')
        for (const path of [
          '/',
          '/people',
          '/roles',
          '/organizations',
          '/history',
          '/workflows',
          '/config',
          '/keys',
        ]) {
          await admin.goto(path)
          await admin.getByRole('heading', { level: 1 }).waitFor()
          await admin.waitForLoadState('networkidle')
          const text = await admin.getByRole('document').or(admin.locator('body')).first().innerText()
          expect(text, `${path} of ${name}`).not.toContain(other.name)
        }
        await admin.goto('/history')
        await admin.getByText(`${name} Mem`).first().waitFor()
        // With a key of their own, whatever the API answers.
        const keys = await admin.evaluate<string>(
          `fetch('/api/keys', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"side by side"}' }).then((answer) => answer.text())`,
        )
        const { key } = JSON.parse(keys) as { key: string }
        const api = createClient({ baseUrl: product.url, apiKey: key })
        const lists = await Promise.all([
          api(routes.listUsers, { query: {} }),
          api(routes.listOrganizations, { query: {} }),
          api(routes.listRoles),
          api(routes.listInvitations, { query: {} }),
          api(routes.listExecutions, { query: {} }),
          api(routes.listWorkflows, { query: {} }),
        ])
        expect(JSON.stringify(lists)).not.toContain(other.name)
        expect(JSON.stringify(lists)).not.toContain(other.name.toLowerCase())
        expect(lists[4].items.map(({ id }) => id).sort()).toEqual([...runs].sort())
        for (const id of other.runs)
          await expect(api(routes.getExecution, { params: { id } })).rejects.toMatchObject({ status: 404 })
      }
    } finally {
      for (const { close } of windows) await close()
    }
  },
)

journey('an invitation that was used leads nowhere', async ({ page, context, product, expectErrors }) => {
  expectErrors(/status of 404 .*invitation/)
  const link = await invite(page, 'once@example.com', 'Member')
  const first = await freshWindow(context, product.url)
  await accept(first.page, link, 'Once', 'Contoso')
  await first.close()
  const second = await freshWindow(context, product.url)
  const { pathname, hash } = new URL(link)
  await second.page.goto(`${pathname}${hash}`)
  await second.page.getByRole('heading', { name: 'No valid invitation' }).waitFor()
  await second.close()
  await page.goto('/people')
  await page.getByRole('button', { name: 'Actions for Once' }).click()
  await page.getByRole('menuitem', { name: 'Deactivate' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click()
  await page.getByRole('row', { name: /Once.*Deactivated/ }).waitFor()
})

journey('who may use a workflow is said on its page', async ({ page, open }) => {
  await open('/roles', 'Roles')
  await page.getByRole('button', { name: 'New role' }).first().click()
  await page.getByRole('dialog').getByLabel('Name').fill('Accountants')
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  await page.getByRole('heading', { level: 1, name: 'Accountants' }).waitFor()
  await page.goto('/workflows/licenseReport?tab=settings')
  await page.getByRole('radio', { name: 'By role' }).click({ force: true })
  await page.getByText('Members of the roles below').waitFor()
  await page.getByRole('checkbox', { name: 'Accountants' }).click()
  await expect.poll(() => page.getByRole('checkbox', { name: 'Accountants' }).isEnabled()).toBe(true)
  await page.reload()
  await expect.poll(() => page.getByRole('checkbox', { name: 'Accountants' }).isChecked()).toBe(true)
  await page.getByRole('radio', { name: 'Everyone' }).click({ force: true })
  await page.getByText('Everyone in the organization').waitFor()
})
