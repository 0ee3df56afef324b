import { describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const server = useServer({
  files: { 'hello.ts': `import { workflow } from 'bifrost'\nexport const hello = workflow(async () => 1)\n` },
})

const cases: [method: string, path: string, body: unknown, field: string, message: string][] = [
  ['GET', '/api/executions?since=yesterday', null, 'since', 'must be a time such as 2026-01-31T12:00:00Z'],
  [
    'GET',
    '/api/executions?column=nothing',
    null,
    'column.0',
    'must be a column and its value, such as Claim=4711',
  ],
  ['GET', '/api/executions?limit=many', null, 'limit', 'must be a whole number'],
  ['GET', '/api/executions?limit=0', null, 'limit', 'must be at least 1'],
  ['GET', '/api/executions?limit=5000', null, 'limit', 'must be at most 200'],
  ['POST', '/api/workflows', { name: 'not a name' }, 'name', 'must be a name that code can have'],
  ['POST', '/api/events', { name: 'a b' }, 'name', 'may have letters, digits and . _ - : /'],
  ['POST', '/api/events', { name: '' }, 'name', 'must not be empty'],
  ['POST', '/api/events', { name: 5 }, 'name', 'must be text'],
  ['PUT', '/api/config/a%20b', { value: 1 }, 'key', 'may have letters, digits and . _ - /'],
  ['POST', '/api/files/search', { query: 'x'.repeat(300) }, 'query', 'must have at most 200 characters'],
  ['POST', '/api/endpoint-keys', { name: 'x', expires_in_days: 0 }, 'expires_in_days', 'must be at least 1'],
  ['POST', '/api/files/list', { recursive: 'yes' }, 'recursive', 'must be true or false'],
]

describe('what is wrong with a request is said in words', () => {
  test.each(cases)('%s %s %j', async (method, path, body, field, message) => {
    const response = await server().fetch(path, {
      method,
      ...(body === null
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    expect(response.status).toBe(422)
    const { error } = (await response.json()) as { error: { details: { field: string; message: string }[] } }
    expect(error.details).toContainEqual({ field, message })
    expect(JSON.stringify(error)).not.toMatch(/\^|\\\\|NOT|constant|pattern/)
  })
})
