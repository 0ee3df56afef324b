import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'
import { look, wide } from '../testing/look-at-page.ts'
import {
  designForm,
  emitEvent,
  firstEmitter,
  makeIntegration,
  makePeople,
  makeTable,
  openTask,
  setConfig,
} from '../testing/page-contents.ts'
import type { Product } from '../testing/product.ts'

/** A page as a person opens it, and what shows that it is there. */
interface Stop {
  name: string
  path: string
  ready: (page: Page) => Locator
  /** What is done on the page before it is looked at. */
  act?: (page: Page) => Promise<void>
}

journey(
  'no page has a fault that axe finds, an error in the console, or a sideways scroll',
  async ({ page, context, product, expectErrors }) => {
    // The server says so, too, when an address is that of no page.
    expectErrors(/status of 404 .*\/no\/such\/page/)
    const stops = await makeStops(product)
    const faults: string[] = []
    const walk = async (window: Page) => {
      for (let stop = stops.shift(); stop; stop = stops.shift()) {
        await window.setViewportSize(wide)
        await window.goto(stop.path)
        await stop.ready(window).waitFor()
        await stop.act?.(window)
        faults.push(...(await look(window, stop.name)))
      }
    }
    const second = await context.newPage()
    await Promise.all([walk(page), walk(second)])
    expect(faults).toEqual([])
  },
  { timeoutMs: 900_000 },
)

journey(
  'nor have the pages before sign-in',
  async ({ page, product, expectErrors }) => {
    await product.apiKey()
    expectErrors(/status of 401 .*auth\/me/)
    const faults: string[] = []
    for (const [name, path, heading] of [
      ['sign-in', '/sign-in', 'Sign in to Bifrost'],
      ['set-up', '/setup?token=used', 'Already set up'],
      ['reset-password', '/reset-password#any', 'Set a new password'],
      ['no-invitation', '/accept-invitation', 'No valid invitation'],
    ] as const) {
      await page.setViewportSize(wide)
      await page.goto(path)
      await page.getByRole('heading', { name: heading }).waitFor()
      faults.push(...(await look(page, name)))
    }
    expect(faults).toEqual([])
  },
  { signedOut: true },
)

async function makeStops(product: Product): Promise<Stop[]> {
  await makeTable(product)
  const [well, failed, html, task, screen, trip, event, emitter, claim, retried, integration] =
    await Promise.all([
      product.execute('patchDevices', { site: 'berlin', count: 3, secondsPerDevice: 0 }),
      product.execute('assignLicense', { email: 'ada@contoso.example', product: 'project' }),
      product.execute('deviceHealth'),
      openTask(product, 'approveOrder', { orderId: 'A-1002' }),
      openTask(product, 'reviewOffers', { article: 'Paper' }),
      product.execute('planTrip', { city: 'Vienna', carsLeft: false }),
      emitEvent(product),
      firstEmitter(product),
      product.execute('settleClaim', { claim: 'C-4711', amount: 900 }),
      product.execute('syncTickets'),
      makeIntegration(product),
      setConfig(product),
    ])
  const designed = await designForm(product)
  const role = await makePeople(product)
  const heading = (name: string | RegExp) => (page: Page) => page.getByRole('heading', { level: 1, name })
  const text = (content: string | RegExp) => (page: Page) => page.getByRole('main').getByText(content).first()
  const form = '/workflows/everyParameter'
  const run = `/history/${well.id}`
  return [
    { name: 'home', path: '/', ready: (page) => page.getByRole('region', { name: 'Most run' }) },
    { name: 'workflows', path: '/workflows', ready: (page) => page.getByRole('region', { name: 'Devices' }) },
    { name: 'form', path: form, ready: text('Ends At'), act: openAllOfForm },
    { name: 'ways-in', path: `${form}?tab=ways-in`, ready: text('curl') },
    { name: 'recent-runs', path: '/workflows/patchDevices?tab=runs', ready: text('Succeeded') },
    { name: 'source', path: `${form}?tab=source`, ready: text('Showcase') },
    { name: 'settings', path: `${form}?tab=settings`, ready: text('Code version') },
    { name: 'execution', path: run, ready: text('patched') },
    { name: 'execution-input', path: `${run}?tab=input`, ready: text('"berlin"') },
    {
      name: 'execution-variables',
      path: `${run}?tab=variables`,
      ready: text('The values at the end of the run.'),
    },
    { name: 'execution-raw', path: `${run}?tab=raw`, ready: text('workflow_name') },
    { name: 'execution-failed', path: `/history/${failed.id}`, ready: text('throw new TypeError') },
    { name: 'execution-html', path: `/history/${html.id}`, ready: (page) => page.getByTitle('HTML result') },
    { name: 'workflow-graph', path: '/workflows/processOrder?tab=graph', ready: text('print-label') },
    { name: 'execution-graph', path: `/history/${trip.id}?tab=graph`, ready: text('not reached') },
    { name: 'execution-steps', path: `/history/${trip.id}?tab=steps`, ready: text('book-flight') },
    { name: 'execution-runs', path: `/history/${emitter}?tab=runs`, ready: text(/runs are done/) },
    { name: 'forms', path: '/forms', ready: text('Report a fault') },
    { name: 'forms-new', path: '/forms/new', ready: heading('New form') },
    { name: 'forms-fill', path: `/forms/${designed.id}`, ready: text('Urgent') },
    { name: 'forms-edit', path: `/forms/${designed.id}/edit`, ready: text('Preview') },
    {
      name: 'forms-field',
      path: `/forms/${designed.id}/edit`,
      ready: text('Preview'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Edit Department' }).click()
        await page.getByRole('dialog').getByLabel('Show only if').waitFor()
      },
    },
    { name: 'forms-public', path: designed.path, ready: text('Urgent') },
    { name: 'history', path: '/history', ready: (page) => page.getByRole('row').nth(3) },
    {
      name: 'history-columns',
      path: '/history?workflow=settleClaim',
      ready: (page) => page.getByRole('columnheader', { name: 'Claim' }),
    },
    {
      name: 'history-bulk',
      path: '/history?workflow=settleClaim',
      ready: (page) => page.getByRole('columnheader', { name: 'Claim' }),
      act: async (page) => {
        await page.getByRole('button', { name: 'Rerun all' }).click()
        await page.getByRole('dialog').getByText('have ended').waitFor()
      },
    },
    {
      name: 'execution-fork',
      path: `/history/${claim.id}?tab=steps`,
      ready: (page) => page.getByRole('button', { name: /decide/ }),
      act: async (page) => {
        await page.getByRole('button', { name: /decide/ }).click()
        await page.getByRole('button', { name: 'Fork from here' }).click()
        await page.getByText('Output of fetch-claim#1').click()
      },
    },
    {
      name: 'execution-attempts',
      path: `/history/${retried.id}?tab=attempts`,
      ready: (page) => page.getByRole('list', { name: 'Attempts' }),
    },
    { name: 'history-empty', path: '/history?q=nothing-like-this', ready: text('No runs match') },
    { name: 'tasks', path: '/tasks?view=all', ready: text('Approve order A-1002') },
    { name: 'tasks-empty', path: '/tasks', ready: text('No tasks for you') },
    { name: 'task', path: `/tasks/${task}`, ready: text('Workstation') },
    {
      name: 'task-screen',
      path: `/tasks/${screen}`,
      ready: (page) => page.frameLocator('iframe').getByRole('button', { name: 'Take Paper & Co' }),
    },
    { name: 'editor', path: '/editor', ready: text('Choose a file') },
    { name: 'editor-file', path: '/editor?file=learn%2Fhello.ts', ready: text('Greeting %s') },
    { name: 'schedules', path: '/schedules', ready: text('nightlyInventory') },
    {
      name: 'schedules-details',
      path: '/schedules',
      ready: text('nightlyInventory'),
      act: async (page) => {
        await page.getByRole('link', { name: 'nightlyInventory' }).click()
        await page.getByRole('dialog').getByText('No fire time has passed yet.').waitFor()
      },
    },
    {
      name: 'schedules-dialog',
      path: '/schedules',
      ready: text('nightlyInventory'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Add a schedule' }).click()
        await page.getByRole('dialog').getByLabel('Workflow').selectOption('everyParameter')
        await page.getByRole('dialog').getByLabel('Cron').fill('30 2 * * *')
        await page.getByRole('dialog').getByText('At 02:30').waitFor()
      },
    },
    { name: 'workflow-schedules', path: '/workflows/nightlyInventory?tab=ways-in', ready: text('At 02:30') },
    { name: 'events', path: '/events', ready: text('shop.order.created') },
    { name: 'events-empty', path: '/events?q=nothing-like-this', ready: text('No events match') },
    { name: 'event', path: `/events/${event}`, ready: text('The input is invalid') },
    {
      name: 'events-dialog',
      path: '/events',
      ready: heading('Events'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Emit an event' }).first().click()
        await page.getByRole('dialog').getByLabel('Payload').fill('{ no json')
        await page.getByRole('dialog').getByText('Not valid JSON').waitFor()
      },
    },
    { name: 'workflow-events', path: '/workflows/awaitPayment?tab=ways-in', ready: text('cancels') },
    { name: 'config', path: '/config', ready: heading('Config') },
    {
      name: 'config-dialog',
      path: '/config',
      ready: heading('Config'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Set a value' }).click()
        await page.getByRole('dialog').waitFor()
      },
    },
    {
      name: 'integrations',
      path: '/integrations',
      ready: text('Contoso directory'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Allow an address' }).click()
        await page.getByRole('form', { name: 'Allow a private address' }).waitFor()
      },
    },
    {
      name: 'integrations-dialog',
      path: '/integrations',
      ready: heading('Integrations'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Create an integration' }).click()
        await page.getByRole('dialog').getByLabel('Authentication').selectOption('oauth')
        await page.getByRole('dialog').getByRole('button', { name: 'Add a value' }).click()
      },
    },
    { name: 'integration', path: `/integrations/${integration}`, ready: text('Definition') },
    {
      name: 'audit',
      path: '/audit?action=config',
      ready: text('config.set'),
      act: async (page) =>
        page
          .getByRole('button', { name: /^Details of/ })
          .first()
          .click(),
    },
    { name: 'audit-empty', path: '/audit?q=nothing-like-this', ready: text('Nothing matches') },
    { name: 'usage', path: '/usage', ready: text('Runs per minute') },
    {
      name: 'usage-dialog',
      path: '/usage',
      ready: text('Runs per minute'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Change Files' }).click()
        await page.getByRole('dialog').getByText('Custom').click()
      },
    },
    { name: 'tables', path: '/tables', ready: text('parts') },
    { name: 'tables-rows', path: '/tables/parts', ready: text('bolt') },
    {
      name: 'tables-filter',
      path: '/tables/parts?sort=-count',
      ready: text('bolt'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Add a filter' }).click()
        await page.getByLabel('Field').waitFor()
      },
    },
    {
      name: 'tables-row',
      path: '/tables/parts',
      ready: text('bolt'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Open the row bolt' }).click()
        await page.getByRole('dialog').getByLabel('Fields').waitFor()
      },
    },
    {
      name: 'tables-import',
      path: '/tables/parts',
      ready: text('bolt'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Import' }).click()
        const buffer = Buffer.from('id,count\nscrew,7\nnail,many\n')
        await page.getByLabel('File').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer })
        await page.getByRole('dialog').getByText('Can’t import this file').waitFor()
      },
    },
    { name: 'tables-indexes', path: '/tables/parts?tab=indexes', ready: text('Ready') },
    { name: 'tables-policies', path: '/tables/parts?tab=policies', ready: text('administrators') },
    {
      name: 'tables-policy',
      path: '/tables/parts?tab=policies',
      ready: text('administrators'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Add a policy' }).click()
        await page.getByRole('dialog').waitFor()
      },
    },
    { name: 'tables-settings', path: '/tables/parts?tab=settings', ready: text('Delete the table') },
    { name: 'files', path: '/files', ready: heading('Files') },
    { name: 'organizations', path: '/organizations', ready: text('Contoso Vienna') },
    {
      name: 'organizations-dialog',
      path: '/organizations',
      ready: text('Contoso Vienna'),
      act: async (page) => {
        await page.getByRole('button', { name: 'New organization' }).click()
        await page.getByRole('dialog').getByLabel('Parent').waitFor()
      },
    },
    {
      name: 'organizations-switcher',
      path: '/organizations',
      ready: text('Contoso Vienna'),
      act: async (page) => {
        await page.getByRole('button', { name: /Choose another/ }).click()
        await page.getByRole('dialog').getByText('Service provider').waitFor()
      },
    },
    { name: 'people', path: '/people', ready: text('invited@example.com') },
    {
      name: 'people-invite',
      path: '/people',
      ready: text('invited@example.com'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Invite people' }).click()
        await page.getByRole('dialog').getByLabel('Valid for').waitFor()
      },
    },
    { name: 'roles', path: '/roles', ready: text('Everybody who may see licenses') },
    { name: 'role', path: `/roles/${role}`, ready: text('licenseReport') },
    { name: 'keys', path: '/keys', ready: (page) => page.getByRole('row').nth(1) },
    {
      name: 'keys-dialog',
      path: '/keys',
      ready: heading('API keys'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Create a key' }).click()
        await page.getByRole('dialog').getByLabel('Access').selectOption('limited')
      },
    },
    { name: 'security', path: '/account/security', ready: text('This session') },
    {
      name: 'security-app',
      path: '/account/security',
      ready: text('This session'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Add an app' }).click()
        await page.getByRole('dialog').getByRole('img', { name: 'QR code' }).waitFor()
      },
    },
    { name: 'device', path: '/device', ready: text('Code shown on the device') },
    { name: 'single-sign-on', path: '/single-sign-on', ready: text('Redirect URL') },
    {
      name: 'single-sign-on-dialog',
      path: '/single-sign-on',
      ready: text('Redirect URL'),
      act: async (page) => {
        await page.getByRole('button', { name: 'Add a provider' }).click()
        await page.getByRole('dialog').getByLabel('Issuer').waitFor()
      },
    },
    {
      name: 'palette',
      path: '/keys',
      ready: heading('API keys'),
      act: async (page) => {
        await page.keyboard.press('Control+k')
        await page
          .getByRole('option', { name: /^hello/ })
          .first()
          .waitFor()
      },
    },
    { name: 'not-found', path: '/no/such/page', ready: heading(/./) },
  ]
}

async function openAllOfForm(page: Page): Promise<void> {
  const form = page.getByRole('form')
  await form.getByRole('button', { name: 'Add address' }).click()
  for (const name of ['Tags', 'Contacts'])
    await form.getByRole('group', { name, exact: true }).getByRole('button', { name: 'Add a row' }).click()
  await form.getByRole('button', { name: 'Run' }).click()
  await form.getByText('Is required').first().waitFor()
}
