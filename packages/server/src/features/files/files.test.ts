import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { type ApiError, type FileRef, limits, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'data/list.csv': 'a,b\n1,2\n',
    'lib/helper.ts': `export const needle = 'find me'\n// find me too\n`,
    'uses.ts': `import { type FileRef, files, workflow } from 'bifrost'
export const reads = workflow(async (file: FileRef) => ({ text: await files.read(file), name: file.name, type: file.contentType, size: file.size }))
export const walks = workflow(async () => {
  await files.write('reports/today.txt', 'größer 👋', { location: 'temp' })
  await files.writeBytes('reports/raw.bin', new Uint8Array([0, 255, 10]), { location: 'temp' })
  const listed = (await files.list('reports', { location: 'temp' })).map((one) => [one.path, one.size, one.modifiedAt instanceof Date])
  const there = await files.exists('reports/today.txt', { location: 'temp' })
  const bytes = [...(await files.readBytes('reports/raw.bin', { location: 'temp' }))]
  const text = await files.read('reports/today.txt', { location: 'temp' })
  await files.delete('reports/today.txt', { location: 'temp' })
  return { csv: await files.read('data/list.csv'), listed, there, bytes, text, after: await files.exists('reports/today.txt', { location: 'temp' }) }
})
export const readsMany = workflow(async (path: string) => Promise.all(Array.from({ length: 12 }, async () => (await files.readBytes(path)).length)))
export const escapes = workflow(async (path: string) => files.read(path).then((text) => 'reached ' + text, (error: Error & { code?: string }) => error.code ?? error.message))
export const plants = workflow(async (path: string) => files.write(path, 'planted').then(() => 'written', (error: Error & { code?: string }) => error.code ?? error.message))
`,
  },
})

const refusal = async (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    (value) => {
      throw new Error(`It was not refused: ${JSON.stringify(value)}`)
    },
    (error: ApiError) => error,
  )
const read = (path: string) => server().api(routes.readFile, { body: { path } })
const outside = [
  '../data/cli.key',
  '..',
  'data/../../data/cli.key',
  'data/../../../../../../etc/passwd',
  'a\0b',
  '..\\..\\x/../../data/cli.key',
]

describe('files of the workspace', () => {
  test('are read, written, listed, asked for and deleted, as text and as bytes', async () => {
    const write = (content: string, is_base64?: boolean) =>
      server().api(routes.writeFile, {
        body: { path: 'new/deep/file.bin', content, ...(is_base64 ? { is_base64 } : {}) },
      })
    const bytes = Buffer.from([0, 1, 254, 255])
    expect(await write(bytes.toString('base64'), true)).toMatchObject({ path: 'new/deep/file.bin', size: 4 })
    const body = { path: 'new/deep/file.bin', as_base64: true }
    expect(await server().api(routes.readFile, { body })).toMatchObject({
      content: bytes.toString('base64'),
      size: 4,
    })
    const exists = async () =>
      (await server().api(routes.fileExists, { body: { path: 'new/deep/file.bin' } })).exists
    expect(await exists()).toBe(true)
    const { items } = await server().api(routes.listFiles, { body: { path: 'new', recursive: true } })
    expect(items.map((item) => item.path)).toEqual(['new/deep', 'new/deep/file.bin'])
    await server().api(routes.deleteFile, { body: { path: 'new/deep/file.bin' } })
    expect(await exists()).toBe(false)
    expect(await refusal(read('new/deep/file.bin'))).toMatchObject({ status: 404 })
    expect(await refusal(server().api(routes.deleteFile, { body: { path: 'new' } }))).toMatchObject({
      status: 409,
    })
    await server().api(routes.deleteFile, { body: { path: 'new/deep' } })
  })

  test.each(outside)('the path %j is refused by every route', async (path) => {
    const key = join(server().config.dataDir, 'cli.key')
    const before = readFileSync(key, 'utf8')
    const calls = [
      read(path),
      server().api(routes.writeFile, { body: { path, content: 'x' } }),
      server().api(routes.deleteFile, { body: { path } }),
      server().api(routes.listFiles, { body: { path } }),
      server().api(routes.fileExists, { body: { path } }),
      server().api(routes.editorReadFile, { query: { path } }),
      server().api(routes.editorSaveFile, { body: { path, content: 'x', force: true } }),
      server().api(routes.editorDeleteFile, { query: { path } }),
      server().api(routes.editorMakeDirectory, { body: { path } }),
      server().api(routes.editorRename, { body: { from: path, to: 'stolen.txt' } }),
      server().api(routes.editorRename, { body: { from: 'data/list.csv', to: path } }),
    ]
    for (const { status } of await Promise.all(calls.map(refusal))) expect([400, 404]).toContain(status)
    expect(readFileSync(key, 'utf8')).toBe(before)
    expect(existsSync(join(server().config.workspaceDir, 'stolen.txt'))).toBe(false)
  })

  test('an absolute path is one below the workspace', async () => {
    expect(await refusal(read('/etc/passwd'))).toMatchObject({ status: 404 })
    expect((await read('/data/list.csv')).content).toBe('a,b\n1,2\n')
  })

  test('a link out of the workspace is followed by nothing', async () => {
    const { dataDir, workspaceDir } = server().config
    symlinkSync(dataDir, join(workspaceDir, 'way-out'))
    symlinkSync(join(dataDir, 'cli.key'), join(workspaceDir, 'key.txt'))
    symlinkSync('/nowhere/at/all', join(workspaceDir, 'broken-link'))
    for (const path of ['way-out/cli.key', 'key.txt', 'way-out', 'broken-link'])
      expect([400, 404]).toContain((await refusal(read(path))).status)
    for (const path of ['way-out/planted.txt', 'key.txt', 'broken-link']) {
      const error = await server()
        .api(routes.writeFile, { body: { path, content: 'x' } })
        .catch((thrown: ApiError) => thrown)
      // A link itself may be replaced by a file; what it leads to may not change.
      if ('code' in error) expect(error.status).toBe(400)
    }
    expect(existsSync(join(dataDir, 'planted.txt'))).toBe(false)
    expect(readFileSync(join(dataDir, 'cli.key'), 'utf8')).toMatch(/^bfk_/)
    expect(existsSync('/nowhere')).toBe(false)
    const { items } = await server().api(routes.listFiles, { body: { recursive: true } })
    expect(items.map((item) => item.path)).not.toContain('way-out')
  })

  test.skipIf(process.platform === 'win32')('a pipe is no file, and delays no other', async () => {
    execFileSync('mkfifo', [join(server().config.workspaceDir, 'pipe.txt')])
    for (let n = 0; n < 8; n++) expect(await refusal(read('pipe.txt'))).toMatchObject({ status: 400 })
    expect(await read('data/list.csv')).toMatchObject({ size: 8 })
    rmSync(join(server().config.workspaceDir, 'pipe.txt'))
  })

  test('a folder is no file', async () => {
    expect(await refusal(read('data'))).toMatchObject({ status: 400 })
    expect(
      await refusal(server().api(routes.writeFile, { body: { path: 'data', content: 'x' } })),
    ).toMatchObject({ status: 400 })
    expect(
      await refusal(server().api(routes.writeFile, { body: { path: 'data/list.csv/x', content: 'x' } })),
    ).toMatchObject({ status: 400 })
    expect(await refusal(server().api(routes.listFiles, { body: { path: 'data/list.csv' } }))).toMatchObject({
      status: 404,
    })
    for (const path of ['.', '/', ''])
      expect([400, 422]).toContain(
        (await refusal(server().api(routes.editorDeleteFile, { query: { path } }))).status,
      )
  })
})

describe('the editor (74)', () => {
  const save = (body: { path: string; content: string; etag?: string; force?: boolean }) =>
    server().api(routes.editorSaveFile, { body })

  test('a save on top of another one is refused with what is there now; force overwrites', async () => {
    const first = await save({ path: 'edit.txt', content: 'one' })
    const second = await save({ path: 'edit.txt', content: 'two', etag: first.etag })
    const stale = await refusal(save({ path: 'edit.txt', content: 'three', etag: first.etag }))
    expect(stale).toMatchObject({ status: 409, details: { etag: second.etag, content: 'two' } })
    expect(await refusal(save({ path: 'edit.txt', content: 'three' }))).toMatchObject({ status: 409 })
    expect(await save({ path: 'edit.txt', content: 'three', force: true })).toMatchObject({
      content: 'three',
    })
    await server().api(routes.editorDeleteFile, { query: { path: 'edit.txt' } })
    expect(await refusal(save({ path: 'edit.txt', content: 'x', etag: first.etag }))).toMatchObject({
      status: 409,
    })
  })

  test('folders and names: made, moved, not over something that is there', async () => {
    await server().api(routes.editorMakeDirectory, { body: { path: 'made/here' } })
    await save({ path: 'made/here/a.txt', content: 'a' })
    await server().api(routes.editorRename, { body: { from: 'made', to: 'moved' } })
    expect((await server().api(routes.editorReadFile, { query: { path: 'moved/here/a.txt' } })).content).toBe(
      'a',
    )
    expect(
      await refusal(
        server().api(routes.editorRename, { body: { from: 'moved/here/a.txt', to: 'data/list.csv' } }),
      ),
    ).toMatchObject({ status: 409 })
    expect([400, 409]).toContain(
      (
        await refusal(
          server().api(routes.editorRename, { body: { from: 'moved', to: 'moved/inside/itself' } }),
        )
      ).status,
    )
    await server().api(routes.editorDeleteFile, { query: { path: 'moved' } })
    expect(
      await refusal(server().api(routes.editorReadFile, { query: { path: 'moved/here/a.txt' } })),
    ).toMatchObject({ status: 404 })
  })

  test('the tree nests; installed packages and links are not in it', async () => {
    server().write('node_modules/some/index.js', '')
    const { items } = await server().api(routes.editorTree, {})
    const data = items.find((node) => node.path === 'data')
    expect(data).toMatchObject({
      is_directory: true,
      children: [{ path: 'data/list.csv', name: 'list.csv' }],
    })
    expect(JSON.stringify(items)).not.toContain('node_modules')
  })

  test('search tells line, column and context, says when there is more, and wants something to look for', async () => {
    const search = (query: string, limit?: number) =>
      server().api(routes.editorSearch, { query: { query, ...(limit ? { limit } : {}) } })
    const found = await search('FIND me')
    expect(found).toEqual({
      truncated: false,
      items: expect.arrayContaining([
        { path: 'lib/helper.ts', line: 1, column: 24, context: `export const needle = 'find me'` },
        { path: 'lib/helper.ts', line: 2, column: 4, context: '// find me too' },
      ]),
    })
    expect(await search('find me', 1)).toMatchObject({ truncated: true, items: [{ line: 1 }] })
    expect(await refusal(search(''))).toMatchObject({ status: 422 })
  })

  test('a binary file is not opened as text', async () => {
    server().write('image.png', new Uint8Array([137, 80, 0, 71]))
    expect(
      await refusal(server().api(routes.editorReadFile, { query: { path: 'image.png' } })),
    ).toMatchObject({ status: 400 })
  })
})

describe('uploads', () => {
  const upload = (body: Blob, name: string, content_type?: string) =>
    server().api(routes.uploadFile, { query: { name, ...(content_type ? { content_type } : {}) }, body })

  test('an uploaded file is what a FileRef parameter takes, and the workflow reads it', async () => {
    const ref = await upload(new Blob(['größer,👋']), 'list of things.csv', 'text/csv')
    expect(ref).toMatchObject({ name: 'list of things.csv', size: 13, content_type: 'text/csv' })
    const { result, error } = await server().execute('reads', { file: ref })
    expect(error).toBeNull()
    expect(result).toEqual({ text: 'größer,👋', name: 'list of things.csv', type: 'text/csv', size: 13 })
  })

  test.each([
    '../../evil.sh',
    '..',
    '/etc/passwd',
    'a/b\\c',
    '.hidden',
    'ü'.repeat(200),
    'con\u0000trol',
    '\u202etxt.exe',
  ])('a file called %j stays in its place', async (name) => {
    const ref = await upload(new Blob(['x']), name)
    expect(ref.id).toMatch(/^[0-9a-f-]{36}\/[^/]+$/)
    expect((await server().execute('reads', { file: ref })).result).toMatchObject({ text: 'x' })
  })

  test('a made-up file is not found, and a path instead of an id leads nowhere', async () => {
    const made = (id: string): FileRef => ({ id, name: 'x', size: 1, content_type: 'text/plain' })
    for (const id of ['0192aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee/x', '../../../cli.key', '/etc/passwd'])
      expect((await server().execute('reads', { file: made(id) })).status).toBe('FAILED')
    expect(await refusal(server().execute('reads', { file: { id: 'x' } }))).toMatchObject({ status: 422 })
  })

  test('another organization cannot read it', async () => {
    const ref = await upload(new Blob(['ours']), 'ours.txt')
    const stranger = await server().person('developer', await server().organization())
    const theirs = await stranger.api(routes.executeWorkflow, {
      params: { id: 'reads' },
      body: { input: { file: ref as never } },
    })
    expect(theirs.status).toBe('FAILED')
  })

  test('one that says it is over the limit answers 413 before it is sent', async () => {
    const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${server().admin.apiKey}`,
        'content-type': 'application/octet-stream',
        'content-length': limits.fileStreamBytesMax + 1,
      }
      const sent = request(`${server().url}/api/files/upload?name=huge.bin`, { method: 'POST', headers })
      sent.on('error', reject).on('response', async (response) => {
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(await response.toArray()).toString(),
        })
        sent.destroy()
      })
      sent.flushHeaders()
    })
    expect({ status, code: JSON.parse(body).error.code }).toEqual({ status: 413, code: 'body_too_large' })
  })
})

describe('files in a workflow', () => {
  test('are read, written, listed and deleted', async () => {
    const { result, error } = await server().execute('walks')
    expect(error).toBeNull()
    expect(result).toEqual({
      csv: 'a,b\n1,2\n',
      listed: [
        ['reports/raw.bin', 3, true],
        ['reports/today.txt', 13, true],
      ],
      there: true,
      bytes: [0, 255, 10],
      text: 'größer 👋',
      after: false,
    })
  })

  test.each(outside)('the path %j leads nowhere', async (path) => {
    const { result } = await server().execute('escapes', { path })
    expect(result).toMatch(/^(bad_request|not_found)$/)
  })

  test('many large files at once come one after the other, and each in time', async () => {
    server().write('data/large.bin', Buffer.alloc(12_000_000, 7))
    const { result } = await server().execute('readsMany', { path: 'data/large.bin' })
    expect(result).toEqual(Array(12).fill(12_000_000))
    server().remove('data/large.bin')
  }, 20_000)

  test('code is written by developers alone, other files by anyone who runs such a workflow', async () => {
    const member = await server().person('member')
    const plant = async (path: string) =>
      (await member.api(routes.executeWorkflow, { params: { id: 'plants' }, body: { input: { path } } }))
        .result
    expect(await plant('notes/plain.txt')).toBe('written')
    for (const path of [
      'evil.ts',
      'evil.TS',
      'a/evil.mts',
      'package.json',
      'evil.tsx',
      '.npmrc',
      'x/.git/config',
      'tsconfig.json',
      'evil.js',
      'evil.cts',
      'node_modules/kit/index',
    ])
      expect({ path, result: await plant(path) }).toEqual({ path, result: 'forbidden' })
  })

  test('code is code by whatever path it is written', async () => {
    const member = await server().person('member')
    symlinkSync('uses.ts', join(server().config.workspaceDir, 'looks-like.txt'))
    for (const path of [
      'new.ts/',
      'new.ts//',
      '\\.git/config',
      './new.ts/',
      'x/../package.json/',
      'looks-like.txt',
    ]) {
      const answer = await member.api(routes.executeWorkflow, {
        params: { id: 'plants' },
        body: { input: { path } },
      })
      expect({ path, result: answer.result }).toEqual({ path, result: 'forbidden' })
    }
    expect(existsSync(join(server().config.workspaceDir, 'new.ts'))).toBe(false)
  })

  test('what has been in temp for a day is gone after a start; what is newer may be in use by another process', async () => {
    await server().execute('walks')
    const stray = join(server().config.dataDir, 'files/temp', await server().providerId(), 'stray.txt')
    const fresh = join(stray, '../fresh.txt')
    for (const file of [stray, fresh]) writeFileSync(file, 'x')
    const longAgo = Date.now() / 1000 - 25 * 60 * 60
    utimesSync(stray, longAgo, longAgo)
    await server().restart()
    expect([existsSync(stray), existsSync(fresh)]).toEqual([false, true])
  })
})

test('members read and write no files through the API', async () => {
  const member = await server().person('member')
  const calls = [
    member.api(routes.readFile, { body: { path: 'data/list.csv' } }),
    member.api(routes.writeFile, { body: { path: 'x.txt', content: '' } }),
    member.api(routes.editorTree, {}),
  ]
  for (const error of await Promise.all(calls.map(refusal))) expect(error.status).toBe(403)
})
