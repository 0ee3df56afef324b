import { routes } from '@bifrost/contract'
import { until } from '../../packages/server/src/testing/server.ts'
import type { Product } from './product.ts'

// What the pages of the product show while they are looked at.

/** Only the first of its runs has something to do. */
export async function firstEmitter(product: Product): Promise<string> {
  await product.execute('nightlyInvoices')
  const api = await product.api()
  const { items } = await api(routes.listExecutions, { query: { workflow: 'nightlyInvoices', limit: 50 } })
  return items.at(-1)?.id ?? ''
}

/** A value that everybody inherits, and one that hides it. */
export async function setConfig(product: Product): Promise<void> {
  const put = async (key: string, body: object, scope: string) =>
    fetch(`${product.url}/api/config/${key}`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${await product.apiKey()}`,
        'content-type': 'application/json',
        'bifrost-scope': scope,
      },
      body: JSON.stringify(body),
    })
  await put('page.portal', { value: 'https://portal.example.com' }, 'global')
  await put('page.token', { value: 'not-for-the-page', is_secret: true }, 'global')
}

/** A table with a bit of everything. */
export async function makeTable(product: Product): Promise<void> {
  const api = await product.api()
  await api(routes.createTable, {
    body: {
      name: 'parts',
      description: 'What we have',
      columns: [{ name: 'count', type: 'number' }],
      indexes: [{ fields: ['count'] }, { fields: ['ean'], is_unique: true }],
    },
  })
  await api(routes.putTableRow, {
    params: { table: 'parts', id: 'bolt' },
    body: { data: { count: 3, ean: '400', sizes: [6, 8], gone: null } },
  })
  const policies = [
    {
      name: 'administrators',
      verbs: ['select' as const, 'update' as const],
      roles: ['platform_admin' as const],
    },
    { name: 'own', verbs: ['select' as const], condition: { owner: '$user.id' } },
  ]
  await api(routes.setTablePolicies, { params: { table: 'parts' }, body: { policies } })
}

/** The id of an integration that a person has to connect. */
export async function makeIntegration(product: Product): Promise<string> {
  const api = await product.api()
  const { id } = await api(routes.createIntegration, {
    body: {
      name: 'Contoso directory',
      description: 'People and groups of the customer',
      base_url: 'https://directory.example.com/v1',
      auth: 'oauth',
      auth_settings: { issuer: 'https://login.example.com', scopes: ['people.read'] },
      config_fields: [{ name: 'region', type: 'string', default: 'eu' }],
    },
  })
  await api(routes.configureIntegration, {
    params: { id },
    body: { entity_id: 'contoso', credentials: { client_id: 'bifrost', client_secret: 'a-secret' } },
  })
  return id
}

/** A form with fields of most types, and its public address. */
export async function designForm(product: Product): Promise<{ id: string; path: string }> {
  const api = await product.api()
  const options = ['Low', 'Urgent'].map((value) => ({ label: value, value }))
  const { id } = await api(routes.createForm, {
    body: {
      name: 'Report a fault',
      description: 'A colleague looks at it within a day.',
      workflow: 'hello',
      allow_schedule: true,
      fields: [
        {
          name: 'intro',
          type: 'markdown',
          content: '**Before** you write, look at [the list](https://example.com).',
        },
        { name: 'note', type: 'html', content: '<p>Call us at night.</p>' },
        { name: 'name', type: 'text', label: 'Name', required: true, help: 'Yours, not that of the thing.' },
        { name: 'department', type: 'select', label: 'Department', provider: { id: 'departments' } },
        { name: 'priority', type: 'radio', label: 'Priority', options },
        { name: 'kinds', type: 'multi_select', label: 'Kinds', options },
        { name: 'since', type: 'date', label: 'Since' },
        { name: 'photo', type: 'file', label: 'Photo', accept: ['image/*'] },
        { name: 'agreed', type: 'checkbox', label: 'I agree', required: true },
      ],
    },
  })
  const { path } = await api(routes.createFormLink, { params: { id }, body: { name: 'Website' } })
  return { id, path }
}

/** An organization below another, an invitation, and a role that opens a workflow; answers the role's id. */
export async function makePeople(product: Product): Promise<string> {
  const api = await product.api()
  const parent = await api(routes.createOrganization, { body: { name: 'Contoso Austria' } })
  await api(routes.createOrganization, { body: { name: 'Contoso Vienna', parent_id: parent.id } })
  await api(routes.createInvitation, { body: { email: 'invited@example.com' } })
  const me = await api(routes.getMe)
  const workflow = await api(routes.getWorkflow, { params: { id: 'licenseReport' } })
  const { id } = await api(routes.createRole, {
    body: { name: 'License readers', description: 'Everybody who may see licenses' },
  })
  await api(routes.addRoleMember, { params: { id, user_id: me.id } })
  await api(routes.addRoleGrant, { params: { id, kind: 'workflow', resource_id: workflow.id } })
  return id
}

/** The id of an event that started one run and failed to start another. */
export async function emitEvent(product: Product): Promise<string> {
  const api = await product.api()
  await api(routes.emitEvent, { body: { name: 'newsletter.opened', payload: { email: 'ada@example.com' } } })
  const body = {
    name: 'shop.order.created',
    payload: { orderId: 'P-1', total: 'much' },
    key: 'ada',
    id: 'P-1',
  }
  return (await api(routes.emitEvent, { body })).event_id
}

/** The id of a task that waits. */
export async function openTask(
  product: Product,
  workflow: string,
  input: Record<string, unknown>,
): Promise<string> {
  const execution = await product.run(workflow, input)
  const api = await product.api()
  const task = await until('the run asks', async () => {
    const { items } = await api(routes.listTasks, { query: { execution } })
    return items[0]
  })
  return task.id
}
