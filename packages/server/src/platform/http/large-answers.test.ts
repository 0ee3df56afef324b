import { connect, type Socket } from 'node:net'
import { limits, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

// What an answer holds in memory, and how many of them one organization has under way: their size is the choice of a caller.
const MB = 1024 * 1024
const server = useServer({
  files: {
    'large.ts': `import { workflow } from 'bifrost'
export const largeLog = workflow(async () => { for (let n = 0; n < 700; n++) console.log('x'.repeat(16_000)) })
`,
  },
})

async function runOf(name: string): Promise<string> {
  const id = await server().run(name)
  expect((await server().ended(id, 50_000)).status).toBe('SUCCESS')
  return id
}

describe('a page ends where it would be too large', () => {
  test('log lines', async () => {
    const params = { id: await runOf('largeLog') }
    const seen: number[] = []
    let after: number | null = 0
    let pages = 0
    while (after !== null) {
      const query: { after: number; limit: number } = { after, limit: 10_000 }
      const page: { items: { seq: number }[]; next_after: number | null } = await server().api(
        routes.getExecutionLogs,
        { params, query },
      )
      seen.push(...page.items.map(({ seq }) => seq))
      after = page.next_after
      pages++
    }
    expect(seen).toEqual(Array.from({ length: 700 }, (_, n) => n + 1))
    expect(pages).toBe(2)
  })

  test('a stream gives all lines, also to who takes them slowly', async () => {
    const id = await runOf('largeLog')
    const response = await server().fetch(`/api/executions/${id}/stream`)
    const text = await response.text()
    expect(text.match(/^event: log$/gm)).toHaveLength(700)
    expect(text).toContain('event: end')
  })
})

describe('what one statement brings', () => {
  test('rows that are too large together are refused, and the next question is answered', async () => {
    const person = await server().person('org_admin', await server().organization('Large rows'))
    await person.api(routes.createTable, { body: { name: 'large' } })
    const params = { table: 'large' }
    const rows = Array.from({ length: 9 }, () => ({ data: { text: 'x'.repeat(1_000_000) } }))
    for (let count = 0; count < 4; count++)
      await person.api(routes.writeTableRows, { params, body: { rows } })
    const refused = person.api(routes.queryTable, { params, body: { limit: 1000 } })
    await expect(refused).rejects.toMatchObject({ status: 413, message: expect.stringContaining('"limit"') })
    const { items } = await person.api(routes.queryTable, { params, body: { limit: 5 } })
    expect(items).toHaveLength(5)
  })

  test('a file is read whole up to the size of a body, and downloaded beyond', async () => {
    const path = 'large.txt'
    const query = new URLSearchParams({ path, location: 'temp' })
    const put = await server().fetch(`/api/files/content?${query}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body: 'x'.repeat(limits.bodyBytesMax + 1),
    })
    expect(put.status).toBe(200)
    const read = server().api(routes.readFile, { body: { path, location: 'temp' } })
    await expect(read).rejects.toMatchObject({ status: 413, message: expect.stringContaining('download') })
    const file = await server().fetch(`/api/files/download?${query}`)
    expect((await file.text()).length).toBe(limits.bodyBytesMax + 1)
  })
})

describe('answers that are not read', () => {
  /** Asks, and does not read; answers the socket. */
  function askOnly(person: TestPerson, path: string): Promise<Socket> {
    const { hostname, port } = new URL(server().url)
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        socket.pause()
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${person.apiKey}\r\n\r\n`,
        )
        resolve(socket)
      })
      socket.on('error', reject)
    })
  }

  test('are held up to a number of bytes; others get theirs, and closing them makes room', async () => {
    const id = await runOf('largeLog')
    const path = `/api/executions/${id}/logs?limit=500`
    const other = await server().person('developer', await server().organization('Other'))
    const status = async () => {
      const answer = await server().fetch(path)
      await answer.text()
      return answer.status
    }
    const sockets: Socket[] = []
    await until(
      'one is refused',
      async () => {
        sockets.push(await askOnly(server().admin, path))
        return sockets.length > 10 && (await status()) === 429
      },
      60_000,
    )
    expect(sockets.length * 8 * MB).toBeLessThan(2 * limits.answerBytesAtOnceMax)
    expect((await other.fetch('/api/executions')).status).toBe(200)
    expect((await server().fetch('/api/auth/me')).status).toBe(200)
    for (const socket of sockets) socket.destroy()
    await until('there is room again', async () => (await status()) === 200)
  })
})
