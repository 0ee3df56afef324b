import { pathOf, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../platform/ids.ts'
import { type TestPerson, useServer } from '../testing/server.ts'

// Author's code that asks for another organization: by options, by messages of its own on the channel, with its token.

const server = useServer({
  files: {
    'asks.ts': `import { config, workflow } from 'bifrost'
import { EventEmitter } from 'node:events'
import * as fs from 'node:fs'
const outcome = async (work: () => Promise<unknown>) => {
  try { return { value: await work() } } catch (error) { return { error: (error as Error).message } }
}
const line = (value: unknown) => JSON.stringify(value) + '\\n'
export const asks = workflow(async (key: string, scope: string) => outcome(() => config.get(key, null, { scope })))
const heard: string[] = []
const emit = EventEmitter.prototype.emit
/** Says what the SDK would say, with arguments of its own, and listens to what the runtime hears. */
export const forges = workflow(async (method: string, args: Record<string, unknown>) => {
  EventEmitter.prototype.emit = function (name: string | symbol, ...rest: unknown[]) {
    if (name === 'data') heard.push(String(rest[0]))
    return emit.call(this, name, ...rest)
  }
  const call = 1_000_000 + Math.floor(Math.random() * 1_000_000)
  const messages = Array.from({ length: 200 }, (_, run) => ({ type: 'call', run, call, method, args }))
  fs.writeSync(3, line(messages))
  const answer = () => heard.join('').split('\\n').find((text) => text.includes('"reply"') && text.includes(String(call)))
  for (let n = 0; n < 300 && !answer(); n++) await new Promise((resolve) => setTimeout(resolve, 10))
  EventEmitter.prototype.emit = emit
  return answer() ?? null
})
/** As if a run of another organization, which it names, had ended or asked. */
export const speaksForOthers = workflow(async (execution: string, org: string) => {
  const forged = { execution, executionId: execution, org, orgId: org, org_id: org, scope: { orgId: org } }
  const usage = { logsDropped: 0, timeSaved: 0, value: 0, cpuMs: 0, rssBytes: 0 }
  for (const run of [0, -1, 999, execution])
    fs.writeSync(3, line([
      { type: 'log', run, level: 'info', message: 'forged', at: Date.now(), ...forged },
      { type: 'columns', run, columns: { forged: 'yes' }, ...forged },
    ].filter((message) => typeof message.run === 'number')))
  fs.writeSync(3, line([{ type: 'done', run: 999, result: '"forged"', variables: '{}', ...usage, ...forged }]))
  await new Promise((resolve) => setTimeout(resolve, 50))
  return 'own'
})
export const rest = workflow(async (url: string, token: string, method: string, scope?: string) => outcome(async () => {
  const headers: Record<string, string> = { authorization: 'Bearer ' + token, 'content-type': 'application/json' }
  if (scope) headers['bifrost-scope'] = scope
  const response = await fetch(url, { method, headers, ...(method === 'GET' ? {} : { body: '{}' }) })
  return { status: response.status, text: await response.text() }
}))
`,
  },
})

const SECRET = 'what only the other organization knows'
let mine: TestPerson
let other: string
/** Things of the other organization. */
const theirs = { execution: newId(), table: 'secrets', tableId: newId(), user: '' }

const asMe = async (name: string, input: Record<string, unknown>) => {
  const answer = await mine.api(routes.executeWorkflow, {
    params: { id: name },
    body: { input: input as never },
  })
  expect(answer.error).toBeNull()
  return answer.result as { value?: unknown; error?: string }
}

const state = async () => {
  const { db } = server()
  return db.query(
    `select (select json_agg(c order by key) from config_entries c where org_id = $1) as config,
       (select json_agg(e) from executions e where org_id = $1) as executions,
       (select json_agg(r order by id) from table_rows r where org_id = $1) as rows,
       (select json_agg(t order by id) from tables t where org_id = $1) as tables,
       (select json_agg(u order by id) from users u where org_id = $1) as users,
       (select json_agg(l) from execution_logs l where org_id = $1) as logs,
       (select json_agg(v) from events v where org_id = $1) as events,
       (select json_agg(a) from audit_log a where org_id = $1) as audit,
       (select json_agg(g) from config_entries g where org_id is null) as global`,
    [other],
  )
}

beforeAll(async () => {
  const { db } = server()
  const org = await server().organization('Mine')
  other = await server().organization('Other')
  // What a member may, an administrator of the organization may all the more; neither may leave it.
  mine = await server().person('org_admin', org)
  theirs.user = (await server().person('member', other)).id
  for (const [orgId, key, value] of [
    [org, 'own', 'legitimate'],
    [other, 'own', SECRET],
    [other, 'only_there', SECRET],
  ])
    await db.query('insert into config_entries (org_id, key, value) values ($1, $2, $3)', [
      orgId,
      key,
      JSON.stringify(value),
    ])
  await db.query(
    `insert into executions (id, org_id, status, type, trigger, workflow_name, created_at, started_at, timeout_ms, result, input)
     values ($1, $2, 'RUNNING', 'workflow', 'api', 'asks', now(), now(), 1000, to_json($3::text), '{}')`,
    [theirs.execution, other, SECRET],
  )
  await db.query('insert into tables (id, org_id, name) values ($1, $2, $3)', [
    theirs.tableId,
    other,
    theirs.table,
  ])
  await db.query(`insert into table_rows (table_id, id, org_id, data) values ($1, 'one', $2, $3)`, [
    theirs.tableId,
    other,
    JSON.stringify({ text: SECRET }),
  ])
})

describe('the option scope', () => {
  test('of another organization and of all is refused to people of a customer (57)', async () => {
    expect(await asMe('asks', { key: 'own', scope: other })).toEqual({
      error: expect.stringContaining('cannot act'),
    })
    expect(await asMe('asks', { key: 'own', scope: 'global' })).toEqual({
      error: expect.stringContaining('cannot act'),
    })
    expect(await asMe('asks', { key: 'own', scope: mine.orgId })).toEqual({ value: 'legitimate' })
  })
})

describe('messages of its own on the channel', () => {
  const forged = (): [string, Record<string, unknown>][] => [
    ['config.get', { key: 'own', scope: other }],
    ['config.get', { key: 'only_there', scope: 'global' }],
    ['config.get', { key: 'only_there', orgId: other, org_id: other, organization: other }],
    ['config.list', { scope: other }],
    ['config.set', { key: 'own', value: 'forged', isSecret: false, scope: other }],
    ['config.set', { key: 'forged', value: 'forged', isSecret: false, scope: 'global' }],
    ['config.delete', { key: 'own', scope: other }],
    ['executions.get', { id: theirs.execution }],
    ['executions.get', { id: theirs.execution, scope: other }],
    ['executions.logs', { id: theirs.execution }],
    ['workflows.cancel', { executionId: theirs.execution }],
    ['tables.query', { table: theirs.table, query: {} }],
    ['tables.query', { table: theirs.tableId, query: {} }],
    ['tables.query', { table: theirs.table, query: {}, scope: other }],
    ['tables.get', { table: theirs.tableId, id: 'one' }],
    ['files.read', { path: '../other/flows.ts', location: 'workspace' }],
    ['users.get', { id: theirs.user }],
    ['users.update', { id: theirs.user, name: 'forged' }],
    ['users.delete', { id: theirs.user }],
    ['organizations.get', { id: other }],
    ['organizations.update', { id: other, name: 'forged' }],
    ['events.emit', { name: 'forged', payload: null, scope: other }],
    ['__proto__', {}],
  ]

  test('are answered within the organization of the run, whatever they say (61)', async () => {
    const before = await state()
    for (const [method, args] of forged()) {
      const heard = (await asMe('forges', { method, args })) as unknown
      const what = `${method} ${JSON.stringify(args)}: ${String(heard)}`
      // It was answered, so this is no test of nothing.
      expect(heard, what).toContain('"reply"')
      expect(heard, what).not.toContain(SECRET)
      expect(heard, what).toMatch(/"error"|"value":(null|\{"found":false|\[)/)
    }
    expect(await state()).toEqual(before)
  })

  test('do not end or log runs of others', async () => {
    const before = await state()
    expect(await asMe('speaksForOthers', { execution: theirs.execution, org: other })).toBe('own')
    expect(await state()).toEqual(before)
  })
})

describe('a token that the code was given', () => {
  test('reaches over the API what its person may, and no other organization (61)', async () => {
    const { url } = server()
    const before = await state()
    const paths = [
      ['GET', pathOf(routes.getExecution, { id: theirs.execution })],
      ['GET', pathOf(routes.getExecutionLogs, { id: theirs.execution })],
      ['POST', pathOf(routes.cancelExecution, { id: theirs.execution })],
      ['POST', pathOf(routes.queryTable, { table: theirs.table })],
      ['POST', pathOf(routes.queryTable, { table: theirs.tableId })],
      ['GET', pathOf(routes.getUser, { id: theirs.user })],
      ['GET', pathOf(routes.getOrganization, { id: other })],
    ] as const
    for (const [method, path] of paths) {
      const alone = await mine.fetch(path, {
        method,
        ...(method === 'GET' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } }),
      })
      expect([403, 404], `${method} ${path}`).toContain(alone.status)
      expect(await alone.text()).not.toContain(SECRET)
      const asOther = await mine.fetch(path, {
        method,
        headers: { 'bifrost-scope': other, 'content-type': 'application/json' },
        ...(method === 'GET' ? {} : { body: '{}' }),
      })
      expect(asOther.status, `${method} ${path}`).toBe(403)
    }
    // From inside a run the server is not even reached, unless an administrator opens that address.
    const inside = await asMe('rest', { url: url + paths[0][1], token: mine.apiKey, method: 'GET' })
    expect(JSON.stringify(inside)).not.toContain(SECRET)
    if (inside.value) expect((inside.value as { status: number }).status).toBe(404)
    expect(await state()).toEqual(before)
  })
})
