import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'sets.ts': `import { config, workflow } from 'bifrost'
export const rotates = workflow(async (key: string, value: string) => { await config.set(key, value); return (await config.list()).filter((one) => one.key === key) })
export const opens = workflow(async (key: string, value: string) => { await config.set(key, value, { isSecret: false }); return config.get(key) })
export const echoes = workflow(async (key: string, value: string) => { await config.set(key, value); return { value } })`,
  },
})

const put = (key: string, body: { value: string; is_secret?: boolean }) =>
  server().api(routes.setConfig, { params: { key }, body })
const entry = async (key: string) =>
  (await server().api(routes.listConfig, { query: {} })).items.find((one) => one.key === key)

describe('a secret stays a secret until isSecret: false is said', () => {
  test('when a run sets it again: it is stored encrypted, not listed, and hidden in what the run writes', async () => {
    await put('token', { value: 'first-secret-1', is_secret: true })
    const { result } = await server().execute('rotates', { key: 'token', value: 'second-secret-2' })
    expect(result).toMatchObject([{ key: 'token', value: null, isSecret: true }])
    expect(await entry('token')).toMatchObject({ value: null, is_secret: true })
    const echoed = await server().execute('echoes', { key: 'token', value: 'third-secret-3' })
    expect(echoed.result).toEqual({ value: '[REDACTED]' })
    const rows = await server().db.query('select row_to_json(c)::text as text from config_entries c')
    expect(JSON.stringify(rows)).not.toContain('secret-')
  })

  test('when a program outside sets it', async () => {
    await put('outside', { value: 'first-secret-1', is_secret: true })
    const response = await server().fetch('/api/sdk/config.set', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ args: { key: 'outside', value: 'second-secret-2' } }),
    })
    expect(response.status).toBe(200)
    expect(await entry('outside')).toMatchObject({ value: null, is_secret: true })
  })

  test('also one that an organization sets over an inherited secret', async () => {
    await server().fetch('/api/config/inherited', {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'bifrost-scope': 'global' },
      body: JSON.stringify({ value: 'global-secret', is_secret: true }),
    })
    await server().execute('rotates', { key: 'inherited', value: 'own-secret-9' })
    const { items } = await server().api(routes.listConfig, { query: {} })
    expect(items.filter(({ key }) => key === 'inherited').every((one) => one.is_secret)).toBe(true)
    expect(JSON.stringify(items)).not.toContain('own-secret-9')
  })

  test('isSecret: false makes it a plain value, and a plain value stays plain', async () => {
    await put('opened', { value: 'first-secret-1', is_secret: true })
    expect((await server().execute('opens', { key: 'opened', value: 'plain-now' })).result).toBe('plain-now')
    expect(await entry('opened')).toMatchObject({ value: 'plain-now', is_secret: false })
    await server().execute('rotates', { key: 'opened', value: 'plain-still' })
    expect(await entry('opened')).toMatchObject({ value: 'plain-still', is_secret: false })
  })
})
