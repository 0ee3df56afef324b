import { describe, expect, test } from 'vitest'
import type { Engine } from '../../engine/types.ts'
import type { Database } from '../../platform/database.ts'
import { createNotifier } from '../../platform/notify.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { createUsableWorkflows } from './access.ts'
import { createExecutor } from './execute.ts'
import type { RunStarter } from './start-run.ts'

// What each start costs before anything runs.

test('a call that waits for its run looks the workflow up once', async () => {
  let lookups = 0
  const lookUp = async () => {
    lookups++
    return { row: { id: 'a', definition: { type: 'workflow' } }, codeVersion: 'v1', durable: false }
  }
  const accepted = new Error('accepted')
  const accept = async () => {
    throw accepted
  }
  const starter = { runnable: lookUp, startRunnable: accept, start: () => lookUp().then(accept) }
  const executor = createExecutor({} as Engine, starter as unknown as RunStarter)
  const request = { input: {}, trigger: 'api' } as const
  await expect(executor.execute({} as OrgScope, 'a', request, {} as never)).rejects.toBe(accepted)
  expect(lookups).toBe(1)
})

describe('grants are read only where one is needed', () => {
  /** Of three workflows one is for people of roles, and one of those was granted. */
  function usable() {
    let grantReads = 0
    const query = async (text: string) => {
      if (text.includes(`access = 'role_based'`)) return [{ id: 'narrow' }, { id: 'granted' }]
      grantReads++
      return [{ resource_id: 'granted' }]
    }
    const rows = ['open', 'narrow', 'granted'].map((id) => ({ id }))
    const workflows = createUsableWorkflows({
      db: { query, as: () => ({ query }) } as unknown as Database,
      notifier: createNotifier(),
      workspace: { list: () => rows, ready: async () => {} } as never,
      rolesGranting: async () => [],
    })
    return { workflows, grantReads: () => grantReads }
  }
  const person = (role: OrgScope['role']) => ({ role, userId: 'ada' }) as OrgScope
  const start = (id: string) => ({ id, name: id })

  test('a member starts what is open to everybody', async () => {
    const { workflows, grantReads } = usable()
    await workflows.requireUsable(person('member'), start('open'))
    expect(grantReads()).toBe(0)
    await workflows.requireUsable(person('member'), start('granted'))
    expect(grantReads()).toBe(1)
    await expect(workflows.requireUsable(person('member'), start('narrow'))).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test('people from outside need a grant for each, and those who build need none', async () => {
    const { workflows, grantReads } = usable()
    const names = async (role: OrgScope['role']) =>
      (await workflows.list(person(role))).map((row: { id: string }) => row.id)
    expect(await names('developer')).toEqual(['open', 'narrow', 'granted'])
    expect(grantReads()).toBe(0)
    expect(await names('external')).toEqual(['granted'])
    expect(await names('member')).toEqual(['open', 'granted'])
  })
})
