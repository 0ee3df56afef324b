import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { routes } from '@bifrost/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'reaches.ts': `import { http, workflow } from 'bifrost'
export const reaches = workflow(async (url: string) => http.get<string>(url, { retries: 0 }).catch((error: { code?: string }) => error.code ?? String(error)))
`,
  },
})

let target: Server
let port = 0
beforeAll(async () => {
  target = createServer((_, response) => response.end('"here"'))
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
  port = (target.address() as AddressInfo).port
})
afterAll(() => {
  target.closeAllConnections()
  target.close()
})

const reach = async (person: TestPerson) =>
  (
    await person.api(routes.executeWorkflow, {
      params: { id: 'reaches' },
      body: { input: { url: `http://127.0.0.1:${port}/` } },
    })
  ).result
/** The administrator of the platform, acting for an organization. */
const acting = (scope: string, method: string, path: string, body?: object) =>
  server().fetch(path, {
    method,
    headers: { 'bifrost-scope': scope, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
const open = async (scope: string, rule = `127.0.0.1:${port}`) => {
  const response = await acting(scope, 'POST', routes.addEgressRule.path, { rule, note: 'the printer' })
  return { status: response.status, ...((await response.json()) as { id: string }) }
}
const close = async (scope: string, id: string) => (await acting(scope, 'DELETE', `/api/egress/${id}`)).status

describe('a rule of an organization', () => {
  test('opens an address to its runs, also in processes that are there, and to those below; then it is closed again', async () => {
    const [parent, child, elsewhere] = await Promise.all(
      ['Parent', 'Child', 'Elsewhere'].map((name) => server().organization(name)),
    )
    await server().db.query(
      'update organizations set parent_id = $2::uuid, path = array[id, $2::uuid] where id = $1',
      [child, parent],
    )
    const [above, below, stranger] = await Promise.all(
      [parent, child, elsewhere].map((org) => server().person('org_admin', org)),
    )
    if (!above || !below || !stranger || !parent) throw new Error('a person is missing')
    for (const person of [above, below, stranger]) expect(await reach(person)).toBe('egress_refused')
    const { id, status } = await open(parent)
    expect(status).toBe(201)
    expect(await reach(above)).toBe('here')
    expect(await reach(below)).toBe('here')
    expect(await reach(stranger)).toBe('egress_refused')
    expect((await below.api(routes.listEgressRules, {})).items).toMatchObject([{ id, note: 'the printer' }])
    expect((await stranger.api(routes.listEgressRules, {})).items).toEqual([])
    // A plain http address is one that its integrations may have now.
    const defined = await above.api(routes.createIntegration, {
      body: { name: 'Printer', auth: 'none', base_url: `http://127.0.0.1:${port}` },
    })
    expect(await above.api(routes.testIntegration, { params: { id: defined.id } })).toMatchObject({
      ok: true,
    })
    await expect(
      stranger.api(routes.createIntegration, {
        body: { name: 'Printer', auth: 'none', base_url: `http://127.0.0.1:${port}` },
      }),
    ).rejects.toMatchObject({ status: 422 })
    expect(await close(elsewhere ?? '', id)).toBe(404)
    expect(await close(parent, id)).toBe(204)
    expect(await reach(above)).toBe('egress_refused')
    const actions = await server().db.query<{ action: string }>(
      'select action from audit_log where target_id = $1 order by id',
      [id],
    )
    expect(actions.map(({ action }) => action)).toEqual(['egress.open', 'egress.close'])
  })

  test('that is global is for all', async () => {
    const stranger = await server().person('member', await server().organization('Somewhere'))
    const { id } = await open('global')
    expect(await reach(stranger)).toBe('here')
    await close('global', id)
    expect(await reach(stranger)).toBe('egress_refused')
  })

  test.each(['org_admin', 'developer', 'member'] as const)('is not for a %s to make', async (role) => {
    const person = await server().person(role)
    for (const attempt of [
      () => person.api(routes.addEgressRule, { body: { rule: '10.0.0.0/8' } }),
      () => person.api(routes.deleteEgressRule, { params: { id: person.id } }),
    ])
      await expect(attempt()).rejects.toMatchObject({ status: 403 })
  })

  test.each(['10.0.0.0/33', 'http://x', '*', '0x7f.1'])('%s is refused', async (rule) => {
    expect((await open('global', rule)).status).toBe(422)
  })

  test('is there once', async () => {
    const { id } = await open('global', 'db.internal')
    expect((await open('global', 'db.internal')).status).toBe(409)
    await close('global', id)
  })
})
