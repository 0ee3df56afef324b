import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { routes } from '@bifrost/contract'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { useServer } from '../../server/src/testing/server.ts'
import { logsCommand } from './commands/logs.ts'
import { pullCommand } from './commands/pull.ts'
import { pushCommand } from './commands/push.ts'
import { placeOf } from './sync-state.ts'

const hello = (text: string) => `import { workflow, logger } from 'bifrost'
export const hello = workflow(async () => { logger.info('hello there'); logger.debug('deep'); return '${text}' })`

const server = useServer({ files: { 'hello.ts': hello('one'), 'sub/_names.ts': 'export const names = []' } })

let folder: string
let shown: string[]
beforeEach(async () => {
  folder = mkdtempSync('/tmp/bifrost-sync-')
  shown = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => shown.push(String(text)) > 0)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => shown.push(String(text)) > 0)
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

const options = () => ({ url: server().url, apiKey: server().admin.apiKey })
const pull = (more = {}) => pullCommand(folder, { ...options(), ...more })
const push = (more = {}) => pushCommand(folder, { ...options(), ...more })
const here = (path: string) => readFileSync(join(folder, path), 'utf8')
const there = async (path: string) => (await server().api(routes.editorReadFile, { query: { path } })).content

describe('pull and push', () => {
  test('a workspace comes whole, and goes back changed', async () => {
    expect(await pull()).toBe(0)
    expect(here('hello.ts')).toContain("'one'")
    expect(here('sub/_names.ts')).toContain('names')
    writeFileSync(join(folder, 'hello.ts'), hello('two'))
    mkdirSync(join(folder, 'new'))
    writeFileSync(join(folder, 'new/_more.ts'), 'export {}')
    mkdirSync(join(folder, 'node_modules/x'), { recursive: true })
    writeFileSync(join(folder, 'node_modules/x/index.js'), '')
    expect(await push({ dryRun: true })).toBe(0)
    expect(await there('hello.ts')).toContain("'one'")
    shown = []
    expect(await push()).toBe(0)
    expect(shown).toContain('~ hello.ts\n')
    expect(shown).toContain('+ new/_more.ts\n')
    expect(shown.join('')).not.toContain('node_modules')
    expect((await server().execute('hello')).result).toBe('two')
    shown = []
    expect(await push()).toBe(0)
    expect(shown.filter((line) => /^[~+!]/.test(line))).toEqual([])
  })

  test('what others changed on the server is not written over, unless forced', async () => {
    server().write('hello.ts', hello('start'))
    await pull()
    server().write('hello.ts', hello('theirs'))
    writeFileSync(join(folder, 'hello.ts'), hello('ours'))
    expect(await push()).toBe(1)
    expect(shown).toContain('! hello.ts\n')
    expect(await there('hello.ts')).toContain('theirs')
    expect(await pull()).toBe(1)
    expect(here('hello.ts')).toContain('ours')
    expect(await push({ force: true })).toBe(0)
    expect(await there('hello.ts')).toContain('ours')
  })

  test('with force the pull takes what the server has', async () => {
    server().write('hello.ts', hello('server'))
    await pull()
    writeFileSync(join(folder, 'hello.ts'), hello('local'))
    expect(await pull({ force: true })).toBe(0)
    expect(here('hello.ts')).toContain('server')
  })

  test('files that are gone stay on the server until deleting is asked for; gone there, they go here', async () => {
    server().write('_gone.ts', 'export {}')
    server().write('_left.ts', 'export {}')
    await pull()
    rmSync(join(folder, '_gone.ts'))
    expect(await push()).toBe(0)
    expect(await there('_gone.ts')).toBe('export {}')
    expect(await push({ delete: true })).toBe(0)
    await expect(there('_gone.ts')).rejects.toMatchObject({ status: 404 })
    server().remove('_left.ts')
    expect(await pull()).toBe(0)
    expect(existsSync(join(folder, '_left.ts'))).toBe(false)
  })

  test('what begins with a dot, and packages, are neither taken nor deleted, on either side', async () => {
    const hidden = ['.env', '.gitignore', '.git/config', 'flows/.hidden.ts', '.github/x.yml']
    for (const path of hidden) server().write(path, 'ours alone')
    await pull()
    for (const path of hidden) expect(existsSync(join(folder, path))).toBe(false)
    // As an earlier version left it: it took such files.
    const file = join(folder, '.bifrost/sync.json')
    const state = JSON.parse(readFileSync(file, 'utf8'))
    for (const path of hidden) state.files[path] = { etag: 'e', hash: 'h' }
    writeFileSync(file, JSON.stringify(state))
    writeFileSync(join(folder, '.env'), 'mine')
    shown = []
    expect(await push({ delete: true })).toBe(0)
    expect(shown.join('')).not.toContain('- ')
    for (const path of hidden) expect(await there(path)).toBe('ours alone')
    expect(await pull({ force: true })).toBe(0)
    expect(here('.env')).toBe('mine')
  })

  test('a refused deletion is no file that was sent', async () => {
    server().write('gone.ts', hello('x').replaceAll('hello', 'goner'))
    await server().execute('goner')
    await pull()
    rmSync(join(folder, 'gone.ts'))
    shown = []
    expect(await push({ delete: true })).toBe(1)
    expect(shown).toContain('! gone.ts\n')
    expect(shown.join('')).toMatch(/\b0 of \d+ files were sent/)
    expect(await push({ delete: true, force: true })).toBe(0)
  })

  test('a file that others changed on the server since the last pull is not deleted there', async () => {
    server().write('_shared.ts', 'export const a = 1')
    await pull()
    rmSync(join(folder, '_shared.ts'))
    server().write('_shared.ts', 'export const a = 2')
    expect(await push({ delete: true })).toBe(1)
    expect(await there('_shared.ts')).toBe('export const a = 2')
    expect(shown.join('')).toContain('Pull first, or delete it with --force.')
    expect(await push({ delete: true, force: true })).toBe(0)
    await expect(there('_shared.ts')).rejects.toMatchObject({ status: 404 })
  })

  test('what became a link or binary here is not gone, and nothing is written through a link', async () => {
    server().write('linked/_a.ts', 'export const a = 1')
    server().write('_link.ts', 'export const b = 1')
    server().write('_binary.ts', 'export const c = 1')
    await pull()
    const elsewhere = mkdtempSync('/tmp/bifrost-sync-else-')
    rmSync(join(folder, 'linked'), { recursive: true })
    symlinkSync(elsewhere, join(folder, 'linked'))
    rmSync(join(folder, '_link.ts'))
    symlinkSync(join(elsewhere, 'target.ts'), join(folder, '_link.ts'))
    writeFileSync(join(folder, '_binary.ts'), Buffer.from([0xff, 0xfe, 0x00]))
    try {
      expect(await push({ delete: true })).toBe(0)
      for (const path of ['linked/_a.ts', '_link.ts', '_binary.ts'])
        expect(await there(path)).toContain('= 1')
      server().write('linked/_a.ts', 'export const a = 2')
      server().write('_link.ts', 'export const b = 2')
      expect(await pull({ force: true })).toBe(0)
      expect(existsSync(join(elsewhere, '_a.ts'))).toBe(false)
      expect(existsSync(join(elsewhere, 'target.ts'))).toBe(false)
      expect(readFileSync(join(folder, '_binary.ts'))).toEqual(Buffer.from([0xff, 0xfe, 0x00]))
    } finally {
      rmSync(elsewhere, { recursive: true })
      for (const path of ['linked/_a.ts', '_link.ts', '_binary.ts']) server().remove(path)
    }
  })

  test('of two names that differ in case only, one is written and the other one is named', async () => {
    server().write('_Case.ts', 'export const upper = 1')
    server().write('_case.ts', 'export const lower = 1')
    expect(await pull()).toBe(0)
    expect(here('_Case.ts')).toContain('upper')
    expect(shown.join('')).toContain('skipped _case.ts: another file on the server')
    expect(await push({ delete: true })).toBe(0)
    expect(await there('_case.ts')).toContain('lower')
    server().remove('_Case.ts')
    server().remove('_case.ts')
  })

  test('line ends and a byte order mark go back and forth as they are; other encodings stay where they are', async () => {
    const text = '\uFEFFexport {}\r\nexport const x = 1\r\n'
    const latin = Buffer.from([0x2f, 0x2f, 0xe4, 0x0a])
    server().write('_crlf.ts', text)
    server().write('latin.csv', latin)
    await pull()
    expect(here('_crlf.ts')).toBe(text)
    expect(existsSync(join(folder, 'latin.csv'))).toBe(false)
    writeFileSync(join(folder, 'other.csv'), latin)
    shown = []
    expect(await push()).toBe(0)
    expect(shown.filter((line) => /^[~+!-] /.test(line))).toEqual([])
    server().remove('_crlf.ts')
    server().remove('latin.csv')
  })

  test('a key of another organization deletes nothing of what was pulled with the first one', async () => {
    await pull()
    const { apiKey } = await server().person('org_admin', await server().organization())
    await pull({ apiKey })
    expect(here('hello.ts')).toContain('workflow')
    expect(await push({ apiKey, delete: true, dryRun: true })).toBe(0)
    expect(shown.join('')).not.toContain('- ')
  })

  test('a mistake in a file that was sent is told', async () => {
    await pull()
    writeFileSync(join(folder, 'broken.ts'), 'export const = 1')
    expect(await push()).toBe(0)
    expect(shown.join('')).toMatch(/broken\.ts:1: /)
    await server().api(routes.editorDeleteFile, { query: { path: 'broken.ts' } })
  })

  test.each(['../x', '/etc/passwd', 'a/../../x', '', '.'])('the path "%s" is never written', (path) => {
    expect(placeOf(folder, path)).toBeNull()
  })
})

describe('logs', () => {
  test('of the latest run of a workflow, from a level on', async () => {
    server().write('hello.ts', hello('logs'))
    const { execution_id } = await server().execute('hello')
    shown = []
    expect(await logsCommand(undefined, { ...options(), workflow: 'hello', level: 'info' })).toBe(0)
    expect(shown.join('')).toContain(execution_id)
    expect(shown.join('')).toContain('hello there')
    expect(shown.join('')).not.toContain('deep')
    shown = []
    expect(await logsCommand(execution_id, { ...options(), follow: true, json: true })).toBe(0)
    expect(shown.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line).message)).toEqual([
      'hello there',
      'deep',
    ])
  })

  test('an unknown run and a wrong level are told', async () => {
    await expect(logsCommand(crypto.randomUUID(), options())).rejects.toMatchObject({ exitCode: 2 })
    await expect(logsCommand(undefined, { ...options(), level: 'loud' as 'info' })).rejects.toThrow(
      'debug, info',
    )
  })
})
