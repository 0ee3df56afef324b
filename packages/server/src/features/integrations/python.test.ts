import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { pythonFor } from '../../testing/python.ts'
import { useServer } from '../../testing/server.ts'

const python = await pythonFor('Integrations from Python')

const server = useServer({
  files: {
    'uses.py': `
from bifrost import integrations, organizations, workflow


@workflow
async def reads(name: str):
    found = await integrations.get(name)
    return found and [".".join(found.config["pin"]), found.config["region"], found.entity_id, found.entity_name, found.oauth]


@workflow
async def maps(name: str, scope: str):
    made = await integrations.upsert_mapping(name, scope=scope, entity_id="t-1", entity_name="Tenant")
    nearest = await integrations.get_mapping(name, scope=scope)
    by_entity = await integrations.get_mapping(name, entity_id="t-1")
    listed = [(one.organization_name, one.entity_id) for one in await integrations.list_mappings(name)]
    deleted = [await integrations.delete_mapping(name, scope=scope), await integrations.delete_mapping(name, scope=scope)]
    return [made.organization_id == scope, nearest.entity_name, by_entity == nearest, listed, deleted]


@workflow
async def domains():
    made = await organizations.create("Fabrikam", domain="fabrikam.test")
    changed = await organizations.update(made.id, domain=None)
    return [made.domain, changed.domain, (await organizations.get(made.id)).domain]
`,
  },
})

let made = 0
/** An integration of all organizations. */
const define = async () => {
  const response = await server().fetch('/api/integrations', {
    method: 'POST',
    headers: { 'bifrost-scope': 'global', 'content-type': 'application/json' },
    body: JSON.stringify({
      name: `Service ${++made}`,
      auth: 'none',
      base_url: 'https://service.invalid',
      config_fields: [
        { name: 'region', type: 'string', default: 'eu' },
        { name: 'pin', type: 'secret', required: true },
      ],
    }),
  })
  return (await response.json()) as { id: string; name: string }
}

describe.skipIf(python === null)('code in Python', () => {
  test('gets what is set up, secret values included, and None before that', async () => {
    const { id, name } = await define()
    expect((await server().execute('reads', { name })).result).toBeNull()
    await server().api(routes.configureIntegration, {
      params: { id },
      body: { config: { pin: 'a-long-pin' }, entity_id: 't-9', entity_name: 'Ours' },
    })
    const { result } = await server().execute('reads', { name })
    expect(result).toEqual([[...'a-long-pin'].join('.'), 'eu', 't-9', 'Ours', null])
  })

  test('says which organization is which at a service', async () => {
    const { name } = await define()
    const contoso = await server().organization('Contoso')
    const { result, error } = await server().execute('maps', { name, scope: contoso })
    expect(error).toBeNull()
    expect(result).toEqual([true, 'Tenant', true, [['Contoso', 't-1']], [true, false]])
  })

  test('gives organizations a domain, and removes it', async () => {
    expect((await server().execute('domains', {})).result).toEqual(['fabrikam.test', null, null])
  })
})
