import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { limits, methods } from '../../contract/src/index.ts'
import { type Sent, withChild } from './child.ts'
import { answers, ID, OTHER, python, run } from './sdk-run.ts'

const given = test.runIf(python !== null)

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

  given('a run is planned for a time, which is in UTC where it has no zone', async () => {
    const lines = `import datetime
await workflows.execute("w", scheduled_at="2099-01-31T09:00:00+02:00")
await workflows.execute("w", scheduled_at=datetime.datetime(2099, 1, 31, 9))
await workflows.execute("w", delay_seconds=60)
refused = []
for options in ({"delay_seconds": -1}, {"scheduled_at": 5}, {"delay_seconds": 1, "scheduled_at": "2099-01-31T09:00:00Z"}):
    try:
        await workflows.execute("w", **options)
    except (TypeError, ValueError) as error:
        refused.append(str(error).split(";")[0])
return refused`
    const before = Date.now()
    const { result, calls } = await run(lines)
    const times = calls.map(({ args }) => args['scheduledAt'])
    expect(times.slice(0, 2)).toEqual(['2099-01-31T07:00:00.000Z', '2099-01-31T09:00:00.000Z'])
    expect(Date.parse(times[2] as string)).toBeGreaterThanOrEqual(before + 60_000)
    expect(calls).toHaveLength(3)
    expect(result).toEqual([
      `delay_seconds must be a number of seconds from 0 to ${limits.delaySecondsMax}`,
      'scheduled_at must be a datetime or its ISO text',
      'workflows.execute() takes scheduled_at or delay_seconds, not both.',
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

  given('set_scope redirects all later calls, awaited or not; cursors stay', async () => {
    const lines = `context.set_scope("${OTHER}")
await config.get("a")
await cursor("seen").get()
await context.set_scope(None)
await config.get("b", scope="${ID}")
await config.get("c")`
    expect((await run(lines)).calls).toEqual([
      { method: 'config.get', args: { key: 'a', scope: OTHER } },
      { method: 'cursors.get', args: { name: 'seen' } },
      { method: 'context.setScope', args: { scope: 'global' } },
      { method: 'config.get', args: { key: 'b', scope: ID } },
      { method: 'config.get', args: { key: 'c', scope: 'global' } },
    ])
  })

  given('set_scope stays outside of steps, and ends what a transaction of a step is for', async () => {
    const lines = `found = []
async def inside():
    context.set_scope("${OTHER}")
async def book(tx):
    tx.insert("notes", {})
for ask in (lambda: step("a", inside), lambda: context.set_scope("${OTHER}"), lambda: step.tx("b", book)):
    try:
        found.append(await ask())
    except Exception as error:
        found.append(str(error))
return found`
    expect((await run(lines)).result).toEqual([
      expect.stringContaining('is inside the step "a"'),
      null,
      expect.stringContaining('stays in the organization of the run'),
    ])
  })

  given('set_scope that is refused is a PermissionError, and redirects nothing', async () => {
    const lines = `try:
    await context.set_scope("${OTHER}")
except PermissionError as error:
    await config.get("a")
    return str(error)`
    const { result, calls } = await run(lines, { 'context.setScope': { code: 'forbidden', message: 'no' } })
    expect(result).toBe('no')
    expect(calls.at(-1)).toEqual({ method: 'config.get', args: { key: 'a' } })
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
for ask in (lambda: ai.complete("x"), lambda: knowledge.search("x"), lambda: forms.list(), lambda: integrations.upsert_mapping("D", "o", "e", config={"a": 1}), lambda: workflows.execute("w", {}, run_as="x")):
    try:
        await ask()
    except NotImplementedError as error:
        found.append("is not available on this platform yet" in str(error))
return found`
    expect((await run(lines)).result).toEqual([true, true, true, true, true])
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
