import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { refused } from '../../testing/refused.ts'
import { type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'open.ts': `import { step, workflow, workflows } from 'bifrost'
export const open = workflow(async () => 'open')
export const narrow = workflow(async () => { await step('once', async () => 1); return 'narrow' })
export const other = workflow(async () => 'other')
export const caller = workflow(async () => workflows.run('narrow', {}))
export const callMany = workflow(async () => workflows.startMany('narrow', [{}, {}]))
export const list = workflow(async () => (await workflows.list()).map((one) => one.name))
export const find = workflow(async (name: string) => (await workflows.get(name))?.name ?? null)`,
    'clock.ts': `import { workflow } from 'bifrost'
export const clock = workflow({ schedule: '0 0 1 1 *' }, async () => 'tick')`,
    'roles.ts': `import { roles, workflow, workflows } from 'bifrost'
export const manage = workflow(async (name: string, userId: string) => {
  const made = await roles.create({ name })
  const target = await workflows.get('open')
  await roles.addMember(made.id, userId)
  await roles.grant(made.id, 'workflow', target!.id)
  const full = await roles.get(made.id)
  const refused = await roles.delete(made.id).then(() => '', (error: Error) => error.message)
  await roles.revoke(made.id, 'workflow', target!.id)
  await roles.removeMember(made.id, userId)
  await roles.update(made.id, { description: 'to be deleted' })
  const listed = (await roles.list()).find((one) => one.id === made.id)
  await roles.delete(made.id)
  return { members: full?.members.length, grants: full?.grants, refused, description: listed?.description, after: (await roles.get(made.id)) ?? null }
})`,
  },
})

const idOf = async (name: string) => (await server().api(routes.getWorkflow, { params: { id: name } })).id
const setAccess = (by: TestPerson, workflow: string, body: Record<string, unknown>) =>
  by.api(routes.setWorkflowAccess, { params: { id: workflow }, body })
const execute = (by: TestPerson, id: string, input = {}) =>
  by.api(routes.executeWorkflow, { params: { id }, body: { input } })

/** A customer with people, one of them in a role. */
async function customer() {
  const orgId = await server().organization(`Contoso ${newId()}`)
  const [admin, developer, member, colleague, external] = await Promise.all(
    (['org_admin', 'developer', 'member', 'member', 'external'] as const).map((role) =>
      server().person(role, orgId),
    ),
  )
  if (!admin || !developer || !member || !colleague || !external) throw new Error('a person is missing')
  const role = await admin.api(routes.createRole, { body: { name: `Night shift ${newId()}` } })
  for (const person of [member, external])
    await admin.api(routes.addRoleMember, { params: { id: role.id, user_id: person.id } })
  return { orgId, admin, developer, member, colleague, external, role }
}

const grant = (by: TestPerson, role: string, workflow: string) =>
  by.api(routes.addRoleGrant, { params: { id: role, kind: 'workflow', resource_id: workflow } })

describe('roles', () => {
  test('have members and grants, and are changed where they belong', async () => {
    const { admin, member, role } = await customer()
    const granted = await grant(admin, role.id, await idOf('open'))
    expect(granted).toMatchObject({
      member_count: 2,
      can_edit: true,
      grants: [{ kind: 'workflow', name: 'open' }],
    })
    const renamed = await admin.api(routes.updateRole, {
      params: { id: role.id },
      body: { name: 'Day shift', description: 'by day' },
    })
    expect(renamed).toMatchObject({ name: 'Day shift', description: 'by day' })
    const user = await admin.api(routes.getUser, { params: { id: member.id } })
    expect(user.roles).toEqual([{ id: role.id, name: 'Day shift' }])
    const left = await admin.api(routes.removeRoleMember, { params: { id: role.id, user_id: member.id } })
    expect(left.members.map(({ id }) => id)).not.toContain(member.id)
    await expect(admin.api(routes.createRole, { body: { name: 'DAY shift' } })).rejects.toMatchObject({
      status: 409,
    })
  })

  test('one that opens the way to something is not deleted, and says to what', async () => {
    const { admin, role } = await customer()
    const id = await idOf('open')
    await grant(admin, role.id, id)
    await expect(admin.api(routes.deleteRole, { params: { id: role.id } })).rejects.toMatchObject({
      status: 409,
      details: { used_by: [{ what: 'workflow', id, name: 'open' }] },
    })
    await admin.api(routes.removeRoleGrant, {
      params: { id: role.id, kind: 'workflow', resource_id: id },
    })
    await admin.api(routes.deleteRole, { params: { id: role.id } })
    await expect(admin.api(routes.getRole, { params: { id: role.id } })).rejects.toMatchObject({
      status: 404,
    })
  })

  test('of another organization are not there, nor are its people', async () => {
    const ours = await customer()
    const theirs = await customer()
    const params = { id: theirs.role.id }
    const open = await idOf('open')
    await refused(404, [
      ours.admin.api(routes.getRole, { params }),
      ours.admin.api(routes.updateRole, { params, body: { name: 'Mine' } }),
      ours.admin.api(routes.deleteRole, { params }),
      ours.admin.api(routes.addRoleMember, { params: { ...params, user_id: ours.member.id } }),
      ours.admin.api(routes.addRoleMember, { params: { id: ours.role.id, user_id: theirs.member.id } }),
      grant(ours.admin, theirs.role.id, open),
      grant(ours.admin, ours.role.id, newId()),
    ])
    const { items } = await ours.admin.api(routes.listRoles)
    expect(items.map(({ id }) => id)).toEqual([ours.role.id])
    // A platform administrator does not mix them either.
    await refused(404, [
      server().api(routes.addRoleMember, { params: { id: ours.role.id, user_id: theirs.member.id } }),
    ])
  })

  test('global ones have members of every organization, who are each shown at home alone', async () => {
    const ours = await customer()
    const theirs = await customer()
    const made = await server().fetch('/api/roles', {
      method: 'POST',
      headers: { 'bifrost-scope': 'global', 'content-type': 'application/json' },
      body: JSON.stringify({ name: `Everywhere ${newId()}` }),
    })
    const { id } = (await made.json()) as { id: string }
    expect(made.status).toBe(201)
    const mine = await ours.admin.api(routes.addRoleMember, { params: { id, user_id: ours.member.id } })
    expect(mine).toMatchObject({ organization: null, can_edit: false })
    const seen = await theirs.admin.api(routes.addRoleMember, { params: { id, user_id: theirs.member.id } })
    expect(seen.members.map((one) => one.id)).toEqual([theirs.member.id])
    const open = await idOf('open')
    await refused(403, [
      ours.admin.api(routes.updateRole, { params: { id }, body: { name: 'Ours' } }),
      ours.admin.api(routes.deleteRole, { params: { id } }),
      grant(ours.admin, id, open),
    ])
  })

  test.each(['developer', 'member', 'external'] as const)('%s changes none', async (name) => {
    const people = await customer()
    const person = people[name]
    const { id } = people.role
    const narrow = await idOf('narrow')
    await refused(403, [
      person.api(routes.createRole, { body: { name: 'Mine' } }),
      person.api(routes.updateRole, { params: { id }, body: { name: 'Mine' } }),
      person.api(routes.deleteRole, { params: { id } }),
      person.api(routes.addRoleMember, { params: { id, user_id: person.id } }),
      person.api(routes.removeRoleMember, { params: { id, user_id: person.id } }),
      grant(person, id, narrow),
      setAccess(person, 'open', { access: 'role_based' }),
    ])
  })
})

describe('who may use a workflow', () => {
  test('an unknown level is refused, and so is an unknown role (71)', async () => {
    await expect(setAccess(server().admin, 'open', { access: 'public' })).rejects.toMatchObject({
      status: 422,
    })
    await expect(setAccess(server().admin, 'open', { role_ids: [newId()] })).rejects.toMatchObject({
      status: 404,
    })
    const { admin } = await customer()
    const theirs = await customer()
    await refused(404, [setAccess(admin, 'open', { role_ids: [theirs.role.id] })])
    await refused(403, [setAccess(admin, 'open', { access: 'role_based' })])
  })

  test('a change of one leaves the other alone', async () => {
    const { admin, role } = await customer()
    await setAccess(server().admin, 'other', { access: 'role_based' })
    expect(await setAccess(admin, 'other', { role_ids: [role.id] })).toEqual({
      access: 'role_based',
      roles: [{ id: role.id, name: role.name }],
    })
    expect((await setAccess(admin, 'other', {})).roles).toHaveLength(1)
    expect((await admin.api(routes.getWorkflowAccess, { params: { id: 'other' } })).roles).toHaveLength(1)
    expect((await setAccess(admin, 'other', { role_ids: [] })).roles).toEqual([])
  })

  test('one that goes by role is there for its members and for those who build, and for no one else (58)', async () => {
    const { admin, developer, member, colleague, role } = await customer()
    await setAccess(server().admin, 'narrow', { access: 'role_based' })
    const narrow = await idOf('narrow')
    for (const person of [member, colleague]) {
      await refused(404, [
        person.api(routes.getWorkflow, { params: { id: 'narrow' } }),
        person.api(routes.getWorkflowAccess, { params: { id: 'narrow' } }),
        person.api(routes.runWorkflow, { params: { id: 'narrow' }, body: {} }),
        execute(person, 'narrow'),
        execute(person, narrow),
      ])
      const { items } = await person.api(routes.listWorkflows, { query: {} })
      const names = items.map(({ name }) => name)
      expect(names).toContain('open')
      expect(names).not.toContain('narrow')
    }
    await grant(admin, role.id, await idOf('narrow'))
    expect(await execute(member, 'narrow')).toMatchObject({ result: 'narrow' })
    await refused(404, [execute(colleague, 'narrow')])
    for (const person of [admin, developer])
      expect(await execute(person, 'narrow')).toMatchObject({ status: 'SUCCESS' })
    await setAccess(server().admin, 'narrow', { access: 'authenticated' })
    expect(await execute(colleague, 'narrow')).toMatchObject({ status: 'SUCCESS' })
  })

  test('nor through code, a rerun or a fork', async () => {
    const { member, colleague, admin, role } = await customer()
    const run = await execute(colleague, 'narrow')
    await setAccess(server().admin, 'narrow', { access: 'role_based' })
    await grant(admin, role.id, await idOf('narrow'))
    expect((await execute(member, 'caller')).result).toBe('narrow')
    for (const name of ['caller', 'callMany'])
      expect(await execute(colleague, name)).toMatchObject({ status: 'FAILED' })
    expect((await execute(colleague, 'list')).result).not.toContain('narrow')
    expect((await execute(member, 'list')).result).toContain('narrow')
    expect((await execute(colleague, 'find', { name: 'narrow' })).result).toBeNull()
    await refused(404, [
      colleague.api(routes.rerunExecution, { params: { id: run.execution_id }, body: {} }),
      colleague.api(routes.forkExecution, {
        params: { id: run.execution_id },
        body: { from_step: 'once#1' },
      }),
    ])
    // The run itself stays theirs to look at.
    expect((await colleague.api(routes.getExecution, { params: { id: run.execution_id } })).result).toBe(
      'narrow',
    )
    await setAccess(server().admin, 'narrow', { access: 'authenticated' })
  })

  test('a schedule that a person made stops when they lose the right; one that the file declares continues', async () => {
    const { developer, admin, orgId } = await customer()
    await setAccess(server().admin, 'narrow', { access: 'role_based' })
    const { id } = await developer.api(routes.createSchedule, {
      body: { workflow: 'narrow', cron: '0 0 1 1 *', timezone: 'UTC' },
    })
    const fire = (schedule: string) =>
      server().db.query(`update schedules set next_at = now() - interval '1 second' where id = $1`, [
        schedule,
      ])
    const lastFireTime = async (schedule: string) => {
      const [fireTime] = await server().db.query<{ status: string; reason: string | null }>(
        'select status, reason from schedule_fire_times where schedule_id = $1 order by fire_time desc limit 1',
        [schedule],
      )
      return fireTime
    }
    await admin.api(routes.updateUser, { params: { id: developer.id }, body: { role: 'member' } })
    await fire(id)
    await expect
      .poll(() => lastFireTime(id), { timeout: 10_000 })
      .toMatchObject({ status: 'skipped', reason: expect.stringContaining('There is no workflow') })
    await setAccess(server().admin, 'clock', { access: 'role_based' })
    const [declared] = await server().db.query<{ id: string }>(
      `select s.id from schedules s join workflows w on w.id = s.workflow_id where w.name = 'clock'`,
    )
    await fire(declared?.id ?? '')
    await expect
      .poll(() => lastFireTime(declared?.id ?? ''), { timeout: 10_000 })
      .toMatchObject({ status: 'started' })
    await server().api(routes.updateOrganization, { params: { id: orgId }, body: { is_active: false } })
    await setAccess(server().admin, 'narrow', { access: 'authenticated' })
    await server().db.query('delete from schedule_fire_times where schedule_id = $1', [id])
    await fire(id)
    await expect
      .poll(() => lastFireTime(id), { timeout: 10_000 })
      .toMatchObject({ status: 'skipped', reason: expect.stringContaining('deactivated') })
  })
})

describe('people from outside', () => {
  test('see and run only what a role of theirs was granted', async () => {
    const { admin, external, role } = await customer()
    expect((await external.api(routes.listWorkflows, { query: {} })).items).toEqual([])
    await refused(404, [
      external.api(routes.getWorkflow, { params: { id: 'open' } }),
      execute(external, 'open'),
      external.api(routes.runWorkflow, { params: { id: 'open' }, body: {} }),
    ])
    await grant(admin, role.id, await idOf('open'))
    const { items, problems } = await external.api(routes.listWorkflows, { query: {} })
    expect(items.map(({ name }) => name)).toEqual(['open'])
    expect(problems).toEqual([])
    expect(await execute(external, 'open')).toMatchObject({ result: 'open' })
    await admin.api(routes.removeRoleMember, { params: { id: role.id, user_id: external.id } })
    await refused(404, [execute(external, 'open')])
  })

  test('see only their own runs', async () => {
    const { admin, external, role, member } = await customer()
    await grant(admin, role.id, await idOf('open'))
    const theirs = await execute(external, 'open')
    const others = await execute(member, 'open')
    const { items } = await external.api(routes.listExecutions, { query: {} })
    expect(items.map(({ id }) => id)).toEqual([theirs.execution_id])
    const params = { id: others.execution_id }
    await refused(404, [
      external.api(routes.getExecution, { params }),
      external.api(routes.getExecutionResult, { params }),
      external.api(routes.getExecutionLogs, { params, query: {} }),
      external.api(routes.cancelExecution, { params }),
    ])
    // Nor does the list of workflows tell of them.
    const listed = await external.api(routes.listWorkflows, { query: {} })
    expect(listed.items[0]?.last_execution?.id).toBe(theirs.execution_id)
  })
})

describe('roles in code', () => {
  test('are managed with the rights of who started the run', async () => {
    const { admin, member, developer } = await customer()
    const answer = await execute(admin, 'manage', { name: `Made ${newId()}`, userId: member.id })
    expect(answer).toMatchObject({
      status: 'SUCCESS',
      result: {
        members: 1,
        grants: [{ kind: 'workflow', name: 'open' }],
        refused: expect.stringContaining('workflow open'),
        description: 'to be deleted',
        after: null,
      },
    })
    expect(await execute(developer, 'manage', { name: 'No', userId: member.id })).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('role:write') },
    })
  })
})

test('who changed what is in the log', async () => {
  const { admin, orgId, role } = await customer()
  await grant(admin, role.id, await idOf('open'))
  const rows = await server().db.query<{ action: string }>(
    'select action from audit_log where org_id = $1 and target_id = $2 order by id',
    [orgId, role.id],
  )
  expect(rows.map(({ action }) => action)).toEqual([
    'role.create',
    'role.add_member',
    'role.add_member',
    'role.grant',
  ])
})
