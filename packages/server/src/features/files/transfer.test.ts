import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type ApiError, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TestPerson, useServer } from '../../testing/server.ts'
import { nameProblem } from './names.ts'
import { createGrantSigner } from './signed-address.ts'
import { FileUsage } from './usage.ts'

const server = useServer({
  files: {
    'streams.ts': `import { createHash } from 'node:crypto'
import { files, workflow, type FileRef } from 'bifrost'
const temp = { location: 'temp' } as const
async function* parts(count: number) { for (let n = 0; n < count; n++) yield Buffer.alloc(700_000, n % 250) }
export const copies = workflow(async (count: number) => {
  const { size } = await files.writeStream('large.bin', parts(count), temp)
  const hash = createHash('sha256')
  let largest = 0
  for await (const part of files.readStream('large.bin', temp)) { hash.update(part); largest = Math.max(largest, part.length) }
  return { size, largest, hash: hash.digest('hex') }
})
export const breaksOff = workflow(async () => {
  await files.write('kept.txt', 'before', temp)
  async function* broken() { yield 'after'; throw new Error('no more') }
  const error = await files.writeStream('kept.txt', broken(), temp).catch((thrown: Error) => thrown.message)
  return { error, text: await files.read('kept.txt', temp), left: (await files.list('', temp)).map((one) => one.name) }
})
export const looks = workflow(async () => {
  await files.write('a/b/c.txt', 'first\\nthe Needle is here\\n', temp)
  const { size, isDirectory } = await files.stat('a/b/c.txt', temp)
  const found = await files.search('needle', { ...temp, path: 'a' })
  return { size, isDirectory, found, listed: (await files.list('a', { ...temp, recursive: true })).map((one) => one.path) }
})
export const signs = workflow(async () => {
  await files.write('for you.txt', 'for you', temp)
  return (await files.signedUrl('for you.txt', temp)).url
})
export const sizeOf = workflow(async (file: FileRef) => file.size)
`,
  },
})

const refusal = (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    (value) => {
      throw new Error(`It was not refused: ${JSON.stringify(value)}`)
    },
    (error: ApiError) => error,
  )

let person: TestPerson
let stranger: TestPerson

beforeAll(async () => {
  person = await server().person('developer')
  stranger = await server().person('developer', await server().organization())
})

const put = (
  path: string,
  content: string | Uint8Array<ArrayBuffer>,
  location: 'temp' | 'uploads' | 'workspace' = 'temp',
) => person.api(routes.putFile, { query: { path, location }, body: new Blob([content]) })
const download = (path: string, headers: Record<string, string> = {}, location = 'temp') =>
  person.fetch(`/api/files/download?${new URLSearchParams({ path, location })}`, { headers })

describe('streams', () => {
  test('up and down over HTTP, whole and in parts', async () => {
    const content = Buffer.alloc(3_000_000, 'abcdefghij')
    expect(await put('large/file.txt', content)).toMatchObject({ path: 'large/file.txt', size: 3_000_000 })
    const whole = await download('large/file.txt')
    expect(Buffer.from(await whole.arrayBuffer()).equals(content)).toBe(true)
    const part = await download('large/file.txt', { range: 'bytes=10-14' })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 10-14/3000000',
      'abcde',
    ])
    expect((await download('large/file.txt', { range: 'bytes=-3' })).headers.get('content-length')).toBe('3')
    const beyond = await download('large/file.txt', { range: 'bytes=3000000-' })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */3000000'])
    expect((await beyond.json()) as object).toMatchObject({ error: { code: 'range_not_satisfiable' } })
  })

  test('a download is saved, not shown, and its type is not guessed', async () => {
    await put('page.html', '<script>alert(1)</script>')
    const { headers } = await download('page.html')
    expect(headers.get('content-disposition')).toBe('attachment; filename=page.html')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain('sandbox')
  })

  test.each(['größe 👋.txt', 'a;b.txt', "it's.txt", '100%.txt', '%2e%2e%2fx.txt'])(
    'a file called %s comes down under its name',
    async (name) => {
      await put(name, 'x')
      const response = await download(name)
      expect(response.status).toBe(200)
      const disposition = response.headers.get('content-disposition') ?? ''
      const encoded = /filename\*=UTF-8''([^;]+)/.exec(disposition)?.[1]
      const plain = /filename=(?:"([^"]+)"|([^;]+))/.exec(disposition)
      expect(encoded ? decodeURIComponent(encoded) : (plain?.[1] ?? plain?.[2])).toBe(name)
      expect(disposition).not.toMatch(/[\r\n]/)
    },
  )

  test('what breaks off leaves nothing, and the file before it stays', async () => {
    await put('kept.txt', 'before')
    const broken = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.alloc(200_000))
        controller.error(new Error('the line is gone'))
      },
    })
    await person
      .fetch('/api/files/content?location=temp&path=kept.txt', {
        method: 'PUT',
        body: broken,
        duplex: 'half',
        headers: { 'content-type': 'application/octet-stream' },
      } as RequestInit)
      .catch(() => {})
    expect(await (await download('kept.txt')).text()).toBe('before')
    const folder = join(server().config.dataDir, 'files/temp', person.orgId)
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('from user code, part by part', async () => {
    const { result, error } = await server().execute('copies', { count: 12 })
    expect(error).toBeNull()
    const hash = createHash('sha256')
    for (let n = 0; n < 12; n++) hash.update(Buffer.alloc(700_000, n % 250))
    expect(result).toEqual({ size: 8_400_000, largest: 1024 * 1024, hash: hash.digest('hex') })
  })

  test('one that breaks off in user code changes nothing', async () => {
    const { result, error } = await server().execute('breaksOff')
    expect(error).toBeNull()
    expect(result).toMatchObject({ error: 'no more', text: 'before' })
    expect((result as { left: string[] }).left.filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('stat, search and recursive lists', async () => {
    const { result } = await server().execute('looks')
    expect(result).toEqual({
      size: 25,
      isDirectory: false,
      found: {
        items: [{ path: 'a/b/c.txt', line: 2, column: 5, context: 'the Needle is here' }],
        truncated: false,
      },
      listed: ['a/b', 'a/b/c.txt'],
    })
    const info = await person.api(routes.fileInfo, { body: { path: 'a/b', location: 'temp' } })
    expect(info).toMatchObject({ name: 'b', is_directory: true })
    const found = await person.api(routes.searchFiles, { body: { query: 'NEEDLE', location: 'temp' } })
    expect(found.items).toMatchObject([{ path: 'a/b/c.txt', line: 2, column: 5 }])
  })
})

describe('signed addresses', () => {
  const sign = async (body: Parameters<typeof routes.signFile.body.parse>[0] & object) =>
    new URL((await person.api(routes.signFile, { body: body as never })).url)
  const open = (url: URL, init?: RequestInit) => server().anonymous(url.pathname + url.search, init)

  test('anyone who has one downloads this file, and can do nothing else with it', async () => {
    await put('signed.txt', 'signed')
    const url = await sign({ path: 'signed.txt', location: 'temp' })
    expect(url.pathname).toBe(routes.signedDownload.path)
    const response = await open(url)
    expect([response.status, await response.text()]).toEqual([200, 'signed'])
    const write = { method: 'PUT', body: 'x', headers: { 'content-type': 'application/octet-stream' } }
    expect((await open(url, write)).status).toBe(403)
    const [payload = '', mac = ''] = (url.searchParams.get('token') ?? '').split('.')
    const other = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), path: 'kept.txt' }
    const forged = Buffer.from(JSON.stringify(other)).toString('base64url')
    for (const token of [
      `${forged}.${mac}`,
      `${payload}.`,
      payload,
      `${payload}.${mac}.x`,
      `.${mac}`,
      'x.y',
    ]) {
      const answer = await server().anonymous(`/api/files/signed?${new URLSearchParams({ token })}`)
      expect(answer.status).toBe(403)
      expect(await answer.text()).not.toContain('kept')
    }
  })

  test('one to write to takes one file', async () => {
    const url = await sign({ path: 'given.txt', location: 'uploads', method: 'PUT' })
    expect(url.pathname).toBe(routes.signedUpload.path)
    const init = { method: 'PUT', body: 'given', headers: { 'content-type': 'application/octet-stream' } }
    expect((await open(url, init)).status).toBe(200)
    expect((await open(url)).status).toBe(403)
    expect(await (await download('given.txt', {}, 'uploads')).text()).toBe('given')
    expect((await refusal(sign({ path: 'x.ts', method: 'PUT' }))).status).toBe(400)
  })

  test('it ends when it expires, and with the account of its maker', async () => {
    const { url, expires_at } = await person.api(routes.signFile, {
      body: { path: 'signed.txt', location: 'temp', expires_in_seconds: 600 },
    })
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(500_000)
    const signer = createGrantSigner(server().config)
    const grant = signer.read(new URL(url).searchParams.get('token') ?? '', 'GET')
    const expired = signer.sign({ ...grant, expires: Math.floor(Date.now() / 1000) - 1 })
    expect((await server().anonymous(`/api/files/signed?token=${expired}`)).status).toBe(403)
    const leaver = await server().person('developer')
    const signed = await leaver.api(routes.signFile, { body: { path: 'signed.txt', location: 'temp' } })
    expect((await open(new URL(signed.url))).status).toBe(200)
    await server().db.query('update users set is_active = false where id = $1', [leaver.id])
    expect((await open(new URL(signed.url))).status).toBe(403)
  })

  test('it ends with its organization, also when that is deactivated', async () => {
    const orgId = await server().organization('Signs')
    const developer = await server().person('developer', orgId)
    const where = { path: 'own.txt', location: 'uploads' } as const
    await developer.api(routes.writeFile, { body: { ...where, content: 'own' } })
    const { url } = await developer.api(routes.signFile, { body: where })
    expect((await open(new URL(url))).status).toBe(200)
    await server().db.query('update organizations set is_active = false where id = $1', [orgId])
    expect((await open(new URL(url))).status).toBe(403)
  })

  test('shown in the browser, a page runs no scripts', async () => {
    await put('shown.html', '<script>alert(1)</script>')
    const { headers } = await open(await sign({ path: 'shown.html', location: 'temp', inline: true }))
    expect(headers.get('content-disposition')).toMatch(/^inline/)
    expect(headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/)
  })

  test('made by a run, and by no one for the files of others', async () => {
    const { result } = await server().execute('signs')
    expect(await (await open(new URL(result as string))).text()).toBe('for you')
    const path = 'signed.txt'
    expect((await refusal(stranger.api(routes.signFile, { body: { path, location: 'temp' } }))).status).toBe(
      404,
    )
    const query = { path, location: 'temp' } as const
    expect((await refusal(stranger.api(routes.downloadFile, { query }))).status).toBe(404)
  })
})

describe('names', () => {
  test.each([
    'con',
    'NUL.txt',
    'com1.log',
    'ends.',
    'ends ',
    ' begins',
    'a\\b',
    'a:b',
    'what?',
    'line\nbreak',
    '\u202etxt.exe',
    'zero\u200bwidth',
    'x'.repeat(300),
  ])('%j is refused for anything new', async (name) => {
    expect(nameProblem(`folder/${name}`)).not.toBeNull()
    const body = { path: `folder/${name}`, location: 'temp' as const }
    const calls = [
      person.api(routes.writeFile, { body: { ...body, content: 'x' } }),
      person.api(routes.makeFolder, { body }),
      put(`folder/${name}`, 'x'),
    ]
    for (const error of await Promise.all(calls.map(refusal))) expect(error.status).toBe(400)
  })

  test.each(['a.b.c', 'größe', '日本語.txt', '.hidden', 'with space.txt', 'console.log', "it's"])(
    '%j is a name',
    (name) => expect(nameProblem(`folder/${name}`)).toBeNull(),
  )

  test('two spellings of one name in Unicode are one file', async () => {
    await put('caf\u00e9.txt', 'one')
    await put('cafe\u0301.txt', 'two')
    const { items } = await person.api(routes.listFiles, { body: { location: 'temp' } })
    expect(items.map((item) => item.name).filter((name) => name.startsWith('caf'))).toEqual(['caf\u00e9.txt'])
    expect(await (await download('cafe\u0301.txt')).text()).toBe('two')
  })
})

describe('quotas', () => {
  test('what goes over is refused, and what was refused counts for nothing', async () => {
    const folder = join(server().config.dataDir, 'usage')
    mkdirSync(folder)
    const usage = new FileUsage({ foldersOf: async () => [folder], bytesMax: async () => 3_000_000 })
    usage.note('org', 1_000_000)
    await usage.hold('org', 1_500_000)
    await expect(usage.hold('org', 600_000)).rejects.toMatchObject({ code: 'quota_exceeded' })
    await usage.hold('org', 500_000)
    usage.release('org', 2_000_000)
    usage.note('org', 500_000)
    await usage.requireRoom('org', 1_500_000)
    expect(await usage.bytes('org')).toBe(1_500_000)
    expect(await usage.bytes('another')).toBe(0)
  })

  test('of many at once those get in that there is room for, and what broke off keeps none', async () => {
    const orgId = await server().organization('Small')
    const small = await server().person('developer', orgId)
    await server().api(routes.setQuotas, { params: { id: orgId }, body: { file_bytes: 3_000_000 } })
    const send = (name: string) =>
      small.api(routes.putFile, {
        query: { path: name, location: 'temp' },
        body: new Blob([Buffer.alloc(900_000)]),
      })
    const sent = await Promise.allSettled(Array.from({ length: 6 }, (_, n) => send(`${n}.bin`)))
    const refused = sent.flatMap((one) => (one.status === 'rejected' ? [one.reason as ApiError] : []))
    expect(sent.length - refused.length).toBeLessThanOrEqual(3)
    const { bytes } = await small.api(routes.fileUsage, {})
    expect(bytes).toBe((sent.length - refused.length) * 900_000)
    for (let n = 10; (await small.api(routes.fileUsage, {})).bytes + 1_100_000 < 3_000_000; n++)
      await send(`${n}.bin`)
    expect((await refusal(send('over.bin'))).code).toBe('quota_exceeded')
  })

  test('usage is told per organization and follows writes and deletes', async () => {
    const used = async (who: TestPerson) => (await who.api(routes.fileUsage, {})).bytes
    const before = await used(person)
    await put('counted.bin', Buffer.alloc(50_000))
    await put('counted.bin', Buffer.alloc(70_000))
    expect(await used(person)).toBe(before + 70_000)
    expect(await used(stranger)).toBe(0)
    await person.api(routes.deleteFile, { body: { path: 'counted.bin', location: 'temp' } })
    expect(await used(person)).toBe(before)
  })
})

test('each change through the API is in the audit log, of the organization that it is in', async () => {
  const path = 'organizations/customer/audited.txt'
  await stranger.api(routes.writeFile, { body: { path, content: 'top secret' } })
  await stranger.api(routes.editorRename, { body: { from: path, to: `${path}.old` } })
  await stranger.api(routes.signFile, { body: { path: `${path}.old` } })
  await stranger.api(routes.editorDeleteFile, { query: { path: `${path}.old` } })
  const rows = await server().db.query<{ action: string; actor_id: string; after: unknown }>(
    `select action, actor_id, after from audit_log where org_id = $1 and action like 'file.%' order by id`,
    [stranger.orgId],
  )
  expect(rows.map((row) => row.action)).toEqual(['file.write', 'file.rename', 'file.sign', 'file.delete'])
  expect(rows.every((row) => row.actor_id === stranger.id)).toBe(true)
  expect(JSON.stringify(rows)).not.toContain('top secret')
})
