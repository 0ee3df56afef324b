import { type Permission, routes } from '@bifrost/contract'
import { connect, files } from 'bifrost'
import { beforeAll, describe, expect, test } from 'vitest'
import { Browser } from '../../testing/browser.ts'
import { ADMIN, type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'signs.ts': `import { files, workflow } from 'bifrost'
export const signs = workflow(async (method: 'GET' | 'PUT') => {
  await files.write('shared.txt', 'content', { location: 'uploads' })
  return (await files.signedUrl('shared.txt', { location: 'uploads', method })).url
})`,
  },
})

let orgId: string
let admin: TestPerson

beforeAll(async () => {
  orgId = await server().organization('Grants')
  admin = await server().person('org_admin', orgId)
  await admin.api(routes.writeFile, { body: { path: 'shared.txt', content: 'content', location: 'uploads' } })
})

const keyOf = (person: TestPerson, body: { permissions?: Permission[]; expires_in_days?: number } = {}) =>
  person.api(routes.createKey, { body: { name: 'signs', ...body } })
const as =
  (key: string) =>
  (path: string, init: RequestInit = {}) =>
    server().anonymous(path, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } })
type Fetch = (path: string, init?: RequestInit) => Promise<Response>
const sign = async (ask: Fetch, method: 'GET' | 'PUT', seconds = 3600) => {
  const response = await ask('/api/files/signed-url', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ path: 'shared.txt', location: 'uploads', method, expires_in_seconds: seconds }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as { url: string; expires_at: string }
}
const use = async (url: string) => {
  const { pathname, search } = new URL(url)
  const [read, written] = await Promise.all([
    server().anonymous(pathname + search),
    server().anonymous(pathname + search, {
      method: 'PUT',
      body: 'content',
      headers: { 'content-type': 'application/octet-stream' },
    }),
  ])
  return Math.min(read.status, written.status)
}
const setRole = (id: string, role: string) =>
  server().api(routes.updateUser, { params: { id }, body: { role: role as never } })

describe.each(['GET', 'PUT'] as const)(
  'a signed address for %s ends with what it was made with (V11)',
  (method) => {
    test('when its key is revoked', async () => {
      const { key, id } = await keyOf(admin)
      const { url } = await sign(as(key), method)
      expect(await use(url)).toBe(200)
      await admin.api(routes.deleteKey, { params: { id } })
      expect(await use(url)).toBe(403)
    })

    test('when its key expires, which the answer says', async () => {
      const { key, id } = await keyOf(admin, { expires_in_days: 1 })
      const { url, expires_at } = await sign(as(key), method, 7 * 24 * 3600)
      expect(Date.parse(expires_at) - Date.now()).toBeLessThanOrEqual(24 * 3600 * 1000)
      expect(await use(url)).toBe(200)
      await server().db.query(`update api_keys set expires_at = now() - interval '1 second' where id = $1`, [
        id,
      ])
      expect(await use(url)).toBe(403)
    })

    test('when its session ends', async () => {
      const browser = await new Browser(server()).signIn(ADMIN.email, ADMIN.password)
      await browser.api(routes.writeFile, {
        body: { path: 'shared.txt', content: 'content', location: 'uploads' },
      })
      const { url } = await sign((path, init) => browser.fetch(path, init), method)
      expect(await use(url)).toBe(200)
      await browser.api(routes.logout)
      expect(await use(url)).toBe(403)
    })

    test.each(['external', 'member'])('when its person becomes %s', async (role) => {
      const person = await server().person('developer', orgId)
      const { url } = await sign(person.fetch, method)
      expect(await use(url)).toBe(200)
      await setRole(person.id, role)
      expect(await use(url)).toBe(403)
    })

    test('when its person may not act there any more', async () => {
      const ownKey = await server().person('developer')
      const { url } = await sign(
        (path, init) =>
          ownKey.fetch(path, { ...init, headers: { ...(init?.headers as object), 'bifrost-scope': orgId } }),
        method,
      )
      expect(await use(url)).toBe(200)
      await setRole(ownKey.id, 'external')
      expect(await use(url)).toBe(403)
    })

    test('of a run: when its person has a lesser role, and not before', async () => {
      const person = await server().person('developer', orgId)
      const run = async (by: TestPerson) => {
        const { result } = await by.api(routes.executeWorkflow, {
          params: { id: 'signs' },
          body: { input: { method } },
        })
        return result as string
      }
      const url = await run(person)
      expect(await use(url)).toBe(200)
      await setRole(person.id, 'member')
      expect(await use(url)).toBe(403)
      // Code may give files to those who may not read them by themselves.
      expect(await use(await run(person))).toBe(200)
      await server().db.query('update users set is_active = false where id = $1', [person.id])
      expect(await use(await run(admin))).toBe(200)
    })

    test('of a program with a key', async () => {
      const { key, id } = await keyOf(admin, { permissions: ['file:read', 'file:write', 'workflow:write'] })
      connect({ url: server().url, token: key })
      const { url } = await files.signedUrl('shared.txt', { location: 'uploads', method })
      expect(await use(url)).toBe(200)
      await admin.api(routes.deleteKey, { params: { id } })
      expect(await use(url)).toBe(403)
    })
  },
)

test('an address that an older version signed is refused', async () => {
  const { createGrantSigner } = await import('./signed-address.ts')
  const old = {
    method: 'GET',
    orgId,
    userId: admin.id,
    location: 'uploads',
    path: 'shared.txt',
    inline: false,
  }
  const token = createGrantSigner(server().config).sign({ ...old, expires: 9_999_999_999 } as never)
  expect((await server().anonymous(`/api/files/signed?${new URLSearchParams({ token })}`)).status).toBe(403)
})
