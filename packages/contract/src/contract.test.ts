import { describe, expect, test } from 'vitest'
import {
  AppError,
  createClient,
  errorCodes,
  executionCan,
  inputChecker,
  isTerminal,
  labelOf,
  nextStatuses,
  type Parameter,
  pathOf,
  permissions,
  permissionsOf,
  roleMay,
  routes,
  statusesFor,
  validationError,
} from './index.ts'

const parameter = (name: string, type: Parameter['type'], more: Partial<Parameter> = {}): Parameter => ({
  name,
  type,
  label: labelOf(name),
  required: true,
  default: null,
  options: null,
  help: null,
  ...more,
})

describe('input', () => {
  const good: [Parameter['type'], unknown[], unknown[]][] = [
    ['string', ['', 'x', '5'], [5, true, null, [], {}]],
    ['integer', [0, -1, 5], [1.5, '5', null, 2 ** 60, Number.NaN]],
    ['number', [0, 1.5, -2], ['1', null, Number.NaN, Number.POSITIVE_INFINITY]],
    ['boolean', [true, false], ['true', 0, null]],
    ['json', [null, 0, '', [], { a: [1] }], [undefined]],
    [
      'datetime',
      ['2026-01-31', '2026-01-31T09:00Z', '2026-01-31T09:00:00.5+01:00'],
      ['soon', '2026-13-45', 5, '', '2026-1-1', '31.01.2026'],
    ],
    [
      'file',
      [{ id: 'a', name: 'b', size: 0, content_type: '' }],
      [{ id: 'a' }, 'a', null, { id: '', name: 'b', size: 1, content_type: '' }],
    ],
    ['list', [[], ['a']], ['a', {}, null, [1]]],
  ]
  test.each(good)('%s takes what it is and nothing that is like it', (type, fits, refused) => {
    const check = inputChecker([parameter('value', type, type === 'list' ? { items: 'string' } : {})])
    for (const value of fits) expect({ value, ...check({ value }) }).toMatchObject({ value, ok: true })
    for (const value of refused) expect({ value, ok: check({ value }).ok }).toEqual({ value, ok: false })
  })

  test('an optional one may be absent or null; a required one may be null only where its type has null', () => {
    const optional = inputChecker([parameter('a', 'string', { required: false })])
    for (const input of [{}, { a: null }, { a: 'x' }]) expect(optional(input).ok).toBe(true)
    expect(inputChecker([parameter('a', 'string')])({ a: null }).ok).toBe(false)
    expect(inputChecker([parameter('a', 'string', { nullable: true })])({ a: null }).ok).toBe(true)
    expect(inputChecker([parameter('a', 'string', { nullable: true })])({}).ok).toBe(false)
  })

  test('options are compared by value and type', () => {
    const check = inputChecker([
      parameter('a', 'integer', {
        options: [
          { label: '1', value: 1 },
          { label: 'none', value: null },
        ],
      }),
    ])
    expect(check({ a: 1 }).ok).toBe(true)
    expect(check({ a: null }).ok).toBe(true)
    for (const a of ['1', 2, true, [1]]) expect(check({ a }).ok).toBe(false)
  })

  test('lists of objects are checked to the last member, and each mistake has its path', () => {
    const check = inputChecker([
      parameter('users', 'list', {
        items: 'object',
        fields: [parameter('name', 'string'), parameter('age', 'integer', { required: false })],
      }),
    ])
    expect(check({ users: [{ name: 'A' }, { name: 'B', age: 3 }] }).ok).toBe(true)
    expect(check({ users: [{ name: 'A' }, { age: 'x' }, { name: 'C', nam: 1 }] })).toEqual({
      ok: false,
      errors: [
        { field: 'users.1.name', message: 'is required' },
        { field: 'users.1.age', message: 'must be a whole number' },
        { field: 'users.2.nam', message: expect.any(String) },
      ],
    })
  })

  test('unknown members are refused, or kept where the function takes them', () => {
    expect(inputChecker([parameter('a', 'string')])({ a: 'x', b: 1 })).toMatchObject({
      ok: false,
      errors: [{ field: 'b' }],
    })
    expect(inputChecker([parameter('a', 'string')], true)({ a: 'x', b: [1] })).toEqual({
      ok: true,
      input: { a: 'x', b: [1] },
    })
    expect(inputChecker([])({ toString: 1 })).toMatchObject({ ok: false, errors: [{ field: 'toString' }] })
  })

  test.each([null, undefined, 5, 'text', [], () => 1])('%s is no input', (input) => {
    expect(inputChecker([])(input)).toMatchObject({ ok: false, errors: [{ field: 'input' }] })
  })

  test('parameters called like members of every object are parameters', () => {
    const check = inputChecker([parameter('constructor', 'string'), parameter('toString', 'integer')])
    expect(check({ constructor: 'a', toString: 1 }).ok).toBe(true)
    expect(check({}).ok).toBe(false)
  })
})

test.each([
  ['user_email', 'User Email'],
  ['firstName', 'First Name'],
  ['api_key', 'Api Key'],
  ['apiURL', 'Api URL'],
  ['HTMLBody', 'HTML Body'],
  ['a', 'A'],
  ['user2Name', 'User2 Name'],
  ['__x__y', 'X Y'],
  ['kebab-case.dot', 'Kebab Case Dot'],
  ['', ''],
])('the label of %s is %s (2)', (name, label) => {
  expect(labelOf(name)).toBe(label)
})

describe('statuses', () => {
  const statuses = Object.keys(nextStatuses) as (keyof typeof nextStatuses)[]

  test('final ones have no successor; every other one can end', () => {
    expect(statuses.filter(isTerminal).sort()).toEqual([
      'CANCELLED',
      'COMPLETED_WITH_ERRORS',
      'FAILED',
      'SUCCESS',
      'TIMEOUT',
    ])
    for (const status of statuses) {
      const reached = new Set([status])
      for (const one of reached) for (const next of nextStatuses[one]) reached.add(next)
      expect([...reached].some(isTerminal)).toBe(true)
    }
  })

  test('what can be cancelled leads to CANCELLED, and what is final can be run again', () => {
    for (const status of statusesFor.cancel) {
      const reached = new Set(nextStatuses[status])
      for (const one of reached) for (const next of nextStatuses[one]) reached.add(next)
      expect(reached).toContain('CANCELLED')
    }
    for (const status of statuses) expect(executionCan('rerun', status)).toBe(isTerminal(status))
  })
})

test('each role has what the one below it has', () => {
  const order = ['member', 'developer', 'org_admin', 'platform_admin'] as const
  for (const [index, role] of order.entries())
    for (const lower of order.slice(0, index))
      for (const permission of permissionsOf[lower]) expect(roleMay(role, permission)).toBe(true)
  expect(permissionsOf.platform_admin).toEqual(permissions)
  for (const role of ['org_admin', 'developer', 'member'] as const)
    expect(roleMay(role, 'code:execute') || roleMay(role, 'platform:admin')).toBe(false)
})

describe('the client', () => {
  const calls: { url: string; init: RequestInit }[] = []
  const answering = (status: number, body: string, apiKey?: string) =>
    createClient({
      baseUrl: 'http://server',
      ...(apiKey ? { apiKey } : {}),
      fetch: async (url, init) => {
        calls.push({ url: String(url), init: init ?? {} })
        return new Response(status === 204 ? null : body, { status })
      },
    })

  test('writes paths, queries and bodies', async () => {
    await answering(
      200,
      '{}',
      'key',
    )(routes.listExecutions, { query: { status: ['FAILED', 'TIMEOUT'], limit: 5 } })
    await answering(200, '{}')(routes.executeWorkflow, { params: { id: 'a b/ö' }, body: { input: { n: 1 } } })
    expect(calls[0]?.url).toBe('http://server/api/executions?status=FAILED&status=TIMEOUT&limit=5')
    expect(calls[0]?.init.headers).toMatchObject({ authorization: 'Bearer key' })
    expect(calls[1]?.url).toBe('http://server/api/workflows/a%20b%2F%C3%B6/execute')
    expect(calls[1]?.init.body).toBe('{"input":{"n":1}}')
    expect(calls[1]?.init.headers).not.toHaveProperty('authorization')
  })

  test('an absent query member is left out, and so is null', () => {
    expect(pathOf(routes.listExecutions, {}, { search: undefined, limit: 1 })).toBe('/api/executions?limit=1')
  })

  test('an error answer becomes an ApiError with code, details and request id', async () => {
    const body = JSON.stringify({
      error: { code: 'not_found', message: 'No.', details: [1], request_id: 'r' },
    })
    await expect(answering(404, body)(routes.getMe)).rejects.toMatchObject({
      name: 'ApiError',
      status: 404,
      code: 'not_found',
      message: 'No.',
      details: [1],
      requestId: 'r',
    })
    for (const odd of ['<html>Bad gateway</html>', '{}', ''])
      await expect(answering(502, odd)(routes.getMe)).rejects.toMatchObject({ status: 502, code: 'internal' })
  })

  test('204 is null', async () => {
    expect(await answering(204, '')(routes.logout)).toBeNull()
  })
})

test('errors: one code, one status; a validation error says the first mistake and how many more', () => {
  for (const { http } of Object.values(errorCodes)) expect(http).toBeGreaterThanOrEqual(400)
  expect(new AppError('not_found', 'No.')).toMatchObject({ code: 'not_found', details: null })
  const error = validationError([
    { field: 'a', message: 'is required' },
    { field: 'b', message: 'is required' },
  ])
  expect(error).toMatchObject({ code: 'validation_failed', message: 'a: is required (and 1 more)' })
  expect(validationError([]).message).toBe('The input is not valid.')
})
