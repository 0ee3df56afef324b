import { routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, useServer } from '../../testing/server.ts'

const USES = (
  prefix: string,
) => `import { config, context, cursor, sleep, step, tables, workflow, workflows } from 'bifrost'
const tried = async (what: () => Promise<unknown>) => {
  try { return await what() } catch (error) { return (error as { code?: string }).code ?? (error as Error).message }
}
export const ${prefix}where = workflow(async () => context.publicUrl)
export const ${prefix}whose = workflow(async () => ({ id: context.orgId, region: await config.get('region') }))
export const ${prefix}acts = workflow(async (scope: string) => {
  const refused = await tried(() => context.setScope(scope))
  return { refused: refused ?? null, id: context.orgId, region: await config.get('region') }
})
export const ${prefix}goesAround = workflow(async (scopes: string[]) => {
  const regions = []
  for (const scope of scopes) { await context.setScope(scope); regions.push(await config.get('region')) }
  return regions
})
export const ${prefix}writes = workflow(async (scope: string) => {
  await context.setScope(scope)
  await sleep('5ms')
  await step('write', () => config.set('written', 'by the run'))
  await tables.create('notes')
  await tables.insert('notes', { text: 'hello' })
})
export const ${prefix}stays = workflow(async (scope: string) => {
  const inStep = await tried(() => step('inside', () => context.setScope(scope)))
  await context.setScope(scope)
  return { inStep, tx: await tried(() => step.tx('tx', (tx) => { tx.insert('notes', {}) })), many: await tried(() => workflows.startMany('${prefix}whose', [{}])), cursor: await tried(async () => { await cursor('seen').set('1'); return 'set' }), child: await tried(() => workflows.run('${prefix}whose')) }
})
`

const server = useServer({
  config: { publicUrl: 'https://bifrost.contoso.example' },
  files: { 'where.ts': USES('') },
})

let contoso: string
let fabrikam: string
let ofContoso: TestPerson
let ofFabrikam: TestPerson

const run = (person: TestPerson, name: string, input: Record<string, string | string[]> = {}) =>
  person.api(routes.executeWorkflow, { params: { id: name }, body: { input } })

beforeAll(async () => {
  contoso = await server().organization('Contoso')
  fabrikam = await server().organization('Fabrikam')
  ofContoso = await server().person('org_admin', contoso)
  ofFabrikam = await server().person('org_admin', fabrikam)
  const region = (person: TestPerson, value: string) =>
    person.api(routes.setConfig, { params: { key: 'region' }, body: { value } })
  await region(server().admin, 'home')
  await region(ofContoso, 'eu')
  await region(ofFabrikam, 'us')
})

test('a run knows where people reach the platform', async () => {
  expect((await server().execute('where')).result).toBe('https://bifrost.contoso.example')
})

describe('a run that asks to act for another organization', () => {
  test('has its calls answered for that one, and stays what it is', async () => {
    const home = await server().providerId()
    const acts = await server().execute('acts', { scope: contoso })
    expect(acts.result).toEqual({ refused: null, id: home, region: 'eu' })
    expect((await server().execute('goesAround', { scopes: [contoso, fabrikam, home] })).result).toEqual([
      'eu',
      'us',
      'home',
    ])
  })

  test('is alone with it: runs of the same process act for their own', async () => {
    const home = await server().providerId()
    const both = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        index % 2 ? server().execute('whose') : server().execute('acts', { scope: fabrikam }),
      ),
    )
    expect(both.map(({ result }) => (result as { region: string }).region)).toEqual(
      Array.from({ length: 6 }, (_, index) => (index % 2 ? 'home' : 'us')),
    )
    expect((await server().execute('whose')).result).toEqual({ id: home, region: 'home' })
  })

  test('may do so where its person may act, else it is refused and acts for its own', async () => {
    for (const scope of [fabrikam, newId(), 'global'])
      expect((await run(ofContoso, 'acts', { scope })).result).toEqual({
        refused: 'forbidden',
        id: contoso,
        region: 'eu',
      })
  })

  test('writes there after a wait, too, and the audit log of that organization says who did', async () => {
    expect((await server().execute('writes', { scope: contoso })).status).toBe('SUCCESS')
    const [logged] = await server().db.query(
      `select execution_id is not null as by_run from audit_log where org_id = $1 and action = 'config.set' and target_id = 'written'`,
      [contoso],
    )
    expect(logged).toEqual({ by_run: true })
    const { items } = await ofContoso.api(routes.queryTable, { params: { table: 'notes' }, body: {} })
    expect(items.map(({ data }) => data)).toEqual([{ text: 'hello' }])
  })

  test('does not ask within a step, and has no transaction in another organization', async () => {
    const { result } = await server().execute('stays', { scope: contoso })
    expect(result).toMatchObject({
      inStep: expect.stringContaining('inside the step "inside"'),
      tx: expect.stringContaining('stays in the organization of the run'),
      many: { started: 1 },
      cursor: 'set',
    })
    const started = await server().db.query(
      `select org_id from executions where workflow_name = 'whose' and org_id = $1`,
      [contoso],
    )
    expect(started).toHaveLength(2)
    // A run that it starts is of the organization that it acts for.
    expect(result).toMatchObject({ child: { region: 'eu' } })
  })
})

test('code of an organization acts for no other one, no matter who runs it', async () => {
  const [{ slug } = { slug: '' }] = await server().db.query<{ slug: string }>(
    'select slug from organizations where id = $1',
    [contoso],
  )
  server().write(`organizations/${slug}/own.ts`, USES('own_'))
  await server().api(routes.listWorkflows, { query: { refresh: true } })
  const response = await server().fetch('/api/workflows/own_acts/execute', {
    method: 'POST',
    headers: { 'bifrost-scope': contoso, 'content-type': 'application/json' },
    body: JSON.stringify({ input: { scope: fabrikam } }),
  })
  expect(await response.json()).toMatchObject({ result: { refused: 'forbidden', region: 'eu' } })
})
