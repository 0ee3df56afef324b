import { request as ask } from 'node:http'
import { pathOf, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer()
let orgId: string
let admin: TestPerson
beforeAll(async () => {
  orgId = await server().organization('Slow uploads')
  admin = await server().person('org_admin', orgId)
})

/** Sends the first half of a file, does something else, and sends the rest. */
function sendWith(
  path: string,
  method: string,
  key: string | null,
  meanwhile: () => Promise<unknown>,
  first = 'half',
  rest = 'half',
) {
  return new Promise<number>((resolve, reject) => {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': first.length + rest.length,
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    }
    const sending = ask(new URL(path, server().url), { method, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sending.on('error', reject)
    sending.write(first, async () => {
      // Who sends it is known by now: a small request of theirs was answered after it.
      await server().fetch('/api/auth/me')
      await meanwhile()
      sending.end(rest)
    })
  })
}
const where = { location: 'uploads' as const }
const isThere = async (path: string) =>
  (await admin.api(routes.fileExists, { body: { path, ...where } })).exists
const deactivate = (id: string) => () =>
  server().api(routes.updateUser, { params: { id }, body: { is_active: false } })

describe('a file that comes while its sender loses the right to', () => {
  test('is not kept', async () => {
    const person = await server().person('developer', orgId)
    const path = pathOf(routes.putFile, {}, { path: 'late.txt', ...where })
    expect(await sendWith(path, 'PUT', person.apiKey, deactivate(person.id))).toBe(403)
    expect(await isThere('late.txt')).toBe(false)
  })

  test('is not kept, either, through an address that a person signed', async () => {
    const person = await server().person('developer', orgId)
    const signed = await person.api(routes.signFile, {
      body: { path: 'signed.txt', ...where, method: 'PUT' },
    })
    const { pathname, search } = new URL(signed.url)
    expect(await sendWith(pathname + search, 'PUT', null, deactivate(person.id))).toBe(403)
    expect(await isThere('signed.txt')).toBe(false)
  })

  test('is not imported into a table', async () => {
    const person = await server().person('developer', orgId)
    await person.api(routes.createTable, { body: { name: 'late' } })
    const path = pathOf(routes.importTable, { table: 'late' }, { format: 'csv', mode: 'insert' })
    expect(await sendWith(path, 'POST', person.apiKey, deactivate(person.id), 'a,b\n', '1,2\n')).toBe(403)
    expect((await admin.api(routes.queryTable, { params: { table: 'late' }, body: {} })).items).toEqual([])
  })

  test('is kept where they still have it', async () => {
    const person = await server().person('developer', orgId)
    const path = pathOf(routes.putFile, {}, { path: 'kept.txt', ...where })
    expect(await sendWith(path, 'PUT', person.apiKey, async () => {})).toBe(200)
    expect(await isThere('kept.txt')).toBe(true)
  })
})
