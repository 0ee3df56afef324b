import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { routes } from '@bifrost/contract'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Browser } from '../../server/src/testing/browser.ts'
import { until, useServer } from '../../server/src/testing/server.ts'
import { connect } from './connection.ts'
import { loginsFile } from './logins.ts'
import { runProgram } from './main.ts'

const server = useServer()
let folder: string
let said: string
let printed: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bifrost-login-'))
  vi.stubEnv('XDG_CONFIG_HOME', folder)
  vi.stubEnv('BIFROST_URL', '')
  vi.stubEnv('BIFROST_API_KEY', '')
  said = ''
  printed = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** Runs `bifrost login`, and has the administrator answer it in the browser. */
async function login(allow: boolean): Promise<number> {
  const command = runProgram(['login', '--server', `${server().url}/`])
  const user_code = await until('the command shows a code', () => /the code (\S+)\./.exec(said)?.[1] ?? null)
  // A server that is not told its public address names its own port, whatever a request calls it.
  const page = server().url.replace('127.0.0.1', 'localhost')
  expect(said).toContain(`${page}/device?code=${user_code}`)
  const browser = await new Browser(server()).signIn()
  await browser.api(routes.answerDeviceLogin, { body: { user_code, allow } })
  return command
}

test('bifrost login keeps a key for this user alone, all commands use it, and logout revokes it', async () => {
  expect(await login(true)).toBe(0)
  expect(said).toContain('Signed in as admin@example.com.')
  expect(statSync(loginsFile()).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'bifrost')).mode & 0o777).toBe(0o700)
  const { current, servers } = JSON.parse(readFileSync(loginsFile(), 'utf8')) as {
    current: string
    servers: Record<string, { key: string }>
  }
  expect(current).toBe(server().url)
  const key = servers[current]?.key ?? ''
  expect(said + printed).not.toContain(key)

  expect(await runProgram(['whoami'])).toBe(0)
  expect(printed).toBe(`admin@example.com, platform_admin of Provider, at ${server().url}\n`)

  expect(await runProgram(['logout'])).toBe(0)
  expect(() => statSync(loginsFile())).toThrow()
  const me = await server().anonymous('/api/auth/me', { headers: { authorization: `Bearer ${key}` } })
  expect(me.status).toBe(401)
  expect(await runProgram(['logout'])).toBe(2)
})

test('a login that was refused keeps nothing', async () => {
  expect(await login(false)).toBe(3)
  expect(said).toContain('denied in the browser')
  expect(() => statSync(loginsFile())).toThrow()
})

test('what is said on the command line or in the environment comes before the login', async () => {
  expect(await login(true)).toBe(0)
  const [loggedIn, elsewhere] = [await connect({}), await connect({ url: 'https://other.example' })]
  expect(loggedIn).toMatchObject({ url: server().url, apiKey: expect.stringMatching(/^bfk_/) })
  // The key of one server is not for another.
  expect(elsewhere).toMatchObject({ url: 'https://other.example', apiKey: null })
  expect((await connect({ url: server().url })).apiKey).toBe(loggedIn.apiKey)
  vi.stubEnv('BIFROST_API_KEY', 'key of the local server')
  const local = await connect({})
  expect(local.url).toMatch(/^http:\/\/localhost:/)
  expect(local.apiKey).toBe('key of the local server')
})
