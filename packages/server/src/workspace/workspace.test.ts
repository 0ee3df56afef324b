import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { limits } from '@bifrost/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import { silentLog } from '../platform/log.ts'
import { createNotifier } from '../platform/notify.ts'
import { makeScope, type OrgScope } from '../platform/scope.ts'
import type { TestDatabase } from '../testing/database.ts'
import { until } from '../testing/server.ts'
import { createTestDatabase } from '../testing/test-database.ts'
import { createCodeVersions } from './code-versions.ts'
import { INLINE_CODE } from './inline-code.ts'
import type { KnownHarm } from './quarantine.ts'
import type { AnalyzedFile, Builder } from './types.ts'
import { Workspace } from './workspace.ts'

// The builder is played here, at its interface: a test decides when it hangs or fails, without waiting.

interface Call {
  owner: string | null
  changed: string[] | undefined
}

let database: TestDatabase
let db: Database
let folder: string
let open: Workspace[]
let calls: Call[]
/** What the builder does for an owner; without an entry it finds one workflow in each file, named after it. */
let analyses: Map<string | null, (changed: string[] | undefined) => Promise<AnalyzedFile[]>>
const scopes = new Map<string, OrgScope>()
const scopeOf = (slug: string): OrgScope => {
  const scope = scopes.get(slug)
  if (!scope) throw new Error(`There is no organization ${slug}.`)
  return scope
}

beforeEach(async () => {
  database = await createTestDatabase()
  db = openDatabase(database.connection, silentLog)
  folder = mkdtempSync('/tmp/bifrost-workspace-')
  open = []
  calls = []
  analyses = new Map()
  for (const slug of ['acme', 'beta']) {
    const orgId = newId()
    await db.query('insert into organizations (id, name, slug) values ($1, $2, $2)', [orgId, slug])
    const organization = { slug, isProvider: false, isActive: true, parent: null }
    scopes.set(
      slug,
      makeScope({
        orgId,
        orgName: slug,
        organization,
        userId: null,
        email: null,
        name: null,
        role: 'developer',
      }),
    )
  }
  save('lib/price.ts', '')
  save('organizations/acme/one.ts', '')
  save('organizations/beta/two.ts', '')
})

afterEach(async () => {
  for (const workspace of open) await workspace.stop()
  await db.close()
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

function save(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

const defines = (path: string, uses: string[] = []): AnalyzedFile => ({
  path,
  error: null,
  executables: [{ ...INLINE_CODE, name: path.split('/').at(-1)?.replace('.ts', '') ?? '' }],
  uses,
})

const unreadable = (path: string): AnalyzedFile => ({
  path,
  error: { message: 'It ended the builder.', path, line: null, column: null },
  executables: [],
})

async function openWorkspace(paths: Record<string, string[]>): Promise<Workspace> {
  const builder: Builder = {
    analyze: async (owner, changed) => {
      calls.push({ owner, changed })
      const analyze = analyses.get(owner)
      return analyze ? analyze(changed) : (paths[owner ?? ''] ?? []).map((path) => defines(path))
    },
    preview: async (path) => defines(path),
    typeErrors: async () => [],
    bundle: async (path) => ({
      version: `version of ${path}`,
      source: '',
      screens: [],
      inputs: [],
      sources: {},
    }),
    bundleCode: async () => ({ version: 'code', source: '', screens: [], inputs: [], sources: {} }),
    screenRuntime: async () => '',
    knownHarm: (owner) => harmOf(owner),
    recallHarm: (owner, harm) => recalled.set(owner, harm),
    stop: async () => {
      for (const fail of failing) fail(new Error('The builder was stopped.'))
    },
  }
  const workspace = new Workspace({
    db,
    builder,
    codeVersions: createCodeVersions(db),
    notifier: createNotifier(),
    workspaceDir: folder,
    shared: false,
    log: silentLog,
    packages: { want: async () => {}, drop: async () => {} },
  })
  open.push(workspace)
  await workspace.start()
  return workspace
}

const harmOf = (owner: string | null): KnownHarm => ({
  refused: [[`of ${owner}`, 'It ended the builder.', []]],
  held: [],
})
const recalled = new Map<string | null, KnownHarm>()
const failing = new Set<(error: Error) => void>()
const neverAnswers = () => new Promise<AnalyzedFile[]>((_resolve, reject) => failing.add(reject))
const FILES = { acme: ['organizations/acme/one.ts'], beta: ['organizations/beta/two.ts'] }
const ofOwner = (owner: string | null) => calls.filter((call) => call.owner === owner)

describe('an organization whose files are never read to the end', () => {
  test('keeps neither the start nor another organization waiting, and the server stops', async () => {
    analyses.set('acme', neverAnswers)
    const workspace = await openWorkspace(FILES)
    const beta = scopeOf('beta')
    await workspace.ready(beta)
    expect(workspace.list(beta).map((row) => row.definition.name)).toEqual(['two'])
    expect((await workspace.runnable(beta, 'two')).codeVersion).toBe('version of organizations/beta/two.ts')
    save('organizations/beta/three.ts', '')
    analyses.set('beta', async () => [defines('organizations/beta/three.ts')])
    expect((await workspace.find(beta, 'three')).path).toBe('organizations/beta/three.ts')
    await expect(workspace.find(beta, 'nowhere')).rejects.toMatchObject({ code: 'not_found' })
    await until('it is read, and not to the end', () => ofOwner('acme').length > 0)
    expect(ofOwner('acme')).toHaveLength(1)
    await workspace.stop()
  })

  test('what was stored is there from the start on, and runs', async () => {
    const before = await openWorkspace(FILES)
    await before.scanned
    await before.runnable(scopeOf('acme'), 'one')
    await before.stop()
    save('organizations/acme/other.ts', 'new')
    analyses.set('acme', neverAnswers)
    const workspace = await openWorkspace(FILES)
    const acme = scopeOf('acme')
    expect(workspace.list(acme).map((row) => row.definition.name)).toEqual(['one'])
    expect((await workspace.runnable(acme, 'one')).codeVersion).toBe('version of organizations/acme/one.ts')
  })
})

test('scanned means read to the end, however long one owner takes; runs and lists do not wait so long', async () => {
  const answer = Promise.withResolvers<AnalyzedFile[]>()
  analyses.set('acme', () => answer.promise)
  const workspace = await openWorkspace(FILES)
  const scanned = workspace.scanned.then(() => 'scanned')
  await until('the others are read', () => workspace.list(scopeOf('beta')).length > 0)
  const later = new Promise((resolve) =>
    setTimeout(resolve, limits.sourceWaitTimeoutMs + 1000, 'still scanning'),
  )
  expect(await Promise.race([scanned, later])).toBe('still scanning')
  await expect(workspace.find(scopeOf('acme'), 'one')).rejects.toMatchObject({ code: 'unavailable' })
  await expect(workspace.find(scopeOf('beta'), 'one')).rejects.toMatchObject({ code: 'not_found' })
  answer.resolve([defines('organizations/acme/one.ts')])
  await scanned
  expect(workspace.list(scopeOf('acme'))).toHaveLength(1)
})

test('a builder that fails is asked again after a while or another save, not at each call; the folder has a note', async () => {
  analyses.set('acme', () => Promise.reject(new Error('out of memory')))
  const workspace = await openWorkspace(FILES)
  await workspace.scanned
  const acme = scopeOf('acme')
  for (let call = 0; call < 20; call++) await workspace.refresh(acme)
  expect(ofOwner('acme').length).toBeLessThan(3)
  expect((await workspace.problems(acme)).map((note) => note.path)).toEqual(['organizations/acme'])
  expect(await workspace.problems(scopeOf('beta'))).toEqual([])
  analyses.delete('acme')
  save('organizations/acme/one.ts', '// better')
  await until('it is read', async () => {
    await workspace.refresh(acme)
    return workspace.list(acme).length > 0
  })
  expect(await workspace.problems(acme)).toEqual([])
})

test('what was put aside of an owner stays so at the next start', async () => {
  const before = await openWorkspace(FILES)
  await before.ready(scopeOf('acme'))
  await before.stop()
  recalled.clear()
  const workspace = await openWorkspace(FILES)
  await workspace.ready(scopeOf('acme'))
  expect(recalled.get('acme')).toEqual(harmOf('acme'))
})

test('a file that could not be read is remembered: the next start does not try it again', async () => {
  analyses.set('acme', async () => [unreadable('organizations/acme/one.ts')])
  const before = await openWorkspace(FILES)
  await before.scanned
  await before.stop()
  calls = []
  const workspace = await openWorkspace(FILES)
  await workspace.scanned
  expect(calls).toEqual([])
  expect(await workspace.problems(scopeOf('acme'))).toEqual([unreadable('organizations/acme/one.ts').error])
  expect(workspace.isUnreadable('organizations/acme/one.ts')).toBe(true)
})

test('a change of a global file is read for those who use it; a change of an organization, for itself alone', async () => {
  analyses.set('acme', async () => [defines('organizations/acme/one.ts', ['lib/price.ts'])])
  const workspace = await openWorkspace(FILES)
  await workspace.scanned
  expect(new Set(calls.map((call) => call.owner))).toEqual(new Set([null, 'acme', 'beta']))
  calls = []
  save('lib/price.ts', '// new')
  await until('the change is read', async () => {
    await workspace.refresh(scopeOf('acme'))
    return ofOwner('acme').length > 0
  })
  expect(ofOwner('acme')[0]?.changed).toEqual(['lib/price.ts'])
  expect(ofOwner('beta')).toEqual([])
  calls = []
  save('organizations/beta/package.json', '{}')
  await until('the change is read', async () => {
    await workspace.refresh(scopeOf('beta'))
    return ofOwner('beta').length > 0
  })
  expect(calls.map((call) => call.owner)).toEqual(['beta'])
})

test('a flood of unknown names is no flood of looks at the files', async () => {
  const workspace = await openWorkspace(FILES)
  await workspace.scanned
  const asked = await Promise.allSettled(
    Array.from({ length: 300 }, (_, n) => workspace.find(scopeOf('acme'), `nothing${n}`)),
  )
  expect(asked.every((one) => one.status === 'rejected')).toBe(true)
  expect(ofOwner('acme')).toHaveLength(1)
})
