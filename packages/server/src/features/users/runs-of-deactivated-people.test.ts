import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

// Code that is at work for a deactivated person gets nothing from the platform any more.

const server = useServer({
  files: {
    'work.ts': `import { config, step, waitForEvent, workflow } from 'bifrost'
/** Writes again and again, until it is refused. */
export const keepWriting = workflow(async () => {
  for (let count = 0; ; count++) {
    await config.set('beat', count)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})
/** The same with what every member may do. */
export const keepReading = workflow(async () => {
  for (;;) {
    await config.get('beat')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})
export const later = workflow(async () => {
  await waitForEvent('go')
  return config.get('beat', 'nothing')
})
export const writeLater = workflow(async () => {
  await waitForEvent('go')
  await step.tx('note', async (tx) => void (await tx.insert('notes', { text: 'after' })))
})`,
  },
})

const setActive = ({ id }: TestPerson, isActive: boolean) =>
  server().api(routes.updateUser, { params: { id }, body: { is_active: isActive } })
const begin = async (by: TestPerson, workflow: string) => {
  const { execution_id: id } = await by.api(routes.runWorkflow, { params: { id: workflow }, body: {} })
  await until('it is at work', async () => (await statusOf(by, id)) !== 'PENDING' || null)
  return id
}
const statusOf = async (by: TestPerson, id: string) =>
  (await by.api(routes.getExecution, { params: { id } })).status
/** What a run ends with; null: it succeeds. */
const failureOf = async (by: TestPerson, id: string) => {
  const run = await until('the run ends', async () => {
    const found = await by.api(routes.getExecution, { params: { id } })
    return ['SUCCESS', 'FAILED'].includes(found.status) ? found : null
  })
  return run.error?.message ?? null
}

test('a deactivated person gets nothing in a run that continues, not even what every member gets', async () => {
  const admin = await server().person('org_admin', await server().organization())
  const member = await server().person('member', admin.orgId)
  const id = await begin(member, 'keepReading')
  await setActive(member, false)
  expect(await failureOf(admin, id)).toContain('was deactivated')
})

test('nor in a run that waited meanwhile, unless they are active again', async () => {
  const admin = await server().person('org_admin', await server().organization())
  await admin.api(routes.createTable, { body: { name: 'notes' } })
  const goOn = async (workflow: string, isBack: boolean) => {
    const member = await server().person('member', admin.orgId)
    const id = await begin(member, workflow)
    await until('it waits', async () => (await statusOf(admin, id)) === 'SUSPENDED' || null)
    await setActive(member, false)
    if (isBack) await setActive(member, true)
    await admin.api(routes.emitEvent, { body: { name: 'go' } })
    return failureOf(admin, id)
  }
  expect(await goOn('later', false)).toContain('was deactivated')
  expect(await goOn('later', true)).toBeNull()
  expect(await goOn('writeLater', false)).toContain('was deactivated')
  expect(await goOn('writeLater', true)).toBeNull()
  const notes = await admin.api(routes.queryTable, { params: { table: 'notes' }, body: {} })
  expect(notes.total).toBe(1)
})

test('nor does a run of an organization that is deactivated', async () => {
  const admin = await server().person('org_admin', await server().organization())
  const id = await begin(admin, 'keepWriting')
  await server().api(routes.updateOrganization, { params: { id: admin.orgId }, body: { is_active: false } })
  const [run] = await until('the run ends', async () => {
    const rows = await server().db.query<{ error_message: string }>(
      `select error_message from executions where id = $1 and status = 'FAILED'`,
      [id],
    )
    return rows.length > 0 ? rows : null
  })
  expect(run?.error_message).toContain('is deactivated')
})
