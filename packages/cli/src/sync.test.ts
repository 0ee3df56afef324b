import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
