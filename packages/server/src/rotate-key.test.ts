import { createCipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Json, routes } from '@bifrost/contract'
import { afterAll, describe, expect, test } from 'vitest'
import { finishOwnKey, readConfig, replaceOwnKey } from './config.ts'
import { startServer } from './main.ts'
import { silentLog } from './platform/log.ts'
import { renewSecrets } from './platform/secrets/renew-secrets.ts'
import { createSealer } from './platform/secrets/sealer.ts'
import { rotateKey } from './rotate-key.ts'
import { useServer } from './testing/server.ts'

const NEW = 'the-next-secret-key-0123456789-0123456789'
const NEWEST = 'the-key-after-that-0123456789-0123456789'
const SECRETS = ['first-hush-hush', 'second-hush-hush', 'third-hush-hush']
const hash = (text: string) => createHash('sha256').update(text).digest('hex')

const server = useServer({
  files: {
    'hashes.ts': `import { createHash } from 'node:crypto'
import { config, workflow } from 'bifrost'
export const hashes = workflow(async () => Promise.all([0, 1, 2].map(async (n) => createHash('sha256').update(await config.get('s' + n)).digest('hex'))))`,
  },
})
const folder = mkdtempSync('/tmp/bifrost-rotate-')
afterAll(() => rmSync(folder, { recursive: true }))

const environment = (keys: Record<string, string>) => ({
  DATABASE_URL: server().config.databaseUrl ?? '',
  BIFROST_DATA_DIR: join(folder, 'data'),
  BIFROST_SECRET_KEY: '',
  BIFROST_SECRET_KEY_PREVIOUS: '',
  ...keys,
})

/** What a run reads on a server that has these keys. */
async function readWith(keys: { secretKey: string; previousSecretKey: string | null }): Promise<Json> {
  const running = await startServer({ ...server().config, ...keys }, silentLog)
  try {
    const response = await fetch(`${running.url}/api/workflows/hashes/execute`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server().config.adminApiKey}`, 'content-type': 'application/json' },
      body: '{}',
    })
    return ((await response.json()) as { result: Json }).result
  } finally {
    await running.stop()
  }
}

describe('another secret key', () => {
  const old = () => server().config.secretKey

  test('every secret opens under it, and the one before is of no use any more', async () => {
    for (const [index, value] of SECRETS.entries())
      await server().api(routes.setConfig, { params: { key: `s${index}` }, body: { value, is_secret: true } })
    // As one was stored before there were data keys.
    const key = Buffer.from(hkdfSync('sha256', old(), 'bifrost', 'config secrets v1', 32))
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(
      Buffer.from(`${await server().providerId()}/s2`),
    )
    const body = Buffer.concat([cipher.update(JSON.stringify(SECRETS[2])), cipher.final()])
    await server().db.query(`update config_entries set ciphertext = $1 where key = 's2'`, [
      Buffer.concat([iv, cipher.getAuthTag(), body]),
    ])
    await server().stop()

    await expect(rotateKey(environment({ BIFROST_SECRET_KEY: NEW }), { newDataKeys: false })).rejects.toThrow(
      /^Set BIFROST_SECRET_KEY to the new key/,
    )
    const both = { secretKey: NEW, previousSecretKey: old() }
    expect(await readWith(both)).toEqual(SECRETS.map(hash))

    const env = environment({ BIFROST_SECRET_KEY: NEW, BIFROST_SECRET_KEY_PREVIOUS: old() })
    expect(await rotateKey(env, { newDataKeys: false })).toEqual({ renewed: 3, kept: 0, unreadable: {} })
    expect(await rotateKey(env, { newDataKeys: false })).toEqual({ renewed: 0, kept: 3, unreadable: {} })
    expect(await readWith({ secretKey: NEW, previousSecretKey: null })).toEqual(SECRETS.map(hash))
    await expect(server().start()).rejects.toThrow(/stored with another secret key/)
  })

  test('a rotation that broke off continues; the secrets themselves are encrypted again when that is asked for', async () => {
    const { db } = server()
    const keys = { secretKey: NEWEST, previousSecretKey: NEW }
    let updates = 0
    await expect(
      renewSecrets(
        (text, values) => {
          if (text.startsWith('update') && ++updates === 2) throw new Error('the power went')
          return db.query(text, values)
        },
        createSealer(keys),
        { newDataKeys: false },
      ),
    ).rejects.toThrow('the power went')
    const env = environment({ BIFROST_SECRET_KEY: NEWEST, BIFROST_SECRET_KEY_PREVIOUS: NEW })
    expect(await rotateKey(env, { newDataKeys: false })).toMatchObject({ renewed: 2, kept: 1 })
    const texts = async () =>
      (
        await db.query<{ end: string }>(
          `select right(encode(ciphertext, 'hex'), 20) as end from config_entries order by key`,
        )
      ).map(({ end }) => end)
    const before = await texts()
    expect(await rotateKey(env, { newDataKeys: true })).toMatchObject({ renewed: 3, kept: 0 })
    const after = await texts()
    expect(after.filter((text) => before.includes(text))).toEqual([])
    expect(await readWith({ secretKey: NEWEST, previousSecretKey: null })).toEqual(SECRETS.map(hash))
  })

  test('a secret that neither key opens is named, and the key before stays in force', async () => {
    await server().db.query(
      `update config_entries set ciphertext = set_byte(ciphertext, 100, get_byte(ciphertext, 100) # 1) where key = 's1'`,
    )
    const env = environment({ BIFROST_SECRET_KEY: NEW, BIFROST_SECRET_KEY_PREVIOUS: NEWEST })
    expect(await rotateKey(env, { newDataKeys: true })).toEqual({
      renewed: 2,
      kept: 0,
      unreadable: { 'config_entries.ciphertext': 1 },
    })
  })
})

test('columns of bytes are sealed, and found by their name, or hold something that is no secret', async () => {
  const rows = await server().db.query<{ name: string }>(
    `select column_name as name from information_schema.columns where udt_name = 'bytea' and table_schema = current_schema()`,
  )
  const other = rows.map(({ name }) => name).filter((name) => !/^ciphertext$|sealed$|hash$/.test(name))
  // Of passkeys, which are public; and to what a form's handle is bound, which is a hash.
  expect(new Set(other)).toEqual(new Set(['public_key', 'bound_to']))
})

describe('the key of the data folder', () => {
  const dataDir = join(folder, 'own')
  const read = () => readConfig({ BIFROST_DATA_DIR: dataDir })

  test('is replaced by a new one, beside which the one before stays until it is over', () => {
    const { secretKey: first, previousSecretKey } = read()
    expect(previousSecretKey).toBeNull()
    replaceOwnKey(dataDir)
    const { secretKey: second } = read()
    expect(second).toMatch(/^[0-9a-f]{64}$/)
    expect(read()).toMatchObject({ previousSecretKey: first })
    expect(second).not.toBe(first)
    // Broken off and begun again.
    replaceOwnKey(dataDir)
    expect(read()).toMatchObject({ secretKey: second, previousSecretKey: first })
    for (const name of readdirSync(dataDir)) expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600)
    finishOwnKey(dataDir)
    expect(read()).toMatchObject({ secretKey: second, previousSecretKey: null })
    expect(readFileSync(join(dataDir, 'secret.key'), 'utf8').trim()).toBe(second)
  })
})

test.each(['BIFROST_SECRET_KEY', 'BIFROST_SECRET_KEY_PREVIOUS'])(
  'a published example as %s stops the start, also when it is that of another setting',
  (name) => {
    for (const value of [
      'replace-me-with-the-output-of-openssl-rand-hex-32',
      'replace-me-with-the-secret-key-that-was-before',
    ])
      expect(() => readConfig({ [name]: value, BIFROST_DATA_DIR: folder })).toThrow(/published example/)
  },
)
