import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type Permission, routes } from '@bifrost/contract'
import { connect, files } from 'bifrost'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TestPerson, useServer } from '../../testing/server.ts'

const SOURCE = `import { workflow } from 'bifrost'\nexport const mine = workflow(async () => 1)\n`

const server = useServer({
  files: {
    'lib/price.ts': 'export const price = 1\n',
    'data/list.csv': 'a,b\n',
    'data/note.txt': 'note\n',
    'mine.ts': SOURCE,
    'writes.ts': `import { files, workflow } from 'bifrost'
export const writes = workflow(async (path: string) => files.write(path, 'x').then(() => 'written', (error: { code?: string }) => error.code))
export const deletes = workflow(async (path: string) => files.delete(path).then(() => 'deleted', (error: { code?: string }) => error.code))
`,
  },
})

let developer: TestPerson
/** Keys of the developer, by what they were made for. */
const keyFor = async (...permissions: Permission[]) =>
  (await developer.api(routes.createKey, { body: { name: permissions.join(), permissions } })).key

let filesOnly: string
let both: string

beforeAll(async () => {
  developer = await server().person('developer')
  filesOnly = await keyFor('file:read', 'file:write')
  both = await keyFor('file:read', 'file:write', 'workflow:write')
})

const call = (key: string, path: string, init: RequestInit) =>
  server().anonymous(path, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } })
const json = (method: string, body: object): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const bytes: RequestInit = {
  method: 'PUT',
  body: 'x',
  headers: { 'content-type': 'application/octet-stream' },
}
const inWorkspace = (path: string) => join(server().config.workspaceDir, path)

describe('a key for files alone writes no source (V12)', () => {
  const ways: [string, (path: string) => [string, RequestInit]][] = [
    ['files/write', (path) => ['/api/files/write', json('POST', { path, content: SOURCE })]],
    ['files/content', (path) => [`/api/files/content?${new URLSearchParams({ path })}`, bytes]],
    ['files/delete', (path) => ['/api/files/delete', json('POST', { path })]],
    [
      'the editor',
      (path) => ['/api/files/editor/file', json('POST', { path, content: SOURCE, force: true })],
    ],
    [
      'the editor, deleting',
      (path) => [`/api/files/editor/file?${new URLSearchParams({ path })}`, { method: 'DELETE' }],
    ],
    [
      'the editor, renaming it',
      (path) => ['/api/files/editor/rename', json('POST', { from: path, to: 'data/away.txt' })],
    ],
    [
      'the editor, renaming to it',
      (path) => [
        '/api/files/editor/rename',
        json('POST', { from: 'data/note.txt', to: path.replace('mine', 'mine2') }),
      ],
    ],
  ]

  test.each(ways)('by %s', async (_name, way) => {
    const address = way('mine.ts')
    expect((await call(filesOnly, ...address)).status).toBe(403)
    for (const spelled of ['./mine.ts', '/mine.ts', 'data/../mine.ts', 'mine.TS'])
      expect((await call(filesOnly, ...way(spelled))).status).not.toBeLessThan(400)
    expect(readFileSync(inWorkspace('mine.ts'), 'utf8')).toBe(SOURCE)
    expect(existsSync(inWorkspace('mine2.ts'))).toBe(false)
  })

  test.each([
    'x.ts',
    'x.mts',
    'x.cts',
    'x.tsx',
    'x.js',
    'x.mjs',
    'x.cjs',
    'x.jsx',
    'package.json',
    'requirements.txt',
    'organizations/acme/pyproject.toml',
    'tsconfig.json',
    'a/tsconfig.build.json',
    '.npmrc',
    'node_modules/p/index.d.ts',
    'node_modules/p/data.txt',
    'data/x.css',
    'look.SCSS',
  ])('%s is one', async (path) => {
    const answer = await call(filesOnly, '/api/files/write', json('POST', { path, content: '{}' }))
    expect([answer.status, (await answer.json()) as object]).toMatchObject([
      403,
      { error: { message: expect.stringContaining('workflow:write') } },
    ])
    expect(existsSync(inWorkspace(path))).toBe(false)
  })

  test('a folder with sources is neither moved nor deleted, nor made where packages lie', async () => {
    for (const address of [
      ['/api/files/editor/rename', json('POST', { from: 'lib', to: 'moved' })],
      ['/api/files/editor/file?path=lib', { method: 'DELETE' }],
      ['/api/files/folder', json('POST', { path: 'node_modules' })],
      ['/api/files/editor/directory', json('POST', { path: 'node_modules/p' })],
    ] as [string, RequestInit][])
      expect([address[0], (await call(filesOnly, ...address)).status]).toEqual([
        address[0],
        expect.toBeOneOf([403, 404]),
      ])
    expect(existsSync(inWorkspace('lib/price.ts'))).toBe(true)
    expect(existsSync(inWorkspace('node_modules'))).toBe(false)
  })

  test('with the SDK, by a program outside', async () => {
    connect({ url: server().url, token: filesOnly })
    await expect(files.write('sdk.ts', SOURCE)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(files.delete('mine.ts')).rejects.toMatchObject({ code: 'forbidden' })
    async function* parts() {
      yield SOURCE
    }
    await expect(files.writeStream('sdk.ts', parts())).rejects.toMatchObject({ code: 'forbidden' })
    expect(existsSync(inWorkspace('sdk.ts'))).toBe(false)
  })

  test('an address to write to is none of the workspace, and takes the permission to write', async () => {
    const sign = (key: string, location: string) =>
      call(key, '/api/files/signed-url', json('POST', { path: 'x.ts', location, method: 'PUT' }))
    expect((await sign(both, 'workspace')).status).not.toBe(200)
    connect({ url: server().url, token: await keyFor('file:read', 'workflow:write') })
    await expect(files.signedUrl('x.txt', { location: 'uploads', method: 'PUT' })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  test('what is no source it writes, and with workflow:write it writes all', async () => {
    const write = (key: string, path: string) =>
      call(key, '/api/files/write', json('POST', { path, content: 'export {}\n' }))
    expect((await write(filesOnly, 'data/other.csv')).status).toBe(200)
    expect(
      (
        await call(
          filesOnly,
          '/api/files/editor/rename',
          json('POST', { from: 'data/other.csv', to: 'data/third.csv' }),
        )
      ).status,
    ).toBe(200)
    expect((await write(both, 'both.ts')).status).toBe(200)
    expect((await call(both, '/api/files/delete', json('POST', { path: 'both.ts' }))).status).toBe(204)
    // Reading is what file:read is for.
    expect((await call(filesOnly, '/api/files/read', json('POST', { path: 'mine.ts' }))).status).toBe(200)
  })

  test('a link to what is a source is no way to write it', async () => {
    symlinkSync('../mine.ts', inWorkspace('data/linked.txt'))
    const answer = await call(
      filesOnly,
      '/api/files/write',
      json('POST', { path: 'data/linked.txt', content: 'x' }),
    )
    expect(answer.status).toBe(403)
    expect(readFileSync(inWorkspace('mine.ts'), 'utf8')).toBe(SOURCE)
  })

  test('a run that members start writes none either', async () => {
    const member = await server().person('member')
    for (const [id, path] of [
      ['writes', 'by-run.ts'],
      ['deletes', 'mine.ts'],
    ] as const) {
      const { result } = await member.api(routes.executeWorkflow, {
        params: { id },
        body: { input: { path } },
      })
      expect(result).toBe('forbidden')
    }
    const by = await developer.api(routes.executeWorkflow, {
      params: { id: 'writes' },
      body: { input: { path: 'by-run.ts' } },
    })
    expect(by.result).toBe('written')
  })
})
