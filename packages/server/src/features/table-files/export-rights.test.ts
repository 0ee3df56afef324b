import { limits, routes, type TableWrite } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { scopeOf } from '../../tenancy/scope-of.ts'
import { useServer } from '../../testing/server.ts'
import { createRows } from '../rows/rows.ts'
import { createTransfers } from './transfers.ts'

const server = useServer()

test('an export under way ends when the person who asked for it is deactivated', async () => {
  const orgId = await server().organization('Exports')
  const admin = await server().person('org_admin', orgId)
  const reader = await server().person('developer', orgId)
  await admin.api(routes.createTable, { body: { name: 'long' } })
  const store = createRows(server().db)
  const scope = await scopeOf(server().db.query, orgId, reader.id)
  if (!scope) throw new Error('There is the organization.')
  const rows = Array.from(
    { length: limits.tableQueryRowsMax + 1 },
    (_, n): TableWrite => ({ kind: 'insert', table: 'long', id: `row-${n}`, data: { n } }),
  )
  while (rows.length > 0) await store.write(scope, rows.splice(0, limits.tableWritesMax))

  const file = await createTransfers(server().db, store).exportFile(scope, 'long', 'csv', {})
  const parts = file[Symbol.asyncIterator]()
  let text = ''
  while (!text.includes('row-0')) text += (await parts.next()).value
  await admin.api(routes.updateUser, { params: { id: reader.id }, body: { is_active: false } })
  await expect(parts.next()).rejects.toMatchObject({ code: 'forbidden' })
})
