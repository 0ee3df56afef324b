import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CHECKOUT, ConfigError, readConfig, readEnvironment, readSettings } from './config.ts'
import { envExample, type Setting, settings } from './settings.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync('/tmp/bifrost-config-')
})
afterEach(() => rmSync(folder, { recursive: true }))

const admin = { BIFROST_ADMIN_EMAIL: 'ada@corp.test', BIFROST_ADMIN_PASSWORD: 'a password of mine' }

test('everything has a default: nothing has to be set', () => {
  expect(readSettings({})).toEqual({
    port: 3000,
    host: '127.0.0.1',
    dataDir: join(CHECKOUT, '.bifrost'),
    workspaceDir: join(CHECKOUT, 'examples/workspace'),
    databaseUrl: null,
    secretKey: null,
    previousSecretKey: null,
    adminEmail: null,
    adminPassword: null,
    adminApiKey: null,
    publicUrl: null,
    smtpUrl: null,
    mailFrom: null,
    logLevel: 'info',
    eventDays: 30,
    egressAllow: [],
    trustedProxies: [],
    mode: 'development',
    allowWeakIsolation: false,
    auditDays: 365,
    probePort: 0,
    python: null,
    pipIndexUrl: null,
    pipExtraIndexUrl: null,
    pipFindLinks: null,
    pipNoIndex: false,
    stopGraceSeconds: 5,
  })
})

test('an empty variable is one that is not set', () => {
  expect(readSettings({ PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 3000, databaseUrl: null })
})

test('trusted proxies are addresses, networks, or one of two words', () => {
  const read = (text: string) => readSettings({ BIFROST_TRUSTED_PROXIES: text }).trustedProxies
  expect(read('none')).toEqual([])
  expect(read('loopback, 10.0.0.0/8,2001:db8::1')).toEqual(['loopback', '10.0.0.0/8', '2001:db8::1'])
})

test('settings are frozen', () => {
  expect(Object.isFrozen(readSettings({}))).toBe(true)
  expect(Object.isFrozen(readConfig({ BIFROST_DATA_DIR: folder }))).toBe(true)
})

describe('a wrong value stops the start with one sentence that names setting, fault and example', () => {
  const wrong: [Record<string, string>, string][] = [
    [{ PORT: 'abc' }, 'PORT is "abc": it must be a whole number from 0 to 65535, for example PORT=3000.'],
    [{ PORT: '65536' }, 'PORT is "65536"'],
    [
      { BIFROST_TRUSTED_PROXIES: 'proxy.example' },
      'BIFROST_TRUSTED_PROXIES is "proxy.example": it must be none',
    ],
    [{ BIFROST_TRUSTED_PROXIES: '10.0.0.0/40' }, 'BIFROST_TRUSTED_PROXIES is "10.0.0.0/40"'],
    [{ BIFROST_TRUSTED_PROXIES: 'none,loopback' }, 'BIFROST_TRUSTED_PROXIES is "none,loopback"'],
    [
      { BIFROST_ALLOW_WEAK_ISOLATION: 'yes' },
      'BIFROST_ALLOW_WEAK_ISOLATION is "yes": it must be true or false',
    ],
    [{ PORT: '-1' }, 'PORT is "-1"'],
    [{ PORT: '3000.5' }, 'PORT is "3000.5"'],
    [{ HOST: 'localhost:3000' }, 'HOST is "localhost:3000"'],
    [{ HOST: 'http://x' }, 'HOST is "http://x"'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud": it must be one of trace, debug, info'],
    [
      { DATABASE_URL: 'mysql://localhost/x' },
      'DATABASE_URL has 19 characters that do not fit: it must be an address',
    ],
    [{ BIFROST_SECRET_KEY: 'short' }, 'BIFROST_SECRET_KEY has 5 characters'],
    [
      { ...admin, BIFROST_ADMIN_EMAIL: 'no-address' },
      'BIFROST_ADMIN_EMAIL is "no-address": it must be an email address',
    ],
    [{ ...admin, BIFROST_ADMIN_PASSWORD: 'short' }, 'BIFROST_ADMIN_PASSWORD has 5 characters'],
    [{ ...admin, BIFROST_ADMIN_API_KEY: 'x'.repeat(31) }, 'BIFROST_ADMIN_API_KEY has 31 characters'],
    [{ BIFROST_ADMIN_EMAIL: 'ada@corp.test' }, 'belong together'],
    [{ BIFROST_ADMIN_PASSWORD: 'a password of mine' }, 'belong together'],
    [{ BIFROST_ADMIN_API_KEY: 'x'.repeat(32) }, 'BIFROST_ADMIN_API_KEY is a key of the administrator'],
  ]
  test.each(wrong)('%o', (env, sentence) => {
    expect(() => readSettings(env)).toThrow(ConfigError)
    expect(() => readSettings(env)).toThrow(sentence)
    expect(() => readSettings(env)).not.toThrow('\n')
  })

  test('a secret is never shown', () => {
    expect(() => readSettings({ BIFROST_SECRET_KEY: 'hunter2' })).not.toThrow('hunter2')
  })
})

test.each(Object.values<Setting>(settings).filter(({ secret }) => secret))(
  'the published example of $name is refused',
  ({ name, example }) => {
    const env = { ...admin, [name]: example }
    expect(() => readSettings(env)).toThrow(`${name} is the published example`)
  },
)

describe('the secret key', () => {
  test('is made at the first start, kept, and readable for its owner alone', () => {
    const first = readConfig({ BIFROST_DATA_DIR: folder })
    expect(first.secretKey).toMatch(/^[0-9a-f]{64}$/)
    expect(statSync(join(folder, 'secret.key')).mode & 0o777).toBe(0o600)
    expect(readConfig({ BIFROST_DATA_DIR: folder }).secretKey).toBe(first.secretKey)
  })

  test('comes from BIFROST_SECRET_KEY when that is set', () => {
    const key = 'k'.repeat(40)
    expect(readConfig({ BIFROST_DATA_DIR: folder, BIFROST_SECRET_KEY: key }).secretKey).toBe(key)
  })

  test('is never replaced when its file is damaged: what it encrypted would be lost', () => {
    writeFileSync(join(folder, 'secret.key'), 'half')
    expect(() => readConfig({ BIFROST_DATA_DIR: folder })).toThrow(/secret\.key is damaged/)
    expect(readFileSync(join(folder, 'secret.key'), 'utf8')).toBe('half')
  })
})

describe('the .env file', () => {
  const write = (text: string): string => {
    const file = join(folder, '.env')
    writeFileSync(file, text)
    return file
  }

  test('is read, and variables of the process come first', () => {
    const file = write('PORT=4000\nLOG_LEVEL="debug" # for now\n')
    expect(readSettings(readEnvironment({ PORT: '5000' }, file))).toMatchObject({
      port: 5000,
      logLevel: 'debug',
    })
    expect(readSettings(readEnvironment({ PORT: '' }, file))).toMatchObject({ port: 4000 })
  })

  test('its folders start where the file is', () => {
    const file = write('BIFROST_WORKSPACE=flows\nBIFROST_DATA_DIR=/srv/data\n')
    expect(readSettings(readEnvironment({}, file))).toMatchObject({
      workspaceDir: join(folder, 'flows'),
      dataDir: '/srv/data',
    })
  })

  test('need not be there', () => {
    expect(readEnvironment({ PORT: '1' }, join(folder, '.env'))).toEqual({ PORT: '1' })
  })

  test.skipIf(process.getuid?.() === 0)('that cannot be read stops the start', () => {
    const file = write('PORT=1')
    chmodSync(file, 0)
    expect(() => readEnvironment({}, file)).toThrow(ConfigError)
  })
})

test('.env.example is what the table of settings says', () => {
  expect(readFileSync(join(CHECKOUT, '.env.example'), 'utf8')).toBe(envExample())
})
