import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

// The command line as people use it: real processes against a real server.

// Some cases start a dozen processes.
vi.setConfig({ testTimeout: 120_000 })

const checkout = resolve(import.meta.dirname, '../../..')
const bin = join(checkout, 'packages/cli/bin/bifrost.mjs')
let base: string
let env: Record<string, string | undefined>
let server: ChildProcess
let url: string

beforeAll(async () => {
  base = mkdtempSync('/tmp/bifrost-cli-')
  chmodSync(base, 0o755)
  const workspace = join(base, 'workspace')
  mkdirSync(workspace)
  writeFileSync(join(workspace, 'flows.ts'), flows)
  env = {
    PATH: process.env['PATH'],
    BIFROST_DATA_DIR: join(base, 'data'),
    BIFROST_WORKSPACE: workspace,
    BIFROST_ADMIN_EMAIL: 'ada@corp.test',
    BIFROST_ADMIN_PASSWORD: 'a password of mine',
    LOG_LEVEL: 'error',
    PORT: '0',
  }
  server = spawn(process.execPath, [bin, 'start'], { env, cwd: base, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of server.stdout!) {
    output += String(chunk)
    const ready = /is ready on ([^\s"]+)/.exec(output)
    if (ready) {
      url = ready[1]!
      break
    }
  }
  env = { ...env, PORT: new URL(url).port }
})
afterAll(async () => {
  if (server.exitCode === null) {
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
  rmSync(base, { recursive: true, force: true })
})

const flows = `import { logger, workflow, UserError } from 'bifrost'

/** Greets people. @param name the person */
export const greet = workflow({ category: 'Demo' }, async (name: string, times: number = 1, loud: boolean = false) => {
  for (let i = 0; i < times; i++) logger.info(\`hello \${name}\`)
  logger.warning('that was it')
  return { text: loud ? name.toUpperCase() : name, times }
})

export const refuse = workflow({}, async () => {
  throw new UserError('not today')
})

export const half = workflow({}, async () => ({ success: false, error: 'half of it' }))

export const wait = workflow({}, async () => {
  logger.info('waiting')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
})
`

interface Ended {
  code: number | null
  out: string
  err: string
}

function bifrost(
  args: string[],
  options: { env?: object; input?: string; onErr?: (text: string, child: ChildProcess) => void } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...args], { env: { ...env, ...options.env }, cwd: base })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk
    options.onErr?.(err, child)
  })
  child.stdin.end(options.input ?? '')
  return once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }))
}

describe('run', () => {
  test('prints the result on standard output, and the log beside it', async () => {
    const { code, out, err } = await bifrost(['run', 'greet', '--name', 'Ada', '--times', '2', '--loud'])
    expect(JSON.parse(out)).toEqual({ text: 'ADA', times: 2 })
    expect(err.match(/info {4}hello Ada/g)).toHaveLength(2)
    expect(err).toMatch(/warning that was it/)
    expect(err).toMatch(/SUCCESS in \d/)
    expect(code).toBe(0)
  })

  test('--json gives one object and nothing else', async () => {
    const { code, out, err } = await bifrost(['run', 'greet', '--json', '--param', 'name=Ada'])
    expect(JSON.parse(out)).toMatchObject({
      status: 'SUCCESS',
      result: { text: 'Ada', times: 1 },
      error: null,
      logs: [{ message: 'hello Ada' }, { message: 'that was it' }],
    })
    expect([code, err]).toEqual([0, ''])
  })

  test('takes the input as JSON, from a file, and from standard input', async () => {
    const input = '{"name":"Ada","times":0}'
    writeFileSync(join(base, 'input.json'), input)
    const runs = [
      bifrost(['run', 'greet', '--json', '--input', input]),
      bifrost(['run', 'greet', '--json', '--input', '@input.json']),
      bifrost(['run', 'greet', '--json', '--input', '-'], { input }),
    ]
    for (const { out } of await Promise.all(runs))
      expect(JSON.parse(out).result).toEqual({ text: 'Ada', times: 0 })
  })

  test('--async prints the id and does not wait', async () => {
    const { code, out } = await bifrost(['run', 'greet', '--name', 'Ada', '--async'])
    expect(out).toMatch(/^[0-9a-f-]{36}\n$/)
    expect(code).toBe(0)
  })

  test('a run that fails, or says that it did not succeed, ends with 1', async () => {
    const refused = await bifrost(['run', 'refuse'])
    expect(refused.err).toMatch(/FAILED.*\nUserError: not today\n {2}at flows\.ts:11/)
    expect(refused.code).toBe(1)
    expect((await bifrost(['run', 'half'])).code).toBe(1)
  })

  test('Ctrl-C cancels the run and ends with 4', async () => {
    let pressed = false
    const { code, err } = await bifrost(['run', 'wait'], {
      onErr(text, child) {
        if (pressed || !text.includes('waiting')) return
        pressed = true
        child.kill('SIGINT')
      },
    })
    expect(err).toMatch(/Cancelling the run/)
    expect(err).toMatch(/CANCELLED/)
    expect(code).toBe(4)
  })

  test('wrong usage ends with 2 and says what is right', async () => {
    const wrong: [string[], RegExp][] = [
      [['run', 'gree'], /No workflow has the name "gree"\. Did you mean greet\?/],
      [['run', 'greet'], /The input is invalid:\n {2}name: is required/],
      [['run', 'greet', '--nam', 'x'], /--nam is unknown; this workflow takes --name, --times, --loud/],
      [['run', 'greet', '--times', 'x', '--name', 'x'], /--times is "x", and must be a number/],
      [['run', 'greet', '--input', '{'], /The input of --input cannot be used/],
      [['run', 'greet', '--input', '@none.json'], /The input of none\.json cannot be used/],
      [['run'], /missing required argument/],
      [['fly'], /unknown command/],
    ]
    for (const [args, sentence] of wrong) {
      const { code, err } = await bifrost(args)
      expect(err).toMatch(sentence)
      expect(code).toBe(2)
    }
  })

  test('no server, or none that knows us, ends with 3', async () => {
    const unreachable = await bifrost(['run', 'greet', '--url', 'http://127.0.0.1:9'])
    expect(unreachable.err).toMatch(/No server answers at http:\/\/127\.0\.0\.1:9/)
    expect(unreachable.code).toBe(3)
    const stranger = await bifrost(['run', 'greet', '--api-key', 'wrong'])
    expect(stranger.err).toMatch(/requires a valid API key/)
    expect(stranger.code).toBe(3)
  })

  test('the key of this machine is not sent to another address', async () => {
    const { code, err } = await bifrost(['run', 'greet', '--name', 'x'], {
      env: { BIFROST_URL: url.replace('localhost', '127.0.0.1') },
    })
    expect(err).toMatch(/requires a valid API key\. Sign in with bifrost login, or give a key with --api-key/)
    expect(code).toBe(3)
    const key = readFileSync(join(base, 'data/cli.key'), 'utf8').trim()
    expect(statSync(join(base, 'data/cli.key')).mode & 0o077).toBe(0)
    expect((await bifrost(['run', 'greet', '--name', 'x', '--url', url, '--api-key', key])).code).toBe(0)
  })
})

describe('check', () => {
  test('says what each form will be', async () => {
    const { code, out } = await bifrost(['check'])
    expect(out).toMatch(/greet {2}workflow · Demo · flows\.ts:\d+\n {2}Greets people/)
    expect(out).toMatch(/name\* +string +the person\n +times +number = 1/)
    expect(out).toMatch(/4 workflows in 1 files, no errors/)
    expect(code).toBe(0)
  })

  test('finds what is wrong, with its place, and ends with 1', async () => {
    const folder = join(base, 'broken')
    mkdirSync(folder)
    const one = (body: string): string =>
      `import { workflow } from 'bifrost'\nexport const same = workflow({}, async () => { ${body} })\n`
    writeFileSync(join(folder, 'a.ts'), one('return 1'))
    writeFileSync(join(folder, 'b.ts'), one("const n: number = 'text'; return n"))
    writeFileSync(join(folder, 'c.ts'), 'export const = 5')
    const { code, out } = await bifrost(['check', 'broken'])
    expect(out).toMatch(/error b\.ts:2.*The name "same" is already used in a\.ts/)
    expect(out).toMatch(/error b\.ts:2:\d+: .*not assignable to type 'number'/)
    expect(out).toMatch(/error c\.ts:1/)
    expect(code).toBe(1)
    const asJson = JSON.parse((await bifrost(['check', 'broken', '--json'])).out) as {
      ok: boolean
      errors: unknown[]
    }
    expect(asJson.ok).toBe(false)
    expect(asJson.errors.length).toBeGreaterThanOrEqual(3)
  })
})

describe('doctor', () => {
  test('lists what it looked at and every setting, without secrets', async () => {
    const { code, out } = await bifrost(['doctor', '--json'])
    const { ok, findings, settings } = JSON.parse(out) as {
      ok: boolean
      findings: { name: string; status: string }[]
      settings: { name: string; value: string | null; source: string }[]
    }
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([])
    expect(findings.map(({ name }) => name)).toContain('Server')
    expect(settings).toContainEqual({
      name: 'BIFROST_ADMIN_PASSWORD',
      value: '********',
      source: 'environment',
    })
    expect(settings).toContainEqual({ name: 'HOST', value: '127.0.0.1', source: 'default' })
    expect([code, ok]).toEqual([0, true])
  })

  test('names a wrong setting and ends with 1', async () => {
    const { code, out } = await bifrost(['doctor'], { env: { PORT: 'abc' } })
    expect(out).toMatch(/fail {2}Settings: PORT is "abc"/)
    expect(code).toBe(1)
  })
})

test('dev writes lines for people, also into a pipe', async () => {
  const dev = spawn(process.execPath, [bin, 'dev'], {
    env: { ...env, PORT: '0', LOG_LEVEL: 'info', BIFROST_DATA_DIR: join(base, 'dev') },
    cwd: base,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  for await (const chunk of dev.stdout) {
    output += String(chunk)
    if (output.includes('is ready on')) break
  }
  dev.kill('SIGTERM')
  await once(dev, 'exit')
  expect(output.split('\n').filter((line) => line.startsWith('{'))).toEqual([])
})

test('help teaches: every command has examples', async () => {
  for (const command of ['start', 'dev', 'run', 'check', 'doctor']) {
    const { code, out } = await bifrost([command, '--help'])
    expect(out).toMatch(/\$ bifrost|\$ echo/)
    expect(code).toBe(0)
  }
  expect((await bifrost(['--help'])).out).toMatch(/Exit codes:\n {2}0/)
})
