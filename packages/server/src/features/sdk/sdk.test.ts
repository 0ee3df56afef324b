import { routes } from '@bifrost/contract'
import {
  config,
  connect,
  context,
  cursor,
  events,
  files,
  integrations,
  sleep,
  step,
  tables,
  waitForEvent,
  workflows,
} from 'bifrost'
import { describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'double.ts': `import { workflow } from 'bifrost'
export const double = workflow(async (n: number) => n * 2)
export const fails = workflow(async () => { throw new TypeError('no') })`,
  },
})

const as = (token: string, scope?: string) =>
  connect({ url: server().url, token, ...(scope === undefined ? {} : { scope }) })

describe('the SDK outside a run, with a key', () => {
  test('values, files and tables are those of the organization', async () => {
    as(server().admin.apiKey)
    await config.set('greeting', { text: 'hello' })
    expect(await config.get('greeting')).toEqual({ text: 'hello' })
    await config.set('token', 'secret-0815', { isSecret: true })
    await files.write('outside.txt', 'text', { location: 'uploads' })
    expect(await files.read('outside.txt', { location: 'uploads' })).toBe('text')
    await tables.create('outside')
    await tables.insert('outside', { name: 'Ada' })
    expect(await tables.query('outside', { where: { name: 'Ada' } })).toHaveLength(1)
  })

  test('secrets stay with runs, for administrators, too', async () => {
    as(server().admin.apiKey)
    await config.set('hidden', 'secret-0816', { isSecret: true })
    await expect(config.get('hidden')).rejects.toMatchObject({ code: 'forbidden' })
    await server().api(routes.createIntegration, {
      body: { name: 'outside', base_url: 'https://api.example.com', auth: 'none' },
    })
    for (const read of ['get', 'getCredentials', 'getClient'] as const)
      await expect(integrations[read]('outside')).rejects.toMatchObject({ code: 'forbidden' })
    expect(await integrations.list()).toMatchObject([{ name: 'outside' }])
  })

  test('it runs workflows and waits for them', async () => {
    as(server().admin.apiKey)
    expect(await workflows.run('double', { n: 21 })).toBe(42)
    await expect(workflows.run('fails')).rejects.toMatchObject({ name: 'ChildRunError', type: 'TypeError' })
    expect((await workflows.list()).map(({ name }) => name)).toEqual(['double', 'fails'])
  })

  test('it starts many, each key once', async () => {
    as(server().admin.apiKey)
    const records = [{ n: 1 }, { n: 2 }]
    const key = (record: { n: number }) => `n-${record.n}`
    expect(await workflows.startMany('double', records, { key })).toMatchObject({ started: 2, duplicates: 0 })
    expect(await workflows.startMany('double', records, { key })).toMatchObject({ started: 0, duplicates: 2 })
    expect(await workflows.startMany('double', records)).toMatchObject({ started: 2 })
    expect(await workflows.startMany('double', records)).toMatchObject({ started: 2 })
  })

  test('it emits events', async () => {
    as(server().admin.apiKey)
    const { eventId } = await events.emit('outside.happened', { a: 1 }, { id: 'once' })
    expect(await events.emit('outside.happened', { a: 1 }, { id: 'once' })).toMatchObject({
      eventId,
      duplicate: true,
    })
  })

  test('steps and sleeps run here', async () => {
    as(server().admin.apiKey)
    let tries = 0
    const value = await step('flaky', { retries: 1, backoffSeconds: 0.01 }, () => {
      if (++tries < 2) throw new Error('not yet')
      return tries
    })
    expect(value).toBe(2)
    await sleep('5 ms')
  })

  test('what needs a run says so', async () => {
    as(server().admin.apiKey)
    expect(() => context.orgId).toThrow('belongs to a run')
    await expect(waitForEvent('x')).rejects.toThrow('inside a run only')
    await expect(cursor('place').get()).rejects.toThrow('inside a run only')
  })

  test('an unknown method and a wrong argument are refused', async () => {
    await expect(
      server().api(routes.callSdk, { params: { method: 'no.such' }, body: { args: {} } }),
    ).rejects.toMatchObject({ status: 404 })
    await expect(
      server().api(routes.callSdk, { params: { method: 'constructor' }, body: { args: {} } }),
    ).rejects.toMatchObject({ status: 404 })
    await expect(
      server().api(routes.callSdk, { params: { method: 'config.get' }, body: { args: { key: 5 } } }),
    ).rejects.toMatchObject({ status: 400 })
  })
})

describe('whose things it reaches', () => {
  test('those of the key: another organization is refused, with the option and with the argument', async () => {
    const org = await server().organization('Outside')
    const developer = await server().person('org_admin', org)
    as(developer.apiKey)
    await config.set('where', 'theirs')
    expect(await config.get('where')).toBe('theirs')
    const provider = await server().providerId()
    for (const scope of ['global', provider]) {
      await expect(config.list({ scope })).rejects.toMatchObject({ code: 'forbidden' })
      as(developer.apiKey, scope)
      await expect(config.get('where')).rejects.toMatchObject({ code: 'forbidden' })
      as(developer.apiKey)
    }
    as(server().admin.apiKey, org)
    expect(await config.get('where')).toBe('theirs')
    as(server().admin.apiKey)
    expect(await config.get('where')).toBeUndefined()
  })

  test('a key that was made for something reads no values and no files with it', async () => {
    const { key } = await server().api(routes.createKey, {
      body: { name: 'builds', permissions: ['workflow:write', 'file:read'] },
    })
    as(key)
    await expect(config.get('token')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(config.set('greeting', 1)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(workflows.run('double', { n: 1 })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(files.write('more.txt', '', { location: 'uploads' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(await files.list('', { location: 'uploads' })).toBeInstanceOf(Array)
  })

  test('members may not, and a wrong key is told', async () => {
    as((await server().person('member')).apiKey)
    await expect(config.get('x')).rejects.toMatchObject({ code: 'forbidden' })
    as('bfk_wrong')
    await expect(config.get('x')).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('without an address or a key connect says which', () => {
    expect(() => connect({ token: 'x' })).toThrow('BIFROST_URL')
    expect(() => connect({ url: 'http://localhost:1' })).toThrow('BIFROST_API_KEY')
    expect(() => connect({ url: 'file:///etc', token: 'x' })).toThrow('address of the server')
  })
})
