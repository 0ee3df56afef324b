import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isMethodName, limits, methods } from '../../contract/src/index.ts'
import { findPython, type Sent, withChild } from './child.ts'

const python = findPython('The SDK suite of Python')
const given = test.runIf(python !== null)

const ID = '0198a000-0000-7000-8000-00000000000a'
const OTHER = '0198a000-0000-7000-8000-00000000000b'
const ROW = {
  id: 'A-17',
  data: { total: 9 },
  version: 2,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-02T00:00:00Z',
  created_by: null,
  updated_by: null,
}
const FILE = {
  path: 'data/a.csv',
  name: 'a.csv',
  is_directory: false,
  size: 3,
  modified_at: '2026-01-01T00:00:00Z',
}
const ORGANIZATION = {
  id: ID,
  name: 'Contoso',
  slug: 'contoso',
  parent_id: null,
  path: [ID],
  is_provider: false,
  is_active: true,
  domain: 'contoso.test',
  created_at: '2026-01-01T00:00:00Z',
  people: 1,
  sub_organizations: 0,
}
const USER = {
  id: ID,
  email: 'a@b.test',
  name: 'Ada',
  role: 'platform_admin',
  is_active: true,
  organization: { id: OTHER, name: 'O' },
  roles: [],
  created_at: '2026-01-01T00:00:00Z',
  last_seen_at: null,
}
const ROLE = {
  id: ID,
  name: 'Billing',
  description: '',
  organization: null,
  can_edit: true,
  member_count: 1,
  grant_count: 1,
  created_at: '2026-01-01T00:00:00Z',
  members: [{ id: OTHER, name: 'B', email: 'b@b.test', is_active: true }],
  grants: [{ kind: 'form', resource_id: OTHER, name: null }],
}
const RUN = {
  id: ID,
  workflowId: null,
  workflowName: 'w',
  status: 'FAILED',
  trigger: 'manual',
  startedBy: null,
  createdAt: '2026-01-01T00:00:00Z',
  startedAt: null,
  endedAt: null,
  durationMs: 5,
  attempt: 1,
  error: null,
  columns: null,
}
const OAUTH = {
  accessToken: 'old',
  tokenType: 'Bearer',
  refreshToken: 'r',
  scope: 'a b',
  expiresAt: null,
  clientId: 'app',
  clientSecret: null,
  tokenUrl: 'https://d.test/token',
  scopes: ['a', 'b', 'c'],
}
const MAPPING = {
  integrationId: ID,
  organizationId: OTHER,
  organizationName: 'Contoso',
  entityId: 't-17',
  entityName: null,
  updatedAt: '2026-01-01T00:00:00Z',
}

/** What the server of these tests answers; without an entry it is null. */
const answers: Record<string, unknown> = {
  'config.get': { found: true, value: 'https://x' },
  'config.list': [
    { key: 'api_url', value: 'x', isSecret: false, source: null },
    { key: 'key', value: null, isSecret: true, source: 'A' },
  ],
  'config.delete': true,
  'files.read': Buffer.from('ä').toString('base64'),
  'files.write': FILE,
  'files.list': [FILE],
  'files.exists': true,
  'files.stat': FILE,
  'files.openWrite': ID,
  'files.closeWrite': FILE,
  'files.readPart': { content: 'YWI=', size: 2, stamp: 's' },
  'files.search': { items: [{ path: 'a', line: 1, column: 2, context: 'c' }], truncated: false },
  'files.signedUrl': { url: 'https://s', expires_at: '2026-01-01T00:00:00Z' },
  'tables.write': ['A-17'],
  'tables.get': ROW,
  'tables.query': [ROW],
  'tables.count': 12,
  'tables.page': { items: [ROW], next_cursor: 'next' },
  'tables.describe': { name: 'orders', indexes: [] },
  'tables.createIndex': { fields: ['a'], is_unique: true },
  'tables.updateWhere': 4,
  'tables.deleteWhere': 5,
  'workflows.get': { id: ID, name: 'w', type: 'tool' },
  'tables.list': [{ name: 'orders', description: '', rows: 3 }],
  'tables.drop': true,
  'organizations.list': [ORGANIZATION],
  'organizations.get': ORGANIZATION,
  'organizations.create': ORGANIZATION,
  'organizations.update': ORGANIZATION,
  'users.list': [USER],
  'users.get': USER,
  'users.create': USER,
  'users.update': USER,
  'roles.list': [ROLE],
  'roles.get': ROLE,
  'roles.create': ROLE,
  'roles.update': ROLE,
  'executions.list': { items: [RUN], nextCursor: null },
  'executions.get': { ...RUN, input: {}, result: 1, reason: 'r', parentId: null },
  'executions.logs': [{ seq: 1, timestamp: '2026-01-01T00:00:00Z', level: 'info', message: 'm' }],
  'workflows.list': [
    { id: ID, name: 'w', description: '', category: 'c', tags: [], type: 'tool', parameters: [] },
  ],
  'workflows.cancel': true,
  'workflows.startMany': { started: 1, duplicates: 0, ids: [ID] },
  'integrations.get': {
    integrationId: ID,
    name: 'Directory',
    baseUrl: 'https://d.test',
    entityId: 't',
    entityName: 'T',
    config: { site: 1, key: 'secret' },
    oauth: OAUTH,
  },
  'integrations.refresh': { ...OAUTH, accessToken: 'new' },
  'integrations.listMappings': [MAPPING],
  'integrations.getMapping': MAPPING,
  'integrations.upsertMapping': MAPPING,
  'integrations.deleteMapping': true,
  'integrations.getCredentials': { apiKey: 'k', oauth: null },
  'integrations.list': [
    {
      name: 'Directory',
      description: '',
      baseUrl: 'https://d.test',
      state: 'connected',
      entityId: null,
      entityName: null,
    },
  ],
  'events.emit': { event_id: ID, started: [], woken: 0, duplicate: false },
}

interface Outcome {
  result: unknown
  calls: { method: string; args: Record<string, unknown> }[]
}

/** Runs lines in a function; every call has to be one that the contract knows, with arguments that it takes. */
const run = (
  lines: string,
  refused: Record<string, { code: string; message: string }> = {},
): Promise<Outcome> =>
  withChild(python, async (child) => {
    child.answer = ({ method }) =>
      refused[method] ? { error: refused[method] } : { value: answers[method] ?? null }
    const body = lines.trim().replaceAll('\n', '\n    ')
    const source = `from bifrost import *\nasync def main():\n    ${body}`
    const loaded = await child.load({ 'main.py': source }, 'main.py')
    if (loaded.type === 'load_failed') throw new Error(loaded.failure.message)
    const end = await child.run('main', {}, { durable: false })
    const calls = child.all('call').map(({ method, args }: Sent<'call'>) => {
      if (!isMethodName(method)) throw new Error(`${method} is no method`)
      const { scope, ...rest } = args
      methods[method].args.parse(rest)
      return { method, args }
    })
    if (end.type !== 'done') throw new Error(JSON.stringify(end))
    return { result: JSON.parse(end.result), calls }
  })

describe('modules', () => {
  given.each<[string, string, unknown]>([
    [
      'config',
      `return [await config.get("api_url"), await config.set("a", None, is_secret=True), (await config.list()).api_url,
        "key" in await config.list(), dict((await config.list()).items()), await config.delete("a"), await secrets.get("k")]`,
      ['https://x', null, 'x', true, { api_url: 'x', key: null }, true, 'https://x'],
    ],
    [
      'files',
      `await files.write("a.txt", "x", location=FileLocation.TEMP)
streamed = await files.write_stream("b", ["ä", b"c"])
parts = [part async for part in files.read_stream("b")]
return [await files.read("a.txt"), await files.read_file("a.txt", FileLocation.UPLOADS, as_base64=True), await files.list("data"),
        (await files.stat("a")).size, await files.exists("a"), (await files.search("q")).items[0].line, len(parts), streamed.name,
        (await files.get_signed_url("a", location="temp")).url, await files.delete_file("a")]`,
      ['ä', 'w6Q=', ['a.csv'], 3, true, 1, 1, 'a.csv', 'https://s', null],
    ],
    [
      'tables',
      `row = await tables.insert("orders", {"total": 9}, id="A-17")
found = await tables.query("orders", where={"total": {"in_": [1], "is_null": False}, "name": {"like": "A%"}}, order_by="total", order_dir="desc")
await tables.upsert_batch("orders", [{"id": "A-17", "data": {"total": 9}}])
await tables.create("orders", indexes=[{"fields": ["total"], "unique": True}])
return [row.id, row.data, found.total, found.documents[0].data, found.documents[0].created_at, await tables.count("orders"),
        (await tables.update("orders", "A-17", {"a": 1})).version, await tables.delete("orders", "A-17"), await tables.delete("orders"),
        (await tables.list())[0].rows, await tables.delete_batch("orders", ["a", "b"])]`,
      ['A-17', { total: 9 }, 12, { total: 9 }, '2026-01-01T00:00:00Z', 12, 2, true, true, 3, 2],
    ],
    [
      'tables as a whole',
      `paged = await tables.page("orders", {"total": {"gt": 1}}, order_by="total", cursor="c")
await tables.rename("orders", "old")
return [paged.documents[0].id, paged.cursor, (await tables.describe("orders")).indexes, (await tables.create_index("orders", ["a"], unique=True)).is_unique,
        await tables.update_where("orders", {"a": 1}, {"b": 2}), await tables.delete_where("orders", {"a": {"is_null": True}}), (await workflows.find("w")).type]`,
      ['A-17', 'next', [], true, 4, 5, 'tool'],
    ],
    [
      'organizations',
      `made = await organizations.create("Contoso", domain="contoso.test", is_active=False)
await organizations.update(made.id, domain=None)
await organizations.delete(made.id)
return [made.domain, (await organizations.list())[0].name, (await organizations.get(made.id)).to_dict()["slug"], made["name"]]`,
      ['contoso.test', 'Contoso', 'contoso', 'Contoso'],
    ],
    [
      'users',
      `return [(await users.list("${OTHER}"))[0].is_superuser, (await users.get("${ID}")).organization.name, (await users.create("a@b.test", "A")).id,
        (await users.update("${ID}", is_active=False)).email, await users.delete("${ID}")]`,
      [true, 'O', ID, 'a@b.test', null],
    ],
    [
      'roles',
      `await roles.assign_users("${ID}", ["${ID}"])
await roles.assign_forms("${ID}", [])
return [(await roles.list())[0].name, await roles.list_users("${ID}"), await roles.list_forms("${ID}"), (await roles.create("A")).id, (await roles.update("${ID}", name="B")).id]`,
      ['Billing', [OTHER], [OTHER], ID, ID],
    ],
    [
      'executions',
      `return [(await executions.list(workflow_name="w", status="CompletedWithErrors", start_date="2026-01-01"))[0].workflow_name,
        (await executions.get("x")).result, (await executions.get_current_logs())[0].message, (await workflows.get("x")).status]`,
      ['w', 1, 'm', 'FAILED'],
    ],
    [
      'workflows',
      `return [(await workflows.list())[0].type, await workflows.execute("a.py::b", {"x": 1}, org_id="${OTHER}"), await workflows.cancel("${ID}")]`,
      ['tool', ID, true],
    ],
    [
      'integrations',
      `one = await integrations.get("Directory", scope="GLOBAL")
before = one.oauth.access_token
refreshed = await one.oauth.refresh()
return [one.integration_id, one.config, one.entity_id, before, one.oauth.access_token, one.oauth.refresh_token, refreshed.scope, refreshed.scopes,
        one.oauth.token_url, "_asked" in dict(one.oauth), (await integrations.get_credentials("D")).api_key, (await integrations.list())[0].state]`,
      [
        ID,
        { site: 1, key: 'secret' },
        't',
        'old',
        'new',
        'r',
        'a b',
        ['a', 'b', 'c'],
        'https://d.test/token',
        false,
        'k',
        'connected',
      ],
    ],
    [
      'mappings of integrations',
      `made = await integrations.upsert_mapping("Directory", scope="${OTHER}", entity_id="t-17", entity_name="Contoso")
return [made.organization_id, made.entity_id, (await integrations.list_mappings("Directory"))[0].organization_name,
        (await integrations.get_mapping("Directory")).entity_name, (await integrations.get_mapping("Directory", entity_id="t-17")).organization_id,
        await integrations.get_mapping("Directory", entity_id="t-18"), await integrations.delete_mapping("Directory", "${OTHER}")]`,
      [OTHER, 't-17', 'Contoso', null, OTHER, null, true],
    ],
    ['events', `return (await events.emit("order.created", {"id": 1}, id="x")).duplicate`, false],
  ])('%s', async (_, lines, expected) => {
    expect((await run(lines)).result).toEqual(expected)
  })

  given('what a call of a module sends is what was given to it', async () => {
    const lines = `one = await integrations.get("Directory", scope="GLOBAL")
await one.oauth.refresh()
await integrations.upsert_mapping("Directory", "${OTHER}", 17)
await organizations.update("${ID}", domain=None)`
    expect((await run(lines)).calls).toEqual([
      { method: 'integrations.get', args: { name: 'Directory', scope: 'global' } },
      { method: 'integrations.refresh', args: { name: 'Directory', scope: 'global', rejected: 'old' } },
      { method: 'integrations.upsertMapping', args: { name: 'Directory', scope: OTHER, entityId: '17' } },
      { method: 'organizations.update', args: { id: ID, domain: null } },
    ])
  })

  given('an integration that is not set up is None', async () => {
    const before = answers['integrations.get']
    answers['integrations.get'] = null
    try {
      expect((await run('return await integrations.get("Directory")')).result).toBeNull()
    } finally {
      answers['integrations.get'] = before
    }
  })

  given('set_scope redirects all later calls, and needs the provider', async () => {
    const lines = `try:
    context.set_scope("${OTHER}")
except PermissionError as error:
    return str(error)`
    expect((await run(lines)).result).toBe('Only a run of the provider may act for other organizations.')
  })

  given('errors are those of Python', async () => {
    const lines = `found = []
for ask in (lambda: files.read("x"), lambda: organizations.get("${ID}"), lambda: config.get("a"), lambda: workflows.execute("nix"), lambda: integrations.get("I"), lambda: tables.query("t")):
    try:
        found.append([type(await ask()).__name__])
    except Exception as error:
        found.append([isinstance(error, FileNotFoundError), isinstance(error, ValueError), isinstance(error, PermissionError), getattr(error, "code", ""), str(error)])
return found`
    const missing = { code: 'not_found', message: 'gone' }
    const { result } = await run(lines, {
      'files.read': missing,
      'config.get': { code: 'forbidden', message: 'no' },
      'organizations.get': missing,
      'workflows.startMany': missing,
      'integrations.get': { code: 'conflict', message: 'connect it' },
      'tables.query': missing,
    })
    expect(result).toEqual([
      [true, false, false, 'not_found', 'gone'],
      [false, true, false, 'not_found', 'gone'],
      [false, false, true, 'forbidden', 'no'],
      [false, true, false, '', 'gone'],
      [false, false, false, 'conflict', 'connect it'],
      ['DocumentList'],
    ])
  })

  given('a table that is not there is made by the first write', async () => {
    const { calls } = await withChild(python, async (child) => {
      let made = false
      child.answer = ({ method }) => {
        if (method === 'tables.create') made = true
        if (method === 'tables.write' && !made) return { error: { code: 'not_found', message: 'no table' } }
        return { value: method === 'tables.write' ? ['x'] : null }
      }
      await child.load(
        { 'a.py': 'from bifrost import tables\nasync def main():\n    await tables.insert("t", {"a": 1})' },
        'a.py',
      )
      expect((await child.run('main')).type).toBe('done')
      return { calls: child.all('call').map(({ method }) => method) }
    })
    expect(calls).toEqual(['tables.write', 'tables.create', 'tables.write'])
  })

  given('what the platform does not have says so', async () => {
    const lines = `found = []
for ask in (lambda: ai.complete("x"), lambda: knowledge.search("x"), lambda: forms.list(), lambda: integrations.upsert_mapping("D", "o", "e", config={"a": 1}), lambda: workflows.execute("w", {}, run_as="x"), lambda: workflows.execute("w", {}, delay_seconds=5)):
    try:
        await ask()
    except NotImplementedError as error:
        found.append("is not available on this platform yet" in str(error))
return found`
    expect((await run(lines)).result).toEqual([true, true, true, true, true, true])
  })

  given('the context is what Python workspaces expect of it', async () => {
    const lines = `context_type = isinstance(context, ExecutionContext)
return [context.org_id, context.organization.name, context.scope, context.executed_by_email, context.organization_id, getattr(context, "nothing", "d"),
        context.is_global_scope, context.form_inputs, context.startup, context_type]`
    expect((await run(lines)).result).toEqual([
      '0198a000-0000-7000-8000-000000000003',
      'Contoso',
      '0198a000-0000-7000-8000-000000000003',
      'ada@contoso.test',
      '0198a000-0000-7000-8000-000000000003',
      'd',
      false,
      {},
      null,
      true,
    ])
  })
})

test('every method of the platform is offered', () => {
  const files = globSync('src/bifrost/**/*.py', { cwd: join(import.meta.dirname, '..') })
  const text = files.map((path) => readFileSync(join(import.meta.dirname, '..', path), 'utf8')).join('\n')
  expect(Object.keys(methods).filter((name) => !text.includes(`"${name}"`))).toEqual([])
})

given('the limits are those of the contract', async () => {
  const source = `import sys\nfrom bifrost._runtime import limits\ndef main():\n    return {name: value for name, value in vars(limits).items() if name.isupper()}`
  const found = await withChild(python, async (child) => {
    await child.load({ 'a.py': source }, 'a.py')
    return JSON.parse(((await child.run('main')) as Sent<'done'>).result) as Record<string, number>
  })
  const camel = (name: string) =>
    name.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  expect(Object.keys(found).length).toBeGreaterThan(10)
  for (const [name, value] of Object.entries(found))
    expect([name, value]).toEqual([name, limits[camel(name) as keyof typeof limits]])
})

given('the modules work outside of a run, and an unknown server is named', async () => {
  const source = `
import asyncio, sys
sys.path.insert(0, ${JSON.stringify(new URL('../src', import.meta.url).pathname)})
from bifrost import BifrostClient, BifrostError, config, context
async def main():
    print(getattr(context, "email", "none"))
    try:
        await config.get("a")
    except RuntimeError as error:
        print("outside" if "works inside a run" in str(error) else error)
    BifrostClient("http://127.0.0.1:9", "key")
    try:
        await config.get("a")
    except BifrostError as error:
        print(error.code)
asyncio.run(main())`
  const { execFileSync } = await import('node:child_process')
  expect(execFileSync(python ?? '', ['-B', '-c', source], { encoding: 'utf8' })).toBe(
    'none\noutside\nunavailable\n',
  )
})
