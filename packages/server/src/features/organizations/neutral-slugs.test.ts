import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const server = useServer({})

test('the short name of an organization below a customer does not tell which names others have (V16)', async () => {
  const parent = await server().organization('Parent')
  const admin = await server().person('org_admin', parent)
  await server().organization('Taken elsewhere')
  const slugOf = async (name: string) => {
    const { id } = await admin.api(routes.createOrganization, { body: { name, parent_id: parent } })
    const [row] = await server().db.query<{ slug: string }>('select slug from organizations where id = $1', [
      id,
    ])
    return row?.slug ?? ''
  }
  expect(await slugOf('Taken elsewhere')).toMatch(/^taken-elsewhere-[0-9a-f]{8}$/)
  expect(await slugOf('Free')).toMatch(/^free-[0-9a-f]{8}$/)
  // Those that the provider makes keep their plain name.
  const [top] = await server().db.query<{ slug: string }>('select slug from organizations where id = $1', [
    parent,
  ])
  expect(top?.slug).toBe('parent')
})
