import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type ApiError, type Permission, routes } from '@bifrost/contract'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestPerson, useServer } from '../../testing/server.ts'
import { UnvettedFiles } from '../../workspace/unvetted-files.ts'

const workflowOf = (name: string, before: string, value: string) =>
  `import { workflow } from 'bifrost'\n${before}\nexport const ${name} = workflow(async () => ${value})\n`

const server = useServer({
  files: {
    'mails.ts': workflowOf('mails', "import text from './templates/mail.html'", 'text'),
    'deep.ts': workflowOf('deep', "import { text } from './lib/_text.ts'", 'text'),
    'lib/_text.ts': "import text from '../templates/deep.html'\nexport { text }\n",
    'pattern.ts': workflowOf(
      'pattern',
      "const read = async (name: string) => (await import('./texts/' + name + '.txt')) as { default: string }",
      "(await read('one')).default",
    ),
    'shows.ts': `import { screen, workflow } from 'bifrost'
export const shows = workflow(async (ask: boolean) => ask ? screen('s', { component: './screen.tsx' }) : 'shown')
`,
    'screen.tsx':
      "import './look.css'\nimport icon from './icons/b.svg'\nexport default () => <img src={icon} />\n",
    'look.css': ".a { background: url('./icons/a.svg') }\n",
    'templates/mail.html': '<p>first</p>',
    'templates/deep.html': '<p>first</p>',
    'templates/x.other': 'first',
    'texts/one.txt': 'first',
    'icons/a.svg': '<svg/>',
    'icons/b.svg': '<svg/>',
    'reports.ts': `import { files, workflow } from 'bifrost'
export const writes = workflow(async (path: string, text: string) => files.write(path, text).then(() => path))
export const reads = workflow(async (path: string) => files.read(path))
export const streams = workflow(async (path: string, text: string) => {
  async function* parts() { yield text }
  await files.writeStream(path, parts())
  return path
})
`,
  },
})

let member: TestPerson
let developer: TestPerson
let filesOnly: TestPerson['fetch']

beforeAll(async () => {
  member = await server().person('member')
  developer = await server().person('developer')
  const permissions: Permission[] = ['file:read', 'file:write']
  const { key } = await developer.api(routes.createKey, { body: { name: 'files', permissions } })
  filesOnly = (path, init = {}) =>
    server().anonymous(path, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } })
  symlinkSync('templates', join(server().config.workspaceDir, 'links'))
})

const execute = (person: TestPerson, id: string, input: Record<string, string | boolean> = {}) =>
  person.api(routes.executeWorkflow, { params: { id }, body: { input } })
const memberWrites = async (path: string, text = 'planted', by = 'writes') =>
  expect(await execute(member, by, { path, text })).toMatchObject({ error: null, result: path })
const save = (path: string, content: string) => developer.api(routes.writeFile, { body: { path, content } })
/** Why a workflow is refused; what it answers when it is not. */
const outcome = (id: string, input: Record<string, string | boolean> = {}): Promise<unknown> =>
  execute(developer, id, input).then(
    ({ result }) => result,
    (error: ApiError) => `${error.code}: ${error.message}`,
  )
const refusedFor = (path: string, importer: string, who = 'by member, who may not write code') =>
  `workflow_broken: "${path}" was last written ${who}. A person who may write code must save it before code can import it. (${importer})`

const post = (path: string, body: object) =>
  filesOnly(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

describe('what a person wrote who may not write code', () => {
  test('is read and written as data, wherever it lies', async () => {
    for (const path of ['exports/report.csv', 'notes/plain.txt', 'data/list.csv', 'page.html']) {
      await memberWrites(path, 'a,b\n')
      await memberWrites(path, 'c,d\n', 'streams')
      expect((await execute(member, 'reads', { path })).result).toBe('c,d\n')
    }
  })

  test.each([
    ['mails', 'templates/mail.html', 'mails.ts', 'writes'],
    ['mails', 'templates/mail.html', 'mails.ts', 'streams'],
    ['deep', 'templates/deep.html', 'lib/_text.ts', 'writes'],
    ['pattern', 'texts/one.txt', 'pattern.ts', 'writes'],
  ])('%s does not import it, before another person saves %s', async (id, path, importer, by) => {
    await save(path, 'first')
    expect(await outcome(id)).toBe('first')
    await memberWrites(path, 'planted', by)
    expect(await outcome(id)).toBe(refusedFor(path, importer))
    // The same text, saved by a person who may.
    await save(path, 'planted')
    expect(await outcome(id)).toBe('planted')
  })

  test.each([
    ['icons/a.svg', 'look.css'],
    ['icons/b.svg', 'screen.tsx'],
  ])('a screen does not show it: %s', async (path, importer) => {
    expect(await outcome('shows', { ask: false })).toBe('shown')
    await memberWrites(path, '<svg onload="x"/>')
    expect(await outcome('shows', { ask: false })).toBe(refusedFor(path, importer))
    await save(path, '<svg/>')
    expect(await outcome('shows', { ask: false })).toBe('shown')
  })

  test.each([
    ['import("./templates/inline.html")', 'templates/inline.html'],
    ['import("./links/inline.html")', 'templates/inline.html'],
    ['import("./templates/x.other", { with: { type: "text" } })', 'templates/x.other'],
  ])('inline code does not import it: %s', async (importing, path) => {
    const code = `return (await ${importing}).default`
    const run = () =>
      server()
        .api(routes.executeCode, { body: { code } })
        .then(
          ({ result }) => result,
          (error: ApiError) => `${error.code}: ${error.message}`,
        )
    await memberWrites(path)
    expect(await run()).toBe(refusedFor(path, 'code.ts'))
    await save(path, 'saved')
    expect(await run()).toBe('saved')
  })
})

describe('a file that comes to an imported name', () => {
  beforeEach(() => save('templates/mail.html', '<p>first</p>'))

  const rename = (from: string, to: string) => developer.api(routes.editorRename, { body: { from, to } })

  test('by a move of a person who may write code is what it was', async () => {
    await memberWrites('notes/mine.txt')
    await developer.api(routes.deleteFile, { body: { path: 'templates/mail.html' } })
    await rename('notes/mine.txt', 'templates/mail.html')
    expect(await outcome('mails')).toBe(refusedFor('templates/mail.html', 'mails.ts'))
  })

  test('by a move of its folder is what it was', async () => {
    await memberWrites('drafts/mail.html')
    await rename('templates', 'templates-old')
    await rename('drafts', 'templates')
    expect(await outcome('mails')).toBe(refusedFor('templates/mail.html', 'mails.ts'))
    await rename('templates', 'drafts')
    await rename('templates-old', 'templates')
    expect(await outcome('mails')).toBe('<p>first</p>')
  })

  const byKey = 'with a key of developer that may not write code'

  test('by a key for files alone is refused', async () => {
    const answer = await post('/api/files/write', { path: 'templates/mail.html', content: 'planted' })
    expect(answer.status).toBe(200)
    expect(await outcome('mails')).toBe(refusedFor('templates/mail.html', 'mails.ts', byKey))
  })

  test('by a move of a key for files alone is refused, no matter who wrote it', async () => {
    await save('notes/vetted.txt', 'for another place')
    expect((await post('/api/files/delete', { path: 'templates/mail.html' })).status).toBe(204)
    const move = { from: 'notes/vetted.txt', to: 'templates/mail.html' }
    expect((await post('/api/files/editor/rename', move)).status).toBe(200)
    expect(await outcome('mails')).toBe(refusedFor('templates/mail.html', 'mails.ts', byKey))
  })

  test('on disk, past the platform, is what the operator wants', async () => {
    await memberWrites('templates/mail.html')
    server().write('templates/mail.html', 'by hand')
    expect(await outcome('mails')).toBe('by hand')
  })
})

test('the clean-up keeps what counts, and forgets what is gone or was replaced', async () => {
  const { db, config } = server()
  const kept = ['keep/stays.txt', 'keep/gone.txt', 'keep/changed.txt']
  for (const path of kept) await memberWrites(path)
  rmSync(join(config.workspaceDir, 'keep/gone.txt'))
  server().write('keep/changed.txt', 'by the operator')
  const known = async () =>
    (
      await db.query<{ path: string }>(
        "select path from unvetted_files where path like 'keep/%' order by path",
      )
    ).map(({ path }) => path)
  const unvetted = new UnvettedFiles(db, config.workspaceDir)
  // A note that is new may be one of a file that is about to come.
  await unvetted.prune()
  expect(await known()).toEqual(kept.toSorted())
  await db.query("update unvetted_files set noted_at = now() - interval '1 hour'")
  await unvetted.prune()
  expect(await known()).toEqual(['keep/stays.txt'])
})

test('a file that is written often is noted once', async () => {
  const count = async () => {
    const [row] = await server().db.query<{ count: number }>(
      "select count(*)::int from unvetted_files where path = 'often.txt'",
    )
    return row?.count
  }
  for (const text of ['1', '22', '333']) {
    await memberWrites('often.txt', text)
    await server().db.query("update unvetted_files set noted_at = now() - interval '1 hour'")
  }
  await memberWrites('often.txt', '4444')
  expect(await count()).toBe(1)
  await server().db.query("update unvetted_files set noted_at = now() - interval '1 hour'")
  await save('often.txt', 'saved')
  expect(await count()).toBe(0)
})
