import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'organizations/acme/tries.ts': `import { organizations, users, workflow } from 'bifrost'
const attempt = (work: Promise<unknown>) => work.then(() => 'done', (error: Error) => error.message)
export const tries = workflow(async (other: string, person: string) => ({
  seen: (await organizations.list()).map((organization) => organization.name).sort(),
  other: (await organizations.get(other))?.name ?? null,
  person: (await users.get(person))?.name ?? null,
  renamed: await attempt(organizations.update(other, { name: 'Taken' })),
  deactivated: await attempt(organizations.update(other, { isActive: false })),
  atTheTop: await attempt(organizations.create('Theirs', { parentId: null })),
  below: (await organizations.create('Branch ' + other)).parentId,
}))`,
  },
})

test("an organization's code reaches itself and what is below, also when an administrator of the platform looks in", async () => {
  const acme = await server().organization('Acme')
  const other = await server().organization('Other')
  const person = await server().person('member', other)
  const input = { other, person: person.id }
  const started = await server().fetch('/api/workflows/tries/execute', {
    method: 'POST',
    headers: { 'bifrost-scope': acme, 'content-type': 'application/json' },
    body: JSON.stringify({ input }),
  })
  expect(await started.json()).toMatchObject({
    status: 'SUCCESS',
    result: {
      seen: ['Acme'],
      other: null,
      person: null,
      renamed: 'There is no such organization.',
      deactivated: 'There is no such organization.',
      atTheTop: expect.stringContaining('Only people of the provider'),
      below: acme,
    },
  })
  const { name, is_active } = await server().api(routes.getOrganization, { params: { id: other } })
  expect({ name, is_active }).toEqual({ name: 'Other', is_active: true })
})

test('of an organization below, it does not reach the one above', async () => {
  const parent = await server().organization(`Above ${newId()}`)
  const [acme] = await server().db.query<{ id: string }>(
    `update organizations set parent_id = $1, path = array[id, $1::uuid] where slug = 'acme' returning id`,
    [parent],
  )
  const admin = await server().person('org_admin', parent)
  const started = await admin.fetch('/api/workflows/tries/execute', {
    method: 'POST',
    headers: { 'bifrost-scope': acme?.id ?? '', 'content-type': 'application/json' },
    body: JSON.stringify({ input: { other: parent, person: admin.id } }),
  })
  expect(await started.json()).toMatchObject({
    status: 'SUCCESS',
    result: { other: null, person: null, renamed: 'There is no such organization.', below: acme?.id },
  })
})
