import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ApiError, limits, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

// Files that end, stop or slow down what reads them. They slow down their owner, and no one else.

const define = (name: string, result: string | number) =>
  `import { workflow } from 'bifrost'\nexport const ${name} = workflow(async () => ${JSON.stringify(result)})\n`

/** The type is twice as much work with each line. */
const typeBomb = () => {
  const lines = Array.from(
    { length: 40 },
    (_, n) => `type T${n + 1}<X> = X extends infer Y ? [T${n}<[Y, 1]>, T${n}<[Y, 2]>] : never`,
  )
  return `import { workflow } from 'bifrost'
type T0<X> = X extends [infer A, infer B] ? { a: A; b: B } : X
${lines.join('\n')}
export const bomb = workflow(async (value: T40<string>) => value)
`
}

const BAD_FILES: Readonly<Record<string, string>> = {
  'brackets within brackets': `import { workflow } from 'bifrost'\nexport const w = workflow(async (a = ${'['.repeat(1500)}${']'.repeat(1500)}) => 1)\n`,
  'an endless run of spaces': `${define('spaces', 1)}// from${' '.repeat(1_000_000)}`,
  'types of types': typeBomb(),
}

const server = useServer({
  files: {
    'everybody.ts': define('everybody', 'global'),
    'organizations/acme/good.ts': define('good', 'acme'),
    'organizations/beta/own.ts': define('own', 'beta'),
  },
})

let acme: TestPerson
let beta: TestPerson
beforeAll(async () => {
  const [a, b] = await Promise.all(['Acme', 'Beta'].map((name) => server().organization(name)))
  acme = await server().person('developer', a)
  beta = await server().person('developer', b)
  await execute(acme, 'good')
})

const refusalOf = (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    (value) => {
      throw new Error(`It was not refused: ${JSON.stringify(value)}`)
    },
    (error: ApiError) => error,
  )
const execute = async (person: TestPerson, id: string) =>
  (await person.api(routes.executeWorkflow, { params: { id }, body: {} })).result
const write = (person: TestPerson, path: string, content: string) =>
  person.api(routes.writeFile, { body: { path, content, force: true } })

/** Everything that a developer does with files and workflows. */
async function worksOn(person: TestPerson, folder: string, word: string): Promise<void> {
  await write(person, `${folder}/own.ts`, define('own', word))
  await until('the save is used', async () => (await execute(person, 'own')) === word)
  await person.api(routes.createWorkflow, { body: { name: 'fresh' } })
  await person.api(routes.updateWorkflow, {
    params: { id: 'fresh' },
    body: { code: define('fresh', word) },
  })
  expect(await execute(person, 'fresh')).toBe(word)
  await person.api(routes.deleteWorkflow, { params: { id: 'fresh' } })
  expect(await execute(person, 'everybody')).toBe('global')
  expect((await person.api(routes.listWorkflows, { query: {} })).items.map((item) => item.name)).toEqual(
    expect.arrayContaining(['everybody', 'own']),
  )
}

const listOf = (person: TestPerson) => person.api(routes.listWorkflows, { query: {} })
const problemOf = (person: TestPerson, path: string) =>
  until(
    `${path} has a note`,
    async () => (await listOf(person)).problems.find((note) => note.path === path),
    90_000,
  )
/** It is done with: a note says what is wrong, or its workflow is there, since nothing of it is hard any more. */
const wasRead = (person: TestPerson, path: string) =>
  until(
    `${path} was read`,
    async () => {
      const { items, problems } = await listOf(person)
      return [...items, ...problems].some((one) => one.path === path)
    },
    90_000,
  )

/** After a bad file, its builder starts again, which takes long on a busy machine. */
const READ_MS = 100_000

describe.each(Object.entries(BAD_FILES))('a file with %s', (_what, bad) => {
  const path = 'organizations/acme/bad.ts'

  test('is its own trouble: another organization saves, makes, runs, deletes; it is read or has a note', async () => {
    await write(acme, path, bad)
    await worksOn(beta, 'organizations/beta', `with ${_what}`)
    await wasRead(acme, path)
    expect((await listOf(beta)).problems).toEqual([])
    expect(await execute(acme, 'good')).toBe('acme')
  }, 180_000)

  test('does not keep the server from a restart', async () => {
    await server().restart()
    expect(await execute(beta, 'everybody')).toBe('global')
    await wasRead(acme, path)
    await worksOn(beta, 'organizations/beta', 'after the restart')
  }, 180_000)

  test('can be replaced and deleted by its owner and by an administrator, in every way', async () => {
    const { api } = acme
    await write(acme, path, define('better', 1))
    await until(
      'the good text is used',
      async () => (await execute(acme, 'better').catch(() => null)) === 1,
      READ_MS,
    )
    const replace = (code: string) =>
      api(routes.updateWorkflow, { params: { id: 'better' }, body: { code } }).catch(() => null)
    await replace(bad)
    await replace(define('better', 2))
    await until(
      'the good text is used',
      async () => (await execute(acme, 'better').catch(() => null)) === 2,
      READ_MS,
    )

    await write(acme, path, bad)
    await api(routes.editorSaveFile, { body: { path, content: define('better', 3), force: true } })
    await write(acme, path, bad)
    await api(routes.putFile, { query: { path }, body: new Blob([bad]) }).catch(() => null)
    await api(routes.editorRename, { body: { from: path, to: 'organizations/acme/moved.ts' } })
    await api(routes.editorRename, { body: { from: 'organizations/acme/moved.ts', to: path } })
    await api(routes.editorDeleteFile, { query: { path, force: true } })

    await write(acme, path, bad)
    await server().api(routes.writeFile, { body: { path, content: bad, force: true } })
    await server().api(routes.deleteFile, { body: { path, force: true } })
    expect((await api(routes.fileExists, { body: { path } })).exists).toBe(false)
  }, 180_000)
})

describe('a flood of files', () => {
  const folder = 'organizations/acme/flood'
  beforeAll(async () => {
    const { workspaceDir } = server().config
    mkdirSync(join(workspaceDir, folder), { recursive: true })
    for (let n = 0; n < 20_000; n++) writeFileSync(join(workspaceDir, folder, `f${n}.ts`), '')
    // Files that come past the platform are counted again within a minute, and by a start at once.
    await server().restart()
  })

  test('hides no file of others; its owner is told, and may delete but not add', async () => {
    await worksOn(beta, 'organizations/beta', 'beside the flood')
    expect(await execute(acme, 'good')).toBe('acme')
    const note = await problemOf(acme, 'organizations/acme')
    expect(note.message).toContain(`more than ${limits.sourceFilesMax} source files`)
    const refused = await refusalOf(write(acme, 'organizations/acme/one-more.ts', define('more', 1)))
    expect(refused).toMatchObject({ status: 409, message: expect.stringContaining('source files at most') })
    await write(acme, 'organizations/acme/good.ts', define('good', 'still'))
    await acme.api(routes.editorDeleteFile, { query: { path: folder } })
    await write(acme, 'organizations/acme/one-more.ts', define('more', 1))
    await until(
      'the flood is over',
      async () => (await execute(acme, 'more').catch(() => null)) === 1,
      READ_MS,
    )
  }, 180_000)
})
