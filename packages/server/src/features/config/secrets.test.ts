import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const SECRET = 'p@ss/wörd+"quoted" 42'

const server = useServer({
  files: {
    'leaks.ts': `import { config, logger, workflow } from 'bifrost'
export const leaks = workflow(async (how: string) => {
  const secret = await config.get('api_key')
  const holder = { secret, nested: [{ secret }] }
  if (how === 'log') { logger.info('the key is ' + secret); console.log({ secret }); console.log(JSON.stringify({ secret })) }
  if (how === 'throw') throw new Error('refused: ' + secret)
  if (how === 'base64') return { basic: Buffer.from(secret).toString('base64'), url: encodeURIComponent(secret), form: new URLSearchParams({ k: secret }).toString() }
  if (how === 'basicAuth') return 'Basic ' + Buffer.from('user:' + secret).toString('base64')
  if (how === 'return') return { secret, sentence: 'key=' + secret + '!', nested: holder }
  if (how === 'same') return secret.length
  return null
})
export const short = workflow(async () => { const pin = await config.get('pin'); return 'pin ' + pin + ' and 123' })
export const typed = workflow(async () => [await config.get('s'), await config.get('n'), await config.get('b'), await config.get('j'), (await config.get('none')) ?? 'absent', await config.get('none', 'fallback')])
export const object = workflow(async () => { const j = await config.get<{ user: string; pass: string }>('credentials'); return j.user + '/' + j.pass })
export const writes = workflow(async () => { await config.set('made', { a: 1 }); await config.set('hidden', 'hush-hush', { isSecret: true }); const list = await config.list(); return [await config.get('made'), list.map((e) => [e.key, e.isSecret, e.value]), await config.delete('made'), await config.delete('made'), await config.get('hidden')] })
`,
  },
})

const set = (key: string, value: unknown, is_secret?: boolean) =>
  server().api(routes.setConfig, {
    params: { key },
    body: { value: value as never, ...(is_secret === undefined ? {} : { is_secret }) },
  })
const list = async () =>
  (await server().api(routes.listConfig, { query: { scope: await server().providerId() } })).items
const leak = (how: string) => server().execute('leaks', { how })
const everythingOf = async (id: string) => {
  const [execution, logs, variables] = await Promise.all([
    server().fetch(`/api/executions/${id}`),
    server().fetch(`/api/executions/${id}/logs`),
    server().fetch(`/api/executions/${id}/variables`),
  ])
  return (await Promise.all([execution, logs, variables].map((response) => response.text()))).join('\n')
}
const forms = [
  SECRET,
  JSON.stringify(SECRET).slice(1, -1),
  Buffer.from(SECRET).toString('base64'),
  encodeURIComponent(SECRET),
]

describe('a secret that a run read is nowhere to be read (28)', () => {
  test.each(['log', 'throw', 'return', 'base64', 'basicAuth', 'none'])('when it comes by %s', async (how) => {
    await set('api_key', SECRET, true)
    const answer = await leak(how)
    const text = JSON.stringify(answer) + (await everythingOf(answer.execution_id))
    for (const form of forms) expect(text).not.toContain(form)
    expect(text).toContain('[REDACTED]')
    const [row] = await server().db.query(
      'select row_to_json(e)::text as text from executions e where id = $1',
      [answer.execution_id],
    )
    for (const form of forms) expect(JSON.stringify(row)).not.toContain(form)
  })

  test('the value itself is untouched inside the run', async () => {
    await set('api_key', SECRET, true)
    expect((await leak('same')).result).toBe(SECRET.length)
  })

  test('the parts of a secret object are secrets; values shorter than four characters are not looked for', async () => {
    await set('credentials', { user: 'robot-user', pass: 'very-hidden' }, true)
    expect((await server().execute('object')).result).toBe('[REDACTED]/[REDACTED]')
    await set('pin', '123', true)
    expect((await server().execute('short')).result).toBe('pin 123 and 123')
  })
})

describe('configuration (62)', () => {
  test('values come back with their type; an absent one is undefined or the fallback', async () => {
    await set('s', 'text')
    await set('n', 5)
    await set('b', false)
    await set('j', { a: [1, null] })
    expect((await server().execute('typed')).result).toEqual([
      'text',
      5,
      false,
      { a: [1, null] },
      'absent',
      'fallback',
    ])
  })

  test('a secret is never answered, is stored encrypted, and is kept by an update without value', async () => {
    const answered = await set('token', SECRET, true)
    expect(answered).toMatchObject({ key: 'token', value: null, is_secret: true })
    await server().api(routes.setConfig, { params: { key: 'token' }, body: { is_secret: true } })
    expect((await list()).find((entry) => entry.key === 'token')).toMatchObject({
      value: null,
      is_secret: true,
    })
    const rows = await server().db.query<{ text: string }>(
      'select row_to_json(c)::text as text from config_entries c',
    )
    expect(JSON.stringify(rows)).not.toContain('quoted')
    await expect(
      server().api(routes.setConfig, { params: { key: 'unknown' }, body: { is_secret: true } }),
    ).rejects.toMatchObject({ status: 422 })
  })

  test('deleting it gives the default back; deleting it again answers 404', async () => {
    await set('gone', 1)
    await server().api(routes.deleteConfig, { params: { key: 'gone' } })
    await expect(server().api(routes.deleteConfig, { params: { key: 'gone' } })).rejects.toMatchObject({
      status: 404,
    })
  })

  test('a run sets, lists and deletes as the person who started it', async () => {
    const { result, status } = await server().execute('writes')
    expect(status).toBe('SUCCESS')
    const [made, entries, first, second, hidden] = result as [unknown, unknown[], boolean, boolean, string]
    expect(made).toEqual({ a: 1 })
    expect(entries).toContainEqual(['hidden', true, null])
    expect([first, second]).toEqual([true, false])
    expect(hidden).toBe('[REDACTED]')
    const member = await server().person('member')
    const refused = await member.api(routes.executeWorkflow, { params: { id: 'writes' }, body: {} })
    expect(refused).toMatchObject({ status: 'FAILED' })
  })

  test('another organization has its own values', async () => {
    await set('s', 'ours')
    const stranger = await server().person('org_admin', await server().organization())
    expect((await stranger.api(routes.listConfig, { query: {} })).items).toEqual([])
    await stranger.api(routes.setConfig, { params: { key: 's' }, body: { value: 'theirs' } })
    expect((await list()).find((entry) => entry.key === 's')?.value).toBe('ours')
  })

  test.each(['member', 'developer'] as const)('%s may not write', async (role) => {
    const person = await server().person(role)
    await expect(
      person.api(routes.setConfig, { params: { key: 'x' }, body: { value: 1 } }),
    ).rejects.toMatchObject({ status: 403 })
    await expect(person.api(routes.deleteConfig, { params: { key: 's' } })).rejects.toMatchObject({
      status: 403,
    })
  })

  test.each(['a b', 'a%2F..%2Fb c', 'ü', 'x'.repeat(201)])('the key "%s" is refused', async (key) => {
    const response = await server().fetch(`/api/config/${encodeURIComponent(key)}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"value":1}',
    })
    expect(response.status).toBe(422)
  })
})
