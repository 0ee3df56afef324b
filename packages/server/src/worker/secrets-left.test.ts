import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { until, useServer } from '../testing/server.ts'

// What a run leaves behind for others holds no secret that it has read, wherever in the database it is.

const SECRET = 'sk-live-77f2b1c4e9-kept-quiet'

const server = useServer({
  files: {
    'leaves.ts': `import { config, cursor, events, screen, step, tables, waitForEvent, workflow, workflows } from 'bifrost'
export const takes = workflow(async (token: string) => token.length)
export const leaves = workflow(async (how: string) => {
  const secret = await config.get<string>('api_key')
  if (how === 'step') return step('read', () => ({ secret }))
  if (how === 'retry') return step('call', { retries: 1, backoffSeconds: 3600 }, () => { throw new Error('refused ' + secret) })
  if (how === 'suspend') return step('ask', ({ suspend }) => suspend({ reason: 'for ' + secret }))
  if (how === 'task') return screen('look', { title: 'T ' + secret, props: { secret }, fields: { token: { type: 'string', default: secret, help: 'Was ' + secret } } })
  if (how === 'wait') return waitForEvent('answered', { match: { token: secret } })
  if (how === 'child') return workflows.run(takes, { token: secret })
  if (how === 'children') return workflows.startMany(takes, [{ token: secret }])
  if (how === 'emit') return events.emit('told', { secret })
  if (how === 'cursor') return cursor('last').set({ secret })
  await tables.create('notes')
  if (how === 'table') return tables.insert('notes', { id: 'a', secret })
  return step.tx('note', (tx) => { tx.insert('notes', { id: 'b', list: [secret] }) })
})
`,
  },
})

/** Where in the database the text stands: a name of a table each. */
async function tablesWith(text: string): Promise<string[]> {
  const { db } = server()
  const names = await db.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  )
  const found: string[] = []
  for (const { name } of names) {
    // What a wait is compared with is in the index of events, and is shown nowhere.
    const row = name === 'waits' ? `t.reason` : `row_to_json(t)::text`
    const rows = await db.query(`select from "${name}" t where strpos(${row}, $1) > 0 limit 1`, [text])
    if (rows.length > 0) found.push(name)
  }
  return found
}

test.each(['step', 'retry', 'suspend', 'task', 'wait', 'child', 'children', 'emit', 'cursor', 'table', 'tx'])(
  'a secret that a run read is nowhere when it leaves it by %s',
  async (how) => {
    await server().api(routes.setConfig, {
      params: { key: 'api_key' },
      body: { value: SECRET, is_secret: true },
    })
    const id = await server().run('leaves', { how })
    const { status } = await until('it ended or waits', async () => {
      const run = await server().api(routes.getExecution, { params: { id } })
      return ['PENDING', 'RUNNING'].includes(run.status) ? undefined : run
    })
    expect(status).toBe(['retry', 'suspend', 'task', 'wait'].includes(how) ? 'SUSPENDED' : 'SUCCESS')
    expect(await tablesWith('REDACTED')).not.toEqual([])
    expect(await tablesWith(SECRET)).toEqual([])
  },
)
