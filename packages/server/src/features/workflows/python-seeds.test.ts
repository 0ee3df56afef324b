import { readdirSync, readFileSync } from 'node:fs'
import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { pythonFor } from '../../testing/python.ts'
import { until, useServer } from '../../testing/server.ts'
import { cases, SEEDS, STAND_INS, snippet, text } from './fixture-seeds.ts'

// The snippets of the guides that people have learned Python workflows from. Their workspaces are full of such code,
// so each has to run as it is printed.

const python = await pythonFor('Running the snippets of the guides')

const server = useServer({ files: { 'seeds/__init__.py': STAND_INS } })

let written: string[] = []

/** Has these files in the workspace and no others; answers what is listed of them. */
async function listed(files: Record<string, string>) {
  for (const path of written) server().remove(path)
  written = Object.keys(files)
  for (const [path, text] of Object.entries(files)) server().write(path, text)
  const list = await until('the files are read', async () => {
    const found = await server().api(routes.listWorkflows, { query: { refresh: true, status: 'active' } })
    return found.is_complete ? found : null
  })
  const items = await Promise.all(
    list.items.map(({ id }) => server().api(routes.getWorkflow, { params: { id } })),
  )
  return { items, problems: list.problems }
}

/** The one definition of a snippet. */
async function definedIn(name: string, more = '') {
  const { items, problems } = await listed({ [`seeds/${name}.py`]: snippet(name) + more })
  expect(problems).toEqual([])
  expect(items).toHaveLength(1)
  expect(items[0]?.error).toBeNull()
  return items[0] as (typeof items)[number]
}

const logOf = async (id: string) => (await server().logs(id)).map((line) => `${line.level} ${line.message}`)

describe.skipIf(python === null)('a snippet of the guides', () => {
  test.each(cases)('runs as it is: $of $input', async (one) => {
    const workflow = await definedIn(one.of)
    expect(workflow).toMatchObject({ ...one.listed, warnings: [] })
    const answer = await server().execute(workflow.id, one.input)
    expect(answer).toMatchObject({ status: one.status ?? 'SUCCESS', result: one.result })
    if (one.log) expect(await logOf(answer.execution_id)).toEqual(one.log)
  })

  test('that raises is a failed run with the text of the error', async () => {
    const { id } = await definedIn('raises')
    const answer = await server().execute(id, { email: 'taken', name: 'Ada' })
    expect(answer).toMatchObject({ status: 'FAILED' })
    const { error } = await server().api(routes.getExecution, { params: { id: answer.execution_id } })
    expect(error).toMatchObject({ type: 'RuntimeError', message: 'taken is taken' })
  })

  test('shows its debug log to developers alone', async () => {
    const { id } = await definedIn('logs')
    const user = await server().person('member')
    const { execution_id } = await user.api(routes.executeWorkflow, {
      params: { id },
      body: { input: { items: [] } },
    })
    const { items } = await user.api(routes.getExecutionLogs, { params: { id: execution_id }, query: {} })
    expect(items.map(({ level }) => level)).toEqual(['info', 'warning', 'error'])
  })

  test('asks the context who may do something', async () => {
    const { id } = await definedIn('concept_security')
    const user = await server().person('member')
    const answer = await user.api(routes.executeWorkflow, { params: { id }, body: {} })
    expect(answer).toMatchObject({ status: 'SUCCESS', result: { error: 'Admin privileges required' } })
  })

  test('sees the data of its organization', async () => {
    const { id, parameters } = await definedIn('concept_tenancy')
    expect(parameters).toEqual([])
    const { result } = await server().execute(id)
    expect(result).toEqual({
      data: [{ sql: 'SELECT * FROM data WHERE org_id = ?', values: [await server().providerId()] }],
    })
  })

  test.each([
    ['concept_sync', { execution_mode: 'sync' }],
    ['concept_async', { execution_mode: 'async' }],
    ['concept_scheduled', { schedule: { cron: '0 9 * * *' } }],
  ])('of a decorator alone works on a function: %s', async (name, options) => {
    const workflow = await definedIn(name, 'async def export_devices():\n    return {"exported": 1}\n')
    expect(workflow).toMatchObject({ name: 'export_ninjaone_devices_csv', ...options, warnings: [] })
    expect(await server().execute(workflow.id)).toMatchObject({
      status: 'SUCCESS',
      result: { exported: 1 },
    })
  })

  test('with all options has them, and a warning for the one that is none in Python', async () => {
    const { items, problems } = await listed({ 'seeds/all_options.py': snippet('all_options') })
    expect(problems).toEqual([])
    expect(items).toMatchObject([
      {
        name: 'My Workflow',
        description: 'Description',
        category: 'Category',
        tags: ['tag1', 'tag2'],
        timeout_seconds: 300,
        retry_policy: { max_retries: 3, delay_seconds: 60 },
        schedule: { cron: '0 9 * * *' },
        endpoint_enabled: true,
        // What an endpoint is when it does not say.
        execution_mode: 'sync',
        allowed_methods: ['GET', 'POST'],
        disable_global_key: false,
        public_endpoint: false,
        is_tool: false,
        time_saved: 5,
        value: 10,
        parameters: [text('input_data', 'Input Data')],
        error: null,
      },
    ])
    expect(items[0]?.warnings[0]).toMatchObject({
      message: expect.stringContaining('"execution_mode" cannot be read'),
      line: 6,
    })
    // To Python it is an addition of two texts that there is not.
    const answer = await server().api(routes.executeCode, {
      body: { language: 'python', code: 'import seeds.all_options' },
    })
    expect(answer).toMatchObject({ status: 'FAILED', error: { type: 'TypeError' } })
  })

  test.each([
    ['return_value', 'SUCCESS', { success: true, result: [1] }],
    ['return_failure', 'COMPLETED_WITH_ERRORS', { success: false, error: 'User not found' }],
    ['return_nested', 'SUCCESS', { user: { id: '123', email: 'user@example.com' }, items: [1, 2, 3] }],
  ])('of a result alone is inline code: %s', async (name, status, result) => {
    const code = `data = [1]\n${snippet(name)}`
    expect(await server().api(routes.executeCode, { body: { language: 'python', code } })).toMatchObject({
      status,
      result,
    })
  })

  test('without a decorator is a function that workflows call', async () => {
    const names = ['execution_context', 'sdk_modules', 'list_processing', 'chained', 'sdk_imports']
    const { items, problems } = await listed({
      ...Object.fromEntries(names.map((name) => [`seeds/${name}.py`, snippet(name)])),
      'callers.py': `
from bifrost import config, files
from seeds import chained, execution_context, list_processing, sdk_imports, sdk_modules


@workflow
async def calls_context(context: ExecutionContext):
    return await execution_context.my_workflow(context)


@workflow
async def calls_modules():
    await sdk_modules.my_workflow()
    secret = await config.get("api_key")
    return [await config.get("api_url"), secret == "secret_value", await files.read("data/output.txt")]


@workflow
async def calls_list(context, items: list):
    return await list_processing.process_items(context, items)


@workflow
async def calls_chain(context):
    return await chained.create_user_with_license(context, "ada@example.com", "E5")


@workflow
async def has_modules():
    return [name for name in vars(sdk_imports) if not name.startswith("_")]
`,
    })
    expect(problems).toEqual([])
    expect(items.map(({ name }) => name)).toEqual([
      'calls_chain',
      'calls_context',
      'calls_list',
      'calls_modules',
      'has_modules',
    ])
    expect(await server().execute('calls_context')).toMatchObject({ status: 'SUCCESS', result: null })
    expect((await server().execute('calls_modules')).result).toEqual([
      'https://api.example.com',
      true,
      'content',
    ])
    expect((await server().execute('calls_list', { items: ['a', 'bad'] })).result).toEqual({
      processed: 1,
      failed: 1,
      results: ['done a'],
      errors: [{ item: 'bad', error: 'does not work' }],
    })
    const chain = await server().execute('calls_chain')
    expect(chain.result).toEqual({ user_id: 'id of ada@example.com', license: 'E5' })
    expect(await logOf(chain.execution_id)).toEqual([
      'info Creating user...',
      'info Assigning license...',
      'info E5 for id of ada@example.com',
    ])
    expect((await server().execute('has_modules')).result).toEqual(
      'ai config files integrations knowledge tables workflows executions organizations'.split(' '),
    )
  })

  test('of the inside of another platform defines nothing, and disturbs no other file', async () => {
    const names = ['engine_records', 'file_functions', 'sdk_generator', 'provider']
    const { items, problems } = await listed(
      Object.fromEntries(names.map((name) => [`seeds/${name}.py`, snippet(name)])),
    )
    expect(items.map(({ name }) => name)).toEqual(['get_departments'])
    expect(problems).toEqual([])
    expect(await server().execute('get_departments')).toMatchObject({ status: 'SUCCESS' })
  })

  test('of the functions for files names those that the SDK has, with their parameters', async () => {
    const declared = [...snippet('file_functions').matchAll(/^async def (\w+)\((.*)\)$/gm)].map(
      ([, name = '', parameters = '']) => [name, parameters.split(', ').map((one) => one.split(':')[0])],
    )
    expect(declared).toHaveLength(5)
    const code = `import inspect\nfrom bifrost import files\nreturn [[name, list(inspect.signature(getattr(files, name)).parameters)] for name in input["names"]]`
    const { result } = await server().api(routes.executeCode, {
      body: { language: 'python', code, input: { names: declared.map(([name]) => name as string) } },
    })
    for (const [index, [name, parameters]] of declared.entries())
      expect((result as [string, string[]][])[index]).toEqual([
        name,
        expect.arrayContaining(parameters as string[]),
      ])
  })
})

test('each snippet has a test', () => {
  const own = readFileSync(new URL(import.meta.url), 'utf8')
  const used = (name: string) => own.includes(`'${name}'`) || cases.some(({ of }) => of === name)
  const names = readdirSync(SEEDS).map((name) => name.replace(/\.py$/, ''))
  expect(names.filter((name) => !used(name))).toEqual([])
})
