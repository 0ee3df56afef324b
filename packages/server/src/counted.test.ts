import { type ApiError, limits, routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { type TestPerson, useServer } from './testing/server.ts'

// Of whatever people can make one after the other, an organization has only so many, however many are made at once.

const server = useServer({
  files: {
    'greet.ts': `import { cursor, workflow } from 'bifrost'
export const greet = workflow({ endpointEnabled: true }, async (name: string) => name)
export const read = workflow(async (count: number) => {
  const sets = Array.from({ length: count }, (_, n) => cursor<number>('page ' + n).set(n))
  return (await Promise.allSettled(sets)).map((one) => one.status === 'fulfilled' ? null : one.reason.message)
})`,
  },
})

/** More than fit, and few enough that each of them has a place among the requests of one organization. */
const ASKED = 12
const ROOM = 3

interface Case {
  limit: keyof typeof limits
  /** What is there before the test makes any. */
  before?: number
  /** Whatever must be there first; answers what makes the nth one. */
  prepare(admin: TestPerson): Promise<(n: number) => Promise<unknown>> | ((n: number) => Promise<unknown>)
}

const form = (n: number) => ({
  name: `Form ${n}`,
  workflow: 'greet',
  fields: [{ name: 'name', type: 'text' as const, label: 'Name' }],
})

const cases: Record<string, Case> = {
  schedules: {
    limit: 'schedulesMax',
    prepare:
      ({ api }) =>
      () =>
        api(routes.createSchedule, {
          body: { workflow: 'greet', cron: '0 9 * * *', input: { name: 'Ada' } },
        }),
  },
  tables: {
    limit: 'tablesMax',
    prepare:
      ({ api }) =>
      (n) =>
        api(routes.createTable, { body: { name: `table_${n}` } }),
  },
  'configuration values': {
    limit: 'configEntriesMax',
    prepare:
      ({ api }) =>
      (n) =>
        api(routes.setConfig, { params: { key: `key_${n}` }, body: { value: n } }),
  },
  forms: {
    limit: 'formsMax',
    prepare:
      ({ api }) =>
      (n) =>
        api(routes.createForm, { body: form(n) }),
  },
  'links of a form': {
    limit: 'formLinksMax',
    prepare: async ({ api }) => {
      const { id } = await api(routes.createForm, { body: form(0) })
      return () => api(routes.createFormLink, { params: { id }, body: {} })
    },
  },
  roles: {
    limit: 'rolesMax',
    prepare:
      ({ api }) =>
      (n) =>
        api(routes.createRole, { body: { name: `Role ${n}` } }),
  },
  'grants to roles': {
    limit: 'roleGrantsMax',
    prepare: async ({ api }) => {
      const { id: workflow } = await api(routes.getWorkflow, { params: { id: 'greet' } })
      const roles = await Promise.all(
        Array.from({ length: ASKED }, (_, n) => api(routes.createRole, { body: { name: `Role ${n}` } })),
      )
      return (n) =>
        api(routes.addRoleGrant, {
          params: { id: roles[n]?.id ?? '', kind: 'workflow', resource_id: workflow },
        })
    },
  },
  integrations: {
    limit: 'integrationsMax',
    prepare:
      ({ api }) =>
      (n) =>
        api(routes.createIntegration, {
          body: { name: `service-${n}`, auth: 'bearer', base_url: 'https://service.example' },
        }),
  },
  'endpoint keys': {
    limit: 'endpointKeysMax',
    prepare:
      ({ api }) =>
      (n) =>
        api(routes.createEndpointKey, { body: { name: `Key ${n}` } }),
  },
  'API keys of a person': {
    limit: 'apiKeysPerPersonMax',
    before: 1,
    prepare:
      ({ api }) =>
      (n) =>
        api(routes.createKey, { body: { name: `Key ${n}` } }),
  },
  'saved views of a person': {
    limit: 'ownViewsMax',
    prepare:
      ({ api }) =>
      (n) =>
        api(routes.createView, { body: { list: 'executions', name: `View ${n}`, filter: {} } }),
  },
  'shared views': {
    limit: 'sharedViewsMax',
    prepare:
      ({ api }) =>
      (n) =>
        api(routes.createView, { body: { list: 'executions', name: `View ${n}`, filter: {}, shared: true } }),
  },
  invitations: {
    limit: 'invitationsMax',
    prepare:
      ({ api }) =>
      (n) =>
        api(routes.createInvitation, { body: { email: `person-${n}@example.com` } }),
  },
}

/** As `ROOM` more than there were: makes many at once, and answers why some were refused. */
async function refusals({ limit, before = 0, prepare }: Case): Promise<{ made: number; errors: string[] }> {
  const admin = await server().person('org_admin', await server().organization())
  const make = await prepare(admin)
  const usual = limits[limit]
  Object.assign(limits, { [limit]: before + ROOM })
  try {
    const outcomes = await Promise.allSettled(Array.from({ length: ASKED }, (_, n) => make(n)))
    const errors = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as ApiError] : []))
    for (const error of errors) expect(error).toMatchObject({ status: 409, code: 'conflict' })
    return { made: ASKED - errors.length, errors: errors.map(({ message }) => message) }
  } finally {
    Object.assign(limits, { [limit]: usual })
  }
}

test.each(Object.entries(cases))('%s: as many as the limit says, also when made at once', async (_, one) => {
  const { made, errors } = await refusals(one)
  expect(made).toBe(ROOM)
  for (const message of errors) expect(message).toContain(`at most ${(one.before ?? 0) + ROOM} `)
})

test('people and open addresses, which the provider makes, are as many as the limit says', async () => {
  const [{ count = 0 } = {}] = await server().db.query<{ count: number }>(
    'select count(*) from users where org_id = $1',
    [await server().providerId()],
  )
  const { peopleMax, egressRulesMax } = limits
  Object.assign(limits, { peopleMax: count + ROOM, egressRulesMax: ROOM })
  try {
    const all = Array.from({ length: ASKED }, (_, n) => n)
    const people = await Promise.allSettled(
      all.map((n) =>
        server().api(routes.createUser, { body: { email: `new-${n}@example.com`, name: `New ${n}` } }),
      ),
    )
    const rules = await Promise.allSettled(
      all.map((n) => server().api(routes.addEgressRule, { body: { rule: `10.0.0.${n}` } })),
    )
    for (const outcomes of [people, rules])
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(ROOM)
  } finally {
    Object.assign(limits, { peopleMax, egressRulesMax })
  }
})

test('cursors that code sets are as many as the limit says, and known ones can be set again', async () => {
  const { api } = await server().person('developer', await server().organization())
  const { cursorsMax } = limits
  Object.assign(limits, { cursorsMax: ROOM })
  try {
    const run = async (count: number) => {
      const { result, error } = await api(routes.executeWorkflow, {
        params: { id: 'read' },
        body: { input: { count } },
      })
      expect(error).toBeNull()
      return result
    }
    expect(await run(ROOM)).toEqual([null, null, null])
    expect(await run(ROOM + 1)).toEqual([
      null,
      null,
      null,
      expect.stringContaining(`at most ${ROOM} workflow cursors`),
    ])
  } finally {
    Object.assign(limits, { cursorsMax })
  }
})

test('what replaces another at the limit, or is there already, is let through', async () => {
  const { api } = await server().person('org_admin', await server().organization())
  const { invitationsMax, tablesMax } = limits
  Object.assign(limits, { invitationsMax: 1, tablesMax: 1 })
  try {
    for (const _ of ['first', 'again']) {
      await api(routes.createInvitation, { body: { email: 'ada@example.com' } })
      await api(routes.createTable, { body: { name: 'people' } })
    }
    await expect(api(routes.createInvitation, { body: { email: 'eve@example.com' } })).rejects.toMatchObject({
      code: 'conflict',
    })
  } finally {
    Object.assign(limits, { invitationsMax, tablesMax })
  }
})
