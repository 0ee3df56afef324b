import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { until, useServer } from '../testing/server.ts'

// What a run leaves behind for others holds no secret that it has read, wherever in the database it is.

const SECRET = 'sk-live-77f2b1c4e9-kept-quiet'

const server = useServer({
  files: {
    'leaves.ts': `import { config, cursor, events, screen, step, tables, waitForEvent, workflow, workflows } from 'bifrost'
export const takes = workflow(async (token: string) => token.length)
let kept = ''
export const keeps = workflow(async () => { kept = await config.get<string>('api_key') })
export const finds = workflow(async () => { console.log('found ' + kept); return { kept } })
export const columned = workflow({ columns: { Key: (run: any) => run.result } }, async () => 'for ' + (await config.get<string>('api_key')))
export const leaves = workflow(async (how: string) => {
  const secret = await config.get<string>('api_key')
  if (how === 'step name') return step('for ' + secret, () => 1)
  if (how === 'event id') return events.emit('told', {}, { id: secret })
  if (how === 'keys') return workflows.startMany(takes, [{ token: 'x' }], { key: () => secret })
  if (how === 'config key') return config.set(secret, 1)
  if (how === 'cursor name') return cursor(secret).set(1)
  if (how === 'table text') return tables.create('other', { description: 'For ' + secret })
  if (how === 'large step') return step('large', () => ({ secret, text: 'x'.repeat(200_000) }))
  if (how === 'large result') return { secret, text: 'x'.repeat(200_000) }
  if (how === 'step') return step('read', () => ({ secret }))
  if (how === 'retry') return step('call', { retries: 1, backoffSeconds: 3600 }, () => { throw new Error('refused ' + secret) })
  if (how === 'suspend') return step('ask', ({ suspend }) => suspend({ reason: 'for ' + secret }))
  if (how === 'task') return screen('look', { title: 'T ' + secret, props: { secret }, fields: { token: { type: 'string', default: secret, help: 'Was ' + secret } } })
  if (how === 'wait') return waitForEvent('answered', { match: { token: secret } })
  if (how === 'child') return workflows.run(takes, { token: secret })
  if (how === 'children') return workflows.startMany(takes, [{ token: secret }])
  if (how === 'emit') return events.emit('told', { secret })
  if (how === 'cursor') return cursor('last').set({ secret })
  if (how === 'result' || how === 'variables') return { code: how === 'result' ? Buffer.from('id:' + secret).toString('base64') : 0 }
  if (how === 'log') return console.log('sent', { headers: { authorization: 'Bearer ' + secret } })
  if (how === 'error') throw Object.assign(new Error('refused ' + secret, { cause: new Error(encodeURIComponent(secret)) }), { name: 'Refused-' + secret })
  if (how === 'long') { console.log('x'.repeat(16 * 1024 - 10) + secret); return 'y'.repeat(10_000) + secret }
  await tables.create('notes')
  if (how === 'table') return tables.insert('notes', { id: 'a', secret })
  return step.tx('note', (tx) => { tx.insert('notes', { id: 'b', list: [secret] }) })
})
`,
  },
})

const set = () =>
  server().api(routes.setConfig, { params: { key: 'api_key' }, body: { value: SECRET, is_secret: true } })

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

test('a secret that one run leaves in a variable of the module is hidden in what the next one writes', async () => {
  await set()
  await server().execute('keeps')
  const { result } = await server().execute('finds')
  expect(result).toEqual({ kept: '[REDACTED]' })
  expect(await tablesWith(SECRET)).toEqual([])
})

test('a secret is not in the display columns', async () => {
  await set()
  await server().execute('columned')
  expect(await tablesWith(SECRET)).toEqual([])
})

test.each([
  'step',
  'retry',
  'suspend',
  'task',
  'wait',
  'child',
  'children',
  'emit',
  'cursor',
  'table',
  'tx',
  'result',
  'variables',
  'log',
  'error',
  'long',
  'large step',
  'large result',
  'table text',
])('a secret that a run read is nowhere when it leaves it by %s', async (how) => {
  await set()
  const id = await server().run('leaves', { how })
  const { status } = await until('it ended or waits', async () => {
    const run = await server().api(routes.getExecution, { params: { id } })
    return ['PENDING', 'RUNNING'].includes(run.status) ? undefined : run
  })
  const waits = ['retry', 'suspend', 'task', 'wait'].includes(how)
  expect(status).toBe(waits ? 'SUSPENDED' : how === 'error' ? 'FAILED' : 'SUCCESS')
  expect(await tablesWith('REDACTED')).not.toEqual([])
  for (const form of [SECRET, SECRET.slice(0, 10), Buffer.from(SECRET).toString('base64').slice(0, 12)])
    expect(await tablesWith(form)).toEqual([])
})

// These are what things are found by: hidden they would be found no more, so they are refused.
test.each(['step name', 'event id', 'keys', 'config key', 'cursor name'])(
  'a secret as %s is refused, and is nowhere',
  async (how) => {
    await set()
    const { status, error } = await server().execute('leaves', { how })
    expect(status).toBe('FAILED')
    expect(error?.message).toMatch(/contains a secret, and people can see it\. Use another one\.$/)
    expect(await tablesWith(SECRET)).toEqual([])
  },
)

test('a secret of very many parts cannot be kept', async () => {
  const value = Array.from({ length: 5000 }, (_, index) => `part-${index}`)
  const refused = server().api(routes.setConfig, {
    params: { key: 'bomb' },
    body: { value, is_secret: true },
  })
  await expect(refused).rejects.toMatchObject({ code: 'validation_failed' })
  await expect(refused).rejects.toThrow(/5,000 parts, and a secret may have 100/)
})
