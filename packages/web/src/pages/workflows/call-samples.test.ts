import { execFileSync } from 'node:child_process'
import { inputChecker, type Parameter } from '@bifrost/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  cliSample,
  curlSample,
  emitSample,
  endpointSample,
  importSample,
  sampleInput,
  shellWord,
} from './call-samples.ts'

const parameter = (name: string, type: Parameter['type'], more: Partial<Parameter> = {}): Parameter => ({
  name,
  type,
  label: name,
  required: true,
  default: null,
  options: null,
  help: null,
  ...more,
})

test('the sample fits the parameters', () => {
  const parameters = [
    parameter('email', 'string'),
    parameter('count', 'integer'),
    parameter('when', 'datetime'),
    parameter('file', 'file'),
    parameter('level', 'integer', { options: [{ label: 'High', value: 3 }] }),
    parameter('people', 'list', { items: 'object', fields: [parameter('name', 'string')] }),
    parameter('tags', 'list', { items: 'string' }),
    parameter('matrix', 'list', { items: 'list' }),
    parameter('owner', 'object', { fields: [parameter('active', 'boolean')] }),
    parameter('pages', 'integer', { required: false, default: 40 }),
    parameter('note', 'string', { required: false }),
  ]
  const sample = sampleInput(parameters)
  expect(inputChecker(parameters)(sample)).toMatchObject({ ok: true })
  expect(sample).toMatchObject({ email: 'ada@example.com', level: 3, pages: 40 })
  expect(sample).not.toHaveProperty('note')
})

test('a shell gives back every word as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (word) => {
      fc.pre(!word.includes('\0'))
      const said = execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' })
      expect(said).toBe(word)
    }),
    { numRuns: 25 },
  )
})

test('the samples name the workflow and carry the input', () => {
  expect(curlSample('http://localhost:3000', 'greet', 'run', { input: { name: "O'Hara" } })).toContain(
    `http://localhost:3000/api/workflows/greet/run`,
  )
  expect(cliSample('greet', { name: "O'Hara", tags: ['a'] })).toBe(
    `bifrost run greet \\\n  --name 'O'\\''Hara' \\\n  --tags '["a"]'`,
  )
})

test('the event of the sample says what the workflow takes of it', () => {
  const parameters = [parameter('orderId', 'string'), parameter('total', 'number')]
  const payloadOf = (map: 'code' | Record<string, string> | null) =>
    JSON.parse(
      /-d '(.*)'$/s.exec(
        emitSample('http://x', { start_on: { event: 'order.paid', map }, parameters }),
      )?.[1] ?? '',
    )
  expect(payloadOf(null)).toEqual({ name: 'order.paid', payload: { orderId: 'text', total: 1.5 } })
  expect(payloadOf({ orderId: 'payload.order.id', total: 'payload.order.total', at: 'emittedAt' })).toEqual({
    name: 'order.paid',
    payload: { order: { id: 'text', total: 1.5 } },
  })
  expect(payloadOf('code').payload).toEqual({})
})

test('a call of an endpoint shows its first method: with a body, or with a query', () => {
  const workflow = { name: 'parcel days', allowed_methods: ['GET', 'POST'], public_endpoint: false }
  const get = endpointSample('http://x', workflow, { country: 'NO', pieces: 2 })
  expect(get).toContain('"http://x/api/endpoints/parcel%20days?country=NO&pieces=2"')
  expect(get).toContain('X-Bifrost-Key: $BIFROST_ENDPOINT_KEY')
  const post = endpointSample(
    'http://x',
    { ...workflow, allowed_methods: ['PUT'], public_endpoint: true },
    { a: 1 },
  )
  expect(post).toContain('curl -X PUT http://x/api/endpoints/parcel%20days')
  expect(post).toContain('"a": 1')
  expect(post).not.toContain('X-Bifrost-Key')
})

test('another workflow imports it in its own language', () => {
  expect(importSample('greet', 'flows/greet.ts')).toBe("import { greet } from './flows/greet.ts'")
  expect(importSample('greet', 'flows/greet.py')).toBe('from flows.greet import greet')
  expect(importSample('greet', 'my-flows/greet.py')).toContain(
    'importlib.import_module("my-flows.greet").greet',
  )
})
