import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type ApiError, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TestPerson, useServer } from '../../testing/server.ts'

const greeting = (name: string, text: string) =>
  `import { workflow } from 'bifrost'\nexport const ${name} = workflow(async () => ${JSON.stringify(text)})\n`

const server = useServer({
  files: {
    'lib/_price.ts': `export const price = (net: number) => net * 2\n`,
    'lib/_terms.json': `{"secret":"global terms"}`,
    'data/list.csv': 'a,b\n',
    'everybody.ts': `import { context, files, workflow } from 'bifrost'
export const greet = workflow(async () => 'global')
export const reads = workflow(async (path: string) => files.read(path).catch((error: { code?: string }) => error.code))
export const writes = workflow(async (path: string) => files.write(path, 'x').then(() => 'written', (error: { code?: string }) => error.code))
export const lists = workflow(async () => (await files.list('', { recursive: true })).map((file) => file.path))
export const whose = workflow(async () => context.orgName)
`,
    'organizations/acme/greet.ts': greeting('greet', 'acme'),
    'organizations/acme/notes/plan.txt': 'the plan of acme',
    'organizations/acme/own.ts': `import { config, files, workflow } from 'bifrost'
import { price } from '../../lib/_price.ts'
export const acmePrice = workflow(async () => price(21))
export const acmeReads = workflow(async (path: string) => files.read(path).catch((error: { code?: string }) => error.code))
export const acmeActs = workflow(async (scope: string) => config.get('x', null, { scope }).catch((error: { code?: string }) => error.code))
`,
    'organizations/umbrella/greet.ts': greeting('greet', 'umbrella'),
    'organizations/umbrella/_secret.ts': `export const secret = 'known to umbrella'\nexport interface Formula { ingredient: string }\n`,
    'organizations/umbrella/only.ts': greeting('umbrellaOnly', 'umbrella'),
    'organizations/unknown/lost.ts': greeting('lost', 'unknown'),
  },
})

const refusal = (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    (value) => {
      throw new Error(`It was not refused: ${JSON.stringify(value)}`)
    },
    (error: ApiError) => error,
  )

let acme: TestPerson
let umbrella: TestPerson
let provider: TestPerson

beforeAll(async () => {
  const ids = await Promise.all(['Acme', 'Umbrella'].map((name) => server().organization(name)))
  acme = await server().person('developer', ids[0])
  umbrella = await server().person('developer', ids[1])
  provider = await server().person('developer')
})

const run = async (person: TestPerson, id: string, input: Record<string, string> = {}) => {
  for (;;)
    try {
      return await person.api(routes.executeWorkflow, { params: { id }, body: { input } })
    } catch (error) {
      // A busy machine takes longer to read the files of a new organization than a call waits; it says to try again.
      if ((error as ApiError).code !== 'unavailable') throw error
    }
}
const namesOf = async (person: TestPerson) =>
  (await person.api(routes.listWorkflows, { query: {} })).items.map(({ name }) => name)

describe('workflows below organizations/<slug>', () => {
  test('belong to that organization: own name first, then the global one, never another organization', async () => {
    expect((await run(acme, 'greet')).result).toBe('acme')
    expect((await run(umbrella, 'greet')).result).toBe('umbrella')
    expect((await run(provider, 'greet')).result).toBe('global')
    expect(await namesOf(acme)).toEqual(expect.arrayContaining(['acmePrice', 'greet', 'whose']))
    expect((await namesOf(acme)).filter((name) => name === 'greet')).toHaveLength(1)
    for (const person of [acme, provider]) expect(await namesOf(person)).not.toContain('umbrellaOnly')
    expect((await refusal(run(acme, 'umbrellaOnly'))).status).toBe(404)
  })

  test('59: an administrator of the platform lists the global ones, or those of one organization; others are not heard', async () => {
    const names = async (person: TestPerson, scope: string) =>
      (await person.api(routes.listWorkflows, { query: { scope } })).items.map(({ name }) => name)
    const { admin } = server()
    expect(await names(admin, 'global')).toEqual(await namesOf(provider))
    expect(await names(admin, umbrella.orgId)).toEqual(['greet', 'umbrellaOnly'])
    expect(await names(admin, await server().providerId())).toEqual([])
    expect((await refusal(names(admin, 'unknown'))).status).toBe(422)
    for (const scope of ['global', umbrella.orgId, 'unknown'])
      expect(await names(acme, scope)).toEqual(await namesOf(acme))
  })

  test('an id of another organization is unknown', async () => {
    const { id } = await umbrella.api(routes.getWorkflow, { params: { id: 'umbrellaOnly' } })
    const calls = [
      acme.api(routes.getWorkflow, { params: { id } }),
      acme.api(routes.getWorkflowSource, { params: { id } }),
      run(acme, id),
      acme.api(routes.updateWorkflow, { params: { id }, body: { code: 'export {}' } }),
      acme.api(routes.deleteWorkflow, { params: { id } }),
    ]
    for (const { status } of await Promise.all(calls.map(refusal))) expect(status).toBe(404)
  })

  test('inherited by the organizations below, which may have their own of the same name', async () => {
    const child = await server().organization('Acme Branch')
    await server().db.query(
      'update organizations set parent_id = $2, path = array[$1::uuid, $2::uuid] where id = $1',
      [child, acme.orgId],
    )
    const person = await server().person('developer', child)
    expect((await run(person, 'greet')).result).toBe('acme')
    await person.api(routes.createWorkflow, { body: { name: 'greet', code: greeting('greet', 'branch') } })
    expect((await run(person, 'greet')).result).toBe('branch')
    expect((await run(acme, 'greet')).result).toBe('acme')
  })

  test('a folder that no organization has defines nothing, and says so', async () => {
    const { problems } = await provider.api(routes.listWorkflows, { query: {} })
    expect(problems).toContainEqual(expect.objectContaining({ path: 'organizations/unknown' }))
    expect((await refusal(run(provider, 'lost'))).status).toBe(404)
    expect((await acme.api(routes.listWorkflows, { query: {} })).problems).toEqual([])
    // The organization may come later; no file has to be touched for it.
    const person = await server().person('developer', await server().organization('Unknown'))
    expect((await run(person, 'lost')).result).toBe('unknown')
  })

  test('a global workflow runs for each organization in that one', async () => {
    expect((await run(acme, 'whose')).result).toBe('Acme')
    expect((await run(umbrella, 'whose')).result).toBe('Umbrella')
  })

  test('what a developer creates lies in the folder of their organization, whatever has the name elsewhere', async () => {
    const made = await acme.api(routes.createWorkflow, { body: { name: 'umbrellaOnly' } })
    expect(made.path).toBe('organizations/acme/umbrella-only.ts')
    const elsewhere = { name: 'planted', path: 'organizations/umbrella/planted.ts' }
    expect((await refusal(acme.api(routes.createWorkflow, { body: elsewhere }))).status).toBe(404)
    expect(
      (await refusal(provider.api(routes.createWorkflow, { body: { ...elsewhere, name: 'alsoPlanted' } })))
        .status,
    ).toBe(400)
    await acme.api(routes.deleteWorkflow, { params: { id: made.id } })
    expect((await run(umbrella, 'umbrellaOnly')).result).toBe('umbrella')
  })

  test('global workflows are neither shown in source nor changed by developers of a customer', async () => {
    const { id } = await provider.api(routes.getWorkflow, { params: { id: 'greet' } })
    const calls = [
      acme.api(routes.getWorkflowSource, { params: { id } }),
      acme.api(routes.updateWorkflow, { params: { id }, body: { code: greeting('greet', 'taken') } }),
      acme.api(routes.deleteWorkflow, { params: { id } }),
    ]
    for (const { status } of await Promise.all(calls.map(refusal))) expect(status).toBe(403)
    expect((await run(provider, 'greet')).result).toBe('global')
    const shownTo = async (person: TestPerson, name: string) => {
      const { org_id, source_shown } = await person.api(routes.getWorkflow, { params: { id: name } })
      return { org_id, source_shown }
    }
    expect(await shownTo(acme, 'whose')).toEqual({ org_id: null, source_shown: false })
    expect(await shownTo(acme, 'acmePrice')).toEqual({ org_id: acme.orgId, source_shown: true })
    expect(await shownTo(provider, 'whose')).toEqual({ org_id: null, source_shown: true })
  })
})

describe('the workspace as a customer sees it', () => {
  test('is their own folder', async () => {
    const { items, own_folder } = await acme.api(routes.editorTree, {})
    expect(own_folder).toBe('organizations/acme')
    expect(items.map((item) => item.path)).toEqual(['organizations'])
    expect(items[0]?.children?.map((item) => item.path)).toEqual(['organizations/acme'])
    const list = await acme.api(routes.listFiles, { body: { recursive: true } })
    expect(list.items.filter((item) => !/^organizations(\/acme(\/|$)|$)/.test(item.path))).toEqual([])
    expect((await acme.api(routes.searchFiles, { body: { query: 'umbrella' } })).items).toEqual([])
    expect((await acme.api(routes.editorSearch, { query: { query: 'the plan' } })).items).toHaveLength(1)
  })

  test.each([
    'organizations/umbrella/_secret.ts',
    'organizations/acme/../umbrella/_secret.ts',
    'organizations/umbrella',
    'organizations/umbrella/not-there.ts',
    'organizations/Umbrella/_secret.ts',
    'organizations/acme/way-over/_secret.ts',
    'data/list.csv',
    'everybody.ts',
    'package.json',
  ])('%s is out of reach by every route', async (path) => {
    const folder = join(server().config.workspaceDir, 'organizations')
    mkdirSync(join(folder, 'acme'), { recursive: true })
    try {
      symlinkSync(join(folder, 'umbrella'), join(folder, 'acme/way-over'))
    } catch {
      // A case before this made it.
    }
    const { api } = acme
    const own = 'organizations/acme/notes/plan.txt'
    const calls = [
      api(routes.readFile, { body: { path } }),
      api(routes.writeFile, { body: { path, content: 'x' } }),
      api(routes.deleteFile, { body: { path } }),
      api(routes.fileInfo, { body: { path: `${path}/x` } }),
      api(routes.makeFolder, { body: { path } }),
      api(routes.putFile, { query: { path }, body: new Blob(['x']) }),
      api(routes.signFile, { body: { path } }),
      api(routes.downloadFile, { query: { path } }),
      api(routes.editorReadFile, { query: { path } }),
      api(routes.editorSaveFile, { body: { path, content: 'x', force: true } }),
      api(routes.editorDeleteFile, { query: { path, force: true } }),
      api(routes.editorMakeDirectory, { body: { path: `${path}/x` } }),
      api(routes.editorRename, { body: { from: path, to: 'organizations/acme/stolen.txt' } }),
      api(routes.editorRename, { body: { from: own, to: `${path}/x` } }),
      api(routes.listFiles, { body: { path: `${path}/x` } }),
    ]
    for (const { status } of await Promise.all(calls.map(refusal))) expect([403, 404]).toContain(status)
    const { exists } = await api(routes.fileExists, { body: { path } }).catch(() => ({ exists: false }))
    expect(exists).toBe(false)
    expect((await api(routes.readFile, { body: { path: own } })).content).toBe('the plan of acme')
  })

  test('is written there, and the provider acts for them in it', async () => {
    const write = (path: string) => acme.api(routes.writeFile, { body: { path, content: 'ours' } })
    await write('organizations/acme/new/file.txt')
    const asAcme = await provider.fetch('/api/files/editor/tree', {
      headers: { 'bifrost-scope': acme.orgId },
    })
    expect(await asAcme.json()).toMatchObject({ own_folder: 'organizations/acme' })
    expect((await provider.api(routes.editorTree, {})).own_folder).toBe('')
    const { content } = await provider.api(routes.readFile, {
      body: { path: 'organizations/acme/new/file.txt' },
    })
    expect(content).toBe('ours')
  })
})

describe('imports', () => {
  const create = (person: TestPerson, path: string, code: string) =>
    person.api(routes.editorSaveFile, { body: { path, content: code, force: true } })
  const attempt = async (
    person: TestPerson,
    imported: string,
    use: string,
    folder = 'organizations/acme',
  ) => {
    const path = `${folder}/tries.ts`
    const [before, after] = imported.startsWith('///') ? [imported, ''] : ['', imported]
    const code = `${before}\nimport { workflow } from 'bifrost'\n${after}\nexport const tries = workflow(async (${use}) => 'ran')\n`
    await create(person, path, code)
    const error = await refusal(run(person, 'tries'))
    await person.api(routes.editorDeleteFile, { query: { path, force: true } })
    return error
  }

  test('an organization uses code of everybody', async () => {
    expect((await run(acme, 'acmePrice')).result).toBe(42)
  })

  test.each([
    [`import { secret } from '../umbrella/_secret.ts'`, 'name: string = secret'],
    [`import type { Formula } from '../umbrella/_secret.ts'`, 'formula: Formula'],
    [`export * from '../umbrella/_secret.ts'`, ''],
    [`const load = () => import('../umbrella/_secret.ts')`, 'x: string = String(load)'],
    [`import { secret } from './way-over/_secret.ts'`, 'name: string = secret'],
    [`import terms from '../../lib/_terms.json'\nconsole.log(terms)`, ''],
    [`import text from '../../everybody.ts' with { type: 'text' }\nconsole.log(text)`, ''],
    [`/// <reference path="../umbrella/_secret.ts" />`, ''],
    [`declare global { interface String { stolen: string } }`, ''],
    [`declare module 'bifrost' { export const stolen: string }`, ''],
  ])('%s is refused, with its place', async (imported, use) => {
    const error = await attempt(acme, imported, use)
    expect(error).toMatchObject({ status: 409, code: 'workflow_broken' })
    expect(error.details).toMatchObject({ path: 'organizations/acme/tries.ts' })
    expect(JSON.stringify(error)).not.toContain('known to umbrella')
  })

  test("the shape of everybody's data is not shown to an organization", async () => {
    const path = 'organizations/acme/shape.ts'
    const code = `import { workflow } from 'bifrost'\nexport const shape = workflow(async (terms: typeof import('../../lib/_terms.json')) => terms)\n`
    await create(acme, path, code)
    const { parameters } = await acme.api(routes.getWorkflow, { params: { id: 'shape' } })
    await acme.api(routes.editorDeleteFile, { query: { path, force: true } })
    expect(parameters).toMatchObject([{ name: 'terms', type: 'json' }])
    expect(parameters[0]).not.toHaveProperty('fields')
  })

  test("everybody's code uses that of no organization", async () => {
    const error = await attempt(
      provider,
      `import { secret } from './organizations/umbrella/_secret.ts'`,
      'name: string = secret',
      '.',
    )
    expect(error).toMatchObject({ code: 'workflow_broken', details: { line: 3 } })
  })
})

describe('files of a run', () => {
  test('a global workflow brings its own data along and writes in the folder of the organization it runs for', async () => {
    expect((await run(acme, 'reads', { path: 'data/list.csv' })).result).toBe('a,b\n')
    expect((await run(acme, 'writes', { path: 'data/list.csv' })).result).toBe('forbidden')
    expect((await run(acme, 'writes', { path: 'organizations/acme/out.txt' })).result).toBe('written')
    for (const call of ['reads', 'writes'])
      expect((await run(acme, call, { path: 'organizations/umbrella/greet.ts' })).result).toMatch(
        /^(not_found|forbidden)$/,
      )
    const listed = (await run(acme, 'lists')).result as string[]
    expect(listed).toContain('data/list.csv')
    expect(listed.filter((path) => path.startsWith('organizations/umbrella'))).toEqual([])
  })

  test('the code of an organization reads its own files alone, no matter who runs it', async () => {
    const asAcme = async (path: string) => {
      const response = await provider.fetch('/api/workflows/acmeReads/execute', {
        method: 'POST',
        headers: { 'bifrost-scope': acme.orgId, 'content-type': 'application/json' },
        body: JSON.stringify({ input: { path } }),
      })
      return ((await response.json()) as { result: unknown }).result
    }
    for (const path of ['data/list.csv', 'everybody.ts']) {
      expect((await run(acme, 'acmeReads', { path })).result).toBe('forbidden')
      expect(await asAcme(path)).toBe('forbidden')
    }
    expect(await asAcme('organizations/umbrella/greet.ts')).toBe('not_found')
    expect(await asAcme('organizations/acme/notes/plan.txt')).toBe('the plan of acme')
  })

  test('nor does it act for others when a person of the provider runs it', async () => {
    for (const scope of ['global', umbrella.orgId]) {
      const response = await provider.fetch('/api/workflows/acmeActs/execute', {
        method: 'POST',
        headers: { 'bifrost-scope': acme.orgId, 'content-type': 'application/json' },
        body: JSON.stringify({ input: { scope } }),
      })
      expect(await response.json()).toMatchObject({ result: 'forbidden' })
    }
  })

  test('members of the provider reach no folder of an organization by a path that they choose', async () => {
    const member = await server().person('member')
    expect((await run(member, 'reads', { path: 'organizations/acme/notes/plan.txt' })).result).toBe(
      'not_found',
    )
    expect((await run(provider, 'reads', { path: 'organizations/acme/notes/plan.txt' })).result).toBe(
      'the plan of acme',
    )
  })
})

test('a short name is given once: who comes later finds nothing of an organization that is gone', async () => {
  const { db } = server()
  const first = await server().organization('Short Lived')
  const slugOf = async (id: string) =>
    (await db.query<{ slug: string }>('select slug from organizations where id = $1', [id]))[0]?.slug
  expect(await slugOf(first)).toBe('short-lived')
  const leaver = await server().person('developer', first)
  const path = 'organizations/short-lived/plan.txt'
  await leaver.api(routes.writeFile, { body: { path, content: 'left behind' } })
  await expect(db.query(`update organizations set slug = 'acme-two' where id = $1`, [first])).rejects.toThrow(
    /never changes/,
  )
  await db.query('delete from users where id = $1', [leaver.id])
  await db.query('delete from audit_log where org_id = $1', [first])
  await db.query('delete from organizations where id = $1', [first])
  const second = await server().organization('Short Lived')
  expect(await slugOf(second)).toMatch(/^short-lived-[0-9a-f]{8}$/)
  const later = await server().person('developer', second)
  expect((await refusal(later.api(routes.readFile, { body: { path } }))).status).toBe(404)
})
