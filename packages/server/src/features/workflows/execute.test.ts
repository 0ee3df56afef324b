import { type ApiError, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'arguments.ts': `import { type ExecutionContext, type Int, workflow, context as ambient } from 'bifrost'
export const withContext = workflow(async (name: string, context: ExecutionContext) => [name, context.email])
export const withCtx = workflow(async (ctx: ExecutionContext, name: string) => [name, ctx.email])
export const withUnderscore = workflow(async (name: string, _context: ExecutionContext) => [name, _context.email])
export const withUntyped = workflow(async (name: string, context) => [name, context.email])
export const withAmbient = workflow(async (name: string) => [name, ambient.email])
export const defaults = workflow(async (name: string, count: Int = 1, active = true) => ({ name, count, active }))
export const destructured = workflow(async ({ name, count = 2 }: { name: string; count?: Int }) => ({ name, count }))
export const overrides = workflow(async () => {
  const object: Record<string, unknown> = {}
  object['toString'] = () => 'text'
  function Own(this: object) {}
  Own.prototype = Object.create(Array.prototype)
  Own.prototype.constructor = Own
  object['valueOf'] = () => 7
  return [String(object), Own.prototype.constructor.name, Number(object)]
})
export const catchAll = workflow(async ({ name, ...rest }: { name: string; [key: string]: unknown }) => ({ name, rest, all: ambient.parameters }))
export const dates = workflow(async (at: Date, days: Date[]) => ({ year: at.getUTCFullYear(), isDate: at instanceof Date, days: days.map((d) => d.getUTCDate()) }))
export const optional = workflow(async (name?: string) => ({ given: name !== undefined, name: name ?? null }))
export const nullable = workflow(async (name: string | null) => ({ isNull: name === null }))
export const nested = workflow(async (user: { name: string; address: { city: string; zip?: string } }) => user.address.city)
export const choice = workflow(async (role: 'admin' | 'user', level: 1 | 2 = 1) => [role, level])
export const whoAmI = workflow(async (ctx: ExecutionContext) => ({
  executionId: ctx.executionId, workflowId: ctx.workflowId, workflowName: ctx.workflowName, orgName: ctx.orgName,
  organization: ctx.organization, email: ctx.email, isPlatformAdmin: ctx.isPlatformAdmin, scope: ctx.scope, attempt: ctx.attempt,
}))
`,
    'results.ts': `import { UserError, workflow } from 'bifrost'
export const echo = workflow(async (value: unknown) => value)
export const nothing = workflow(async () => {})
export const sync = workflow(() => 'without a promise')
export const reported = workflow(async () => ({ success: false, error: 'The license server said no.', code: 7 }))
export const reportedBare = workflow(async () => ({ success: false }))
export const reportedNested = workflow(async () => ({ inner: { success: false } }))
export const thrown = workflow(async () => { throw new RangeError('internal detail') })
export const forUser = workflow(async () => { throw new UserError('Order a license first.') })
`,
    'tool.ts': `import { dataProvider, tool } from 'bifrost'
export const findUser = tool({ description: 'Finds a user.' }, async (email: string) => ({ email }))
export const departments = dataProvider(async () => [{ id: 1, name: 'Engineering' }, { label: 'Sales', value: 's', metadata: { head: 'Ada' } }])
export const empty = dataProvider(async () => [])
export const unlabeled = dataProvider(async () => [{ label: '', value: 'x' }])
`,
  },
})

const refusal = async (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    () => {
      throw new Error('It was not refused.')
    },
    (error: ApiError) => error,
  )

test('a fast workflow answers 200 with its status, the very result and how long it took (14)', async () => {
  const response = await server().fetch('/api/workflows/defaults/execute', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: { name: 'Ada' } }),
  })
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    execution_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    status: 'SUCCESS',
    result: { name: 'Ada', count: 1, active: true },
    error: null,
    duration_ms: expect.any(Number),
  })
})

test.each(['withContext', 'withCtx', 'withUnderscore', 'withUntyped', 'withAmbient'])(
  'parameters and context reach %s, whatever the context is called (11)',
  async (name) => {
    const answer = await server().execute(name, { name: 'Ada' })
    expect(answer).toMatchObject({ status: 'SUCCESS', result: ['Ada', 'admin@example.com'] })
  },
)

test('the context says whose run it is, and which', async () => {
  const answer = await server().execute('whoAmI')
  const orgId = await server().providerId()
  expect(answer.result).toEqual({
    executionId: answer.execution_id,
    workflowId: expect.any(String),
    workflowName: 'whoAmI',
    orgName: 'Provider',
    organization: { id: orgId, name: 'Provider', slug: 'provider', isProvider: true, parent: null },
    email: 'admin@example.com',
    isPlatformAdmin: true,
    scope: orgId,
    attempt: 1,
  })
})

describe('inputs', () => {
  test('a member that no parameter names reaches a catch-all, and context.parameters has all (13)', async () => {
    const { result } = await server().execute('catchAll', { name: 'Ada', color: 'red', n: 1 })
    expect(result).toEqual({
      name: 'Ada',
      rest: { color: 'red', n: 1 },
      all: { name: 'Ada', color: 'red', n: 1 },
    })
  })

  test('defaults of the signature and of a destructured argument apply', async () => {
    expect((await server().execute('destructured', { name: 'Ada' })).result).toEqual({
      name: 'Ada',
      count: 2,
    })
    expect((await server().execute('defaults', { name: 'A', count: 3, active: false })).result).toEqual({
      name: 'A',
      count: 3,
      active: false,
    })
  })

  test('null for an optional parameter means not given, and is a value where the type has null', async () => {
    expect((await server().execute('defaults', { name: 'A', count: null })).result).toMatchObject({
      count: 1,
    })
    expect((await server().execute('optional', { name: null })).result).toEqual({ given: false, name: null })
    expect((await server().execute('nullable', { name: null })).result).toEqual({ isNull: true })
  })

  test('dates arrive as Date', async () => {
    const { result } = await server().execute('dates', {
      at: '2026-01-31T09:00:00Z',
      days: ['2026-01-05', '2026-01-06T00:00:00+00:00'],
    })
    expect(result).toEqual({ year: 2026, isDate: true, days: [5, 6] })
  })

  test.each([
    ['a missing one', 'defaults', {}, [{ field: 'name', message: 'is required' }]],
    ['a wrong type', 'defaults', { name: 5 }, [{ field: 'name', message: 'must be text' }]],
    [
      'a number in text',
      'defaults',
      { name: 'A', count: '3' },
      [{ field: 'count', message: 'must be a whole number' }],
    ],
    [
      'a fraction for an integer',
      'defaults',
      { name: 'A', count: 1.5 },
      [{ field: 'count', message: 'must be a whole number' }],
    ],
    [
      'an unknown one',
      'defaults',
      { name: 'A', nam: 1 },
      [{ field: 'nam', message: expect.stringContaining('did you mean "name"') }],
    ],
    [
      'a choice outside the list',
      'choice',
      { role: 'root' },
      [{ field: 'role', message: 'must be one of "admin", "user"' }],
    ],
    [
      'a choice of another type',
      'choice',
      { role: 'admin', level: '1' },
      [{ field: 'level', message: 'must be one of 1, 2' }],
    ],
    [
      'a member of a nested object',
      'nested',
      { user: { name: 'A', address: {} } },
      [{ field: 'user.address.city', message: 'is required' }],
    ],
    [
      'an unknown nested member',
      'nested',
      { user: { name: 'A', address: { city: 'B', street: 'C' } } },
      [{ field: 'user.address.street', message: expect.any(String) }],
    ],
    [
      'a date that is none',
      'dates',
      { at: 'soon', days: [] },
      [{ field: 'at', message: expect.any(String) }],
    ],
    [
      'an item of a list',
      'dates',
      { at: '2026-01-31', days: ['2026-01-05', 5] },
      [{ field: 'days.1', message: expect.any(String) }],
    ],
    [
      'several at once',
      'defaults',
      { count: 'x', active: 'y' },
      [
        { field: 'name', message: 'is required' },
        { field: 'count', message: 'must be a whole number' },
        { field: 'active', message: 'must be true or false' },
      ],
    ],
  ])('%s answers 422 with field and message, and nothing runs (12)', async (_what, name, input, errors) => {
    const count = async () =>
      (await server().db.query<{ n: number }>('select count(*) as n from executions'))[0]?.n
    const before = await count()
    const error = await refusal(server().execute(name, input))
    expect(error).toMatchObject({ status: 422, code: 'validation_failed', details: errors })
    expect(await count()).toBe(before)
    expect((await server().execute('defaults', { name: 'Ada' })).status).toBe('SUCCESS')
  })

  test.each(['toString', 'constructor', '__defineGetter__', 'hasOwnProperty'])(
    'a member called %s is an unknown parameter like any other',
    async (key) => {
      const error = await refusal(server().execute('defaults', { name: 'A', [key]: 1 }))
      expect(error).toMatchObject({ status: 422, details: [{ field: key, message: expect.any(String) }] })
    },
  )

  test('a catch-all gets members called toString and constructor as data', async () => {
    const { result } = await server().execute('catchAll', { name: 'A', toString: 't', constructor: 'c' })
    expect(result).toMatchObject({ rest: { toString: 't', constructor: 'c' } })
  })

  test('code may give its objects members called toString and constructor, as many packages do', async () => {
    const { result } = await server().execute('overrides')
    expect(result).toEqual(['text', 'Own', 7])
  })

  test('a member called __proto__ is refused before anything sees it', async () => {
    const response = await server().fetch('/api/workflows/catchAll/execute', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"input":{"name":"A","__proto__":{"admin":true}}}',
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: 'json_invalid' } })
  })

  test.each(['input', 'array', 'text'])('an input that is no object is refused: %s', async (kind) => {
    const input = { input: 7, array: [1], text: 'x' }[kind]
    const error = await refusal(
      server().api(routes.executeWorkflow, { params: { id: 'echo' }, body: { input: input as never } }),
    )
    expect(error).toMatchObject({ status: 422, details: [{ field: 'input', message: expect.any(String) }] })
  })
})

describe('results', () => {
  const values: [string, unknown, string][] = [
    ['object', { a: 1, z: { b: [1, 2, { c: null }] }, m: 'é' }, 'json'],
    ['object whose keys are not sorted', { b: 1, a: 2, 10: 3, 9: 4 }, 'json'],
    ['list', [1, 'two', false, null], 'json'],
    ['list of objects', [{ a: 1 }, { a: 2 }], 'json'],
    ['empty list', [], 'json'],
    ['empty object', {}, 'json'],
    ['nested list', [[[]], [[1]]], 'json'],
    ['text', 'plain text', 'text'],
    ['empty text', '', 'text'],
    ['html', '<h1>Hello</h1>', 'html'],
    ['html after blanks', '  \n<p>x</p>', 'html'],
    ['number', 4.25, 'json'],
    ['zero', 0, 'json'],
    ['a whole number at the edge', Number.MAX_SAFE_INTEGER, 'json'],
    ['true', true, 'json'],
    ['false', false, 'json'],
    ['null', null, 'json'],
    ['emoji', '👋🏽 "quoted" \\ back', 'text'],
    ['NUL', 'a\u0000b', 'text'],
    ['control characters', '\u0001\u001f\u007f\u2028', 'text'],
    ['a lone surrogate', 'a\ud800b', 'text'],
    ['a key with NUL', { 'a\u0000b': 1 }, 'json'],
  ]
  test.each(values)(
    '%s comes back unchanged, at once and from history (17, 18)',
    async (_what, value, kind) => {
      const answer = await server().execute('echo', { value })
      expect(answer).toMatchObject({ status: 'SUCCESS', error: null })
      expect(answer.result).toEqual(value)
      const stored = await server().api(routes.getExecution, { params: { id: answer.execution_id } })
      expect(stored.result).toEqual(value)
      expect(JSON.stringify(stored.result)).toBe(JSON.stringify(value))
      expect(stored.result_kind).toBe(kind)
      expect(stored.input).toEqual({ value })
    },
  )

  test('nothing returned is null, and a function without async is as good', async () => {
    expect(await server().execute('nothing')).toMatchObject({ status: 'SUCCESS', result: null })
    expect(await server().execute('sync')).toMatchObject({ status: 'SUCCESS', result: 'without a promise' })
  })

  test('a returned failure ends COMPLETED_WITH_ERRORS with its text (16)', async () => {
    const answer = await server().execute('reported')
    expect(answer).toMatchObject({
      status: 'COMPLETED_WITH_ERRORS',
      result: { success: false, error: 'The license server said no.', code: 7 },
      error: { message: 'The license server said no.' },
    })
    expect((await server().execute('reportedBare')).status).toBe('COMPLETED_WITH_ERRORS')
    expect((await server().execute('reportedNested')).status).toBe('SUCCESS')
  })

  test('an exception ends FAILED; its text is for developers, that of a UserError for everybody (16)', async () => {
    expect(await server().execute('thrown')).toMatchObject({
      status: 'FAILED',
      result: null,
      error: { type: 'RangeError', message: 'internal detail' },
    })
    const member = await server().person('member')
    const asMember = (id: string) => member.api(routes.executeWorkflow, { params: { id }, body: {} })
    const hidden = await asMember('thrown')
    expect(hidden.error).toEqual({
      type: 'Error',
      message: 'The workflow failed; an administrator can see why.',
    })
    expect(await asMember('forUser')).toMatchObject({
      status: 'FAILED',
      error: { type: 'UserError', message: 'Order a license first.' },
    })
    const detail = await member.api(routes.getExecution, { params: { id: hidden.execution_id } })
    expect(JSON.stringify(detail)).not.toContain('internal detail')
    expect(detail.error).toMatchObject({ stack: null, source: null })
  })
})

describe('tools and data providers run by the same path', () => {
  test('a tool', async () => {
    const answer = await server().execute('findUser', { email: 'a@example.com' })
    expect(answer).toMatchObject({ status: 'SUCCESS', result: { email: 'a@example.com' } })
    const stored = await server().api(routes.getExecution, { params: { id: answer.execution_id } })
    expect(stored.type).toBe('tool')
  })

  test('a data provider gives options, also from id and name; a row without label fails by its number', async () => {
    expect((await server().execute('departments')).result).toEqual([
      { label: 'Engineering', value: 1 },
      { label: 'Sales', value: 's', metadata: { head: 'Ada' } },
    ])
    expect((await server().execute('empty')).result).toEqual([])
    expect(await server().execute('unlabeled')).toMatchObject({
      status: 'FAILED',
      error: { message: 'Row 0 of the data provider has no label.' },
    })
  })
})

test.each(['toString', 'constructor', '__proto__', 'no such', 'a'.repeat(200), '%00', '..%2f..%2fetc'])(
  'an unknown workflow "%s" answers 404',
  async (name) => {
    const response = await server().fetch(
      `/api/workflows/${name.startsWith('%') || name.startsWith('..') ? name : encodeURIComponent(name)}/execute`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      },
    )
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } })
  },
)

test('a workflow is run by its id as well', async () => {
  const workflow = await server().api(routes.getWorkflow, { params: { id: 'echo' } })
  expect(await server().execute(workflow.id, { value: 1 })).toMatchObject({ result: 1 })
})

test('a thousand calls at once all answer, each with its own result', async () => {
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, n) => server().execute('echo', { value: n })),
  )
  expect(answers.map((answer) => answer.result)).toEqual(Array.from({ length: 1000 }, (_, n) => n))
  expect(new Set(answers.map((answer) => answer.execution_id)).size).toBe(1000)
})
