import { limits, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { type TestPerson, until, useServer } from '../../testing/server.ts'
import { parseJsonBody } from './json-body.ts'

const server = useServer({
  files: {
    'sleeps.ts': `import { workflow } from 'bifrost'
export const sleeps = workflow({ timeoutSeconds: 3600 }, async () => { await new Promise((r) => setTimeout(r, 600_000)) })
`,
  },
})

const post = (person: TestPerson, path: string, body: string, init: RequestInit = {}) =>
  person.fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body, ...init })

/** Opens streams until one is refused; answers how many were open. */
const held: Response[] = []
async function openStreams(
  person: TestPerson,
  id: string,
  most: number,
  abort: AbortController,
): Promise<number> {
  for (let open = 0; open <= most; open++) {
    const answer = await person.fetch(`/api/executions/${id}/stream`, { signal: abort.signal })
    if (answer.status === 429) {
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(((await answer.json()) as { error: { code: string } }).error.code).toBe('rate_limited')
      return open
    }
    expect(answer.status).toBe(200)
    // An answer that nothing holds is collected, and its stream closed.
    held.push(answer)
  }
  throw new Error(`${most} streams were open and none was refused`)
}

describe('what one organization has under way at once', () => {
  test('streams of one person end at a number, and another person still gets one', async () => {
    const id = await server().run('sleeps')
    const other = await server().person('org_admin')
    const abort = new AbortController()
    expect(await openStreams(server().admin, id, limits.streamsPerPersonMax, abort)).toBe(
      limits.streamsPerPersonMax,
    )
    const answer = await other.fetch(`/api/executions/${id}/stream`, { signal: abort.signal })
    expect(answer.status).toBe(200)
    abort.abort()
    // Those that were closed make room.
    await until('there is room again', async () => {
      const again = new AbortController()
      const { status } = await server().fetch(`/api/executions/${id}/stream`, { signal: again.signal })
      again.abort()
      return status === 200
    })
    await server().api(routes.cancelExecution, { params: { id } })
    await server().ended(id)
  })

  test('large bodies that arrive at once end at their bytes', async () => {
    const abort = new AbortController()
    const size = limits.bodyBytesMax - 1000
    // Bodies that never end: only their length was told.
    const hanging = Array.from({ length: 10 }, () =>
      server()
        .fetch('/api/workflows/sleeps/run', {
          method: 'POST',
          signal: abort.signal,
          headers: { 'content-type': 'application/json' },
          body: new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode('{"input":{"a":"')),
          }),
          duplex: 'half',
        } as RequestInit)
        .then(
          (answer) => answer.status,
          () => 0,
        ),
    )
    expect(size * 10).toBeGreaterThan(limits.bodyBytesAtOnceMax)
    expect(await Promise.race(hanging)).toBe(429)
    // A small request is none of these.
    expect((await post(server().admin, '/api/workflows/nothing/run', '{"input":{}}')).status).toBe(404)
    const other = await server().person('developer', await server().organization('Beta'))
    expect(
      (await post(other, '/api/workflows/nothing/run', `{"input":{"a":"${'x'.repeat(500_000)}"}}`)).status,
    ).toBe(404)
    abort.abort()
    await Promise.all(hanging)
  })
})

describe('bodies', () => {
  test('of routes that take no data are refused earlier, those of input are not', async () => {
    const body = (name: string) => `{"${name}":"${'x'.repeat(2 * limits.smallBodyBytesMax)}"}`
    expect((await post(server().admin, '/api/roles', body('name'))).status).toBe(413)
    expect(
      (await post(server().admin, '/api/workflows/sleeps/execute', `{"input":${body('a')}}`)).status,
    ).toBe(422)
  })

  test('of very many values are refused before they are made', () => {
    const many = `{"a":[${'[],'.repeat(limits.jsonValuesMax)}[]]}`
    expect(() => parseJsonBody(many)).toThrow(/500,000 values/)
    // What stands in a text is none.
    const text = JSON.stringify({ a: ',"\\'.repeat(limits.jsonValuesMax) })
    expect(parseJsonBody(text)).toEqual(JSON.parse(text))
    expect(() => parseJsonBody('{"a":"\\"}')).toThrow(/not valid JSON/)
  })
})
