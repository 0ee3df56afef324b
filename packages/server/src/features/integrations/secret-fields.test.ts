import { routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, useServer } from '../../testing/server.ts'

const PIN = 'pin-0123456789-abcdef'
const OTHER_PIN = 'pin-of-the-parent-98765'
/** As a result shows a value whose author wants to see it. */
const dotted = (value: unknown) => [...JSON.stringify(value)].join('.')
const USES = (prefix: string) => `import { integrations, logger, workflow } from 'bifrost'
const dotted = (value: unknown) => [...JSON.stringify(value)].join('.')
export const ${prefix}Dots = workflow(async (name: string) => dotted((await integrations.get(name))?.config))
export const ${prefix}Reads = workflow(async (name: string) => { const found = await integrations.get(name); logger.info(JSON.stringify(found)); return found })
export const ${prefix}Calls = workflow(async (name: string) => { await integrations.getClient(name); return 'ready' })
`

const server = useServer({ files: { 'everyone.ts': USES('global') } })

let above: TestPerson
let below: TestPerson
let stranger: TestPerson

beforeAll(async () => {
  const parent = await server().organization(`Upper ${newId()}`)
  const child = newId()
  await server().db.query('insert into organizations (id, name, parent_id) values ($1, $2, $3)', [
    child,
    `Lower ${newId()}`,
    parent,
  ])
  const slugs = await server().db.query<{ id: string; slug: string }>('select id, slug from organizations')
  for (const [id, prefix] of [
    [parent, 'upper'],
    [child, 'lower'],
  ] as const)
    server().write(`organizations/${slugs.find((one) => one.id === id)?.slug}/uses.ts`, USES(prefix))
  above = await server().person('org_admin', parent)
  below = await server().person('org_admin', child)
  stranger = await server().person('org_admin', await server().organization('Elsewhere'))
  await server().api(routes.listWorkflows, { query: { refresh: true } })
})

let made = 0
const FIELDS = [
  { name: 'region', type: 'string' as const, default: 'eu' },
  { name: 'pin', type: 'secret' as const },
]
/** An integration of all organizations. */
const define = async (config_fields: object[] = FIELDS) => {
  const response = await server().fetch('/api/integrations', {
    method: 'POST',
    headers: { 'bifrost-scope': 'global', 'content-type': 'application/json' },
    body: JSON.stringify({
      name: `Service ${++made}`,
      auth: 'none',
      base_url: 'https://service.invalid',
      config_fields,
    }),
  })
  const body = (await response.json()) as { id: string; name: string }
  return { status: response.status, ...body }
}
const redefine = (id: string, body: object) =>
  server().fetch(`/api/integrations/${id}`, {
    method: 'PATCH',
    headers: { 'bifrost-scope': 'global', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const enter = (person: TestPerson, id: string, body: object) =>
  person.api(routes.configureIntegration, { params: { id }, body })
const view = (person: TestPerson, id: string) => person.api(routes.getIntegration, { params: { id } })
const run = (person: TestPerson, workflow: string, name: string) =>
  person.api(routes.executeWorkflow, { params: { id: workflow }, body: { input: { name } } })

describe('a value of a secret field', () => {
  test('is given to code, encrypted in the database, and answered by no request', async () => {
    const { id, name } = await define()
    const entered = await enter(below, id, { config: { region: 'us', pin: PIN } })
    expect(entered).toMatchObject({
      config: { region: 'us' },
      secrets: ['pin'],
      own: { config: { region: 'us' }, secrets: ['pin'] },
    })
    expect(JSON.stringify([entered, await view(below, id)])).not.toContain(PIN)
    const rows = await server().db.query(
      `select encode(secrets_sealed, 'escape') as sealed, config from integration_connections where integration_id = $1`,
      [id],
    )
    expect(JSON.stringify(rows)).not.toContain(PIN)
    const logged = await server().db.query('select before, after from audit_log where target_id = $1', [id])
    expect(logged.at(-1)).toMatchObject({
      after: { config: { region: 'us' }, secret_names: ['pin'], secrets_changed: ['pin'] },
    })
    expect(JSON.stringify(logged)).not.toContain(PIN)
    expect((await run(below, 'lowerDots', name)).result).toBe(dotted({ region: 'us', pin: PIN }))
  })

  test('is redacted in what a run writes', async () => {
    const { id, name } = await define()
    await enter(below, id, { config: { pin: PIN } })
    const { execution_id, result } = await run(below, 'lowerReads', name)
    expect(result).toMatchObject({ config: { region: 'eu', pin: '[REDACTED]' } })
    const logs = await below.api(routes.getExecutionLogs, { params: { id: execution_id }, query: {} })
    expect(JSON.stringify(logs)).toContain('[REDACTED]')
    expect(JSON.stringify(logs)).not.toContain(PIN)
  })

  test('stays when others are set, is removed with null, and satisfies a required field', async () => {
    const { id, name } = await define([{ name: 'pin', type: 'secret', required: true }])
    expect((await run(below, 'lowerReads', name)).result).toBeNull()
    expect((await view(below, id)).problem).toContain('no value for pin')
    await enter(below, id, { config: { pin: PIN } })
    await enter(below, id, { entity_id: 'x' })
    expect((await view(below, id)).problem).toBeNull()
    expect((await run(below, 'lowerDots', name)).result).toBe(dotted({ pin: PIN }))
    await enter(below, id, { config: { pin: null } })
    expect(await view(below, id)).toMatchObject({ secrets: [], problem: expect.stringContaining('pin') })
  })

  test('is text, and has no default', async () => {
    const { id } = await define()
    for (const pin of [5, '', 'x'.repeat(10_001), { a: 1 }])
      await expect(enter(below, id, { config: { pin } })).rejects.toMatchObject({ status: 422 })
    expect((await define([{ name: 'pin', type: 'secret', default: 'x' }])).status).toBe(422)
  })

  test('is deleted when the integration goes elsewhere', async () => {
    const { id } = await define()
    await enter(below, id, { config: { pin: PIN } })
    await redefine(id, { base_url: 'https://elsewhere.invalid' })
    expect(await view(below, id)).toMatchObject({ secrets: [] })
  })
})

describe('an inherited one goes to code of its owner alone (V9)', () => {
  test('to global code and to what it is lent to; other code gets an error that names the owner', async () => {
    const { id, name } = await define()
    await enter(above, id, { config: { pin: OTHER_PIN } })
    const refused = await run(below, 'lowerDots', name)
    expect(refused.status).toBe('FAILED')
    expect(JSON.stringify(refused)).toContain('is not lent to the organizations below')
    for (const workflow of ['upperDots', 'globalDots'])
      expect((await run(below, workflow, name)).result).toBe(dotted({ region: 'eu', pin: OTHER_PIN }))
    // A call of the service needs no secret value.
    expect((await run(below, 'lowerCalls', name)).result).toBe('ready')
    expect(await view(below, id)).toMatchObject({ secrets: ['pin'] })
    await enter(below, id, { config: { pin: PIN } })
    expect((await run(below, 'lowerDots', name)).result).toBe(dotted({ region: 'eu', pin: PIN }))
    await enter(below, id, { config: { pin: null } })
    await enter(above, id, { lend_below: true })
    expect((await run(below, 'lowerDots', name)).result).toBe(dotted({ region: 'eu', pin: OTHER_PIN }))
  })

  test('and never to another organization', async () => {
    const { id, name } = await define()
    await enter(above, id, { config: { pin: OTHER_PIN }, lend_below: true })
    expect((await run(stranger, 'globalDots', name)).result).toBe(dotted({ region: 'eu' }))
    expect(await view(stranger, id)).toMatchObject({ secrets: [], own: null })
  })
})

describe('a field that becomes secret', () => {
  test('has the values that were entered before, encrypted', async () => {
    const { id, name } = await define([{ name: 'pin', type: 'string' }])
    await enter(below, id, { config: { pin: PIN } })
    await enter(above, id, { config: { pin: OTHER_PIN } })
    expect((await redefine(id, { config_fields: FIELDS })).status).toBe(200)
    const rows = await server().db.query(
      'select config, secret_names from integration_connections where integration_id = $1',
      [id],
    )
    expect(rows.map(({ config, secret_names }) => [config, secret_names])).toEqual([
      [{}, ['pin']],
      [{}, ['pin']],
    ])
    expect((await run(below, 'lowerDots', name)).result).toBe(dotted({ region: 'eu', pin: PIN }))
  })

  test('and is no longer one shows nothing of what it held', async () => {
    const { id } = await define()
    await enter(below, id, { config: { pin: PIN } })
    await redefine(id, { config_fields: [{ name: 'pin', type: 'string' }] })
    const shown = await view(below, id)
    expect(shown).toMatchObject({ secrets: [], config: {} })
    expect(JSON.stringify(shown)).not.toContain(PIN)
  })
})
