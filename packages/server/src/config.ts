import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { makeDataDir } from './platform/data-dir.ts'
import { StartError } from './platform/start-error.ts'
import { type LogLevelName, type Setting, type SettingKey, settings } from './settings.ts'

/** How the platform is set up: read once, checked, frozen, and passed to the code that needs it. */
export interface Config {
  readonly port: number
  readonly host: string
  /** Where a process without the API answers probes; null: nowhere. */
  readonly probePort: number | null
  /** Absolute. */
  readonly dataDir: string
  /** Absolute. */
  readonly workspaceDir: string
  /** Null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null
  readonly secretKey: string
  /** Opens what is not under the key in force yet; null when the key is not being changed. */
  readonly previousSecretKey: string | null
  readonly adminEmail: string | null
  readonly adminPassword: string | null
  readonly adminApiKey: string | null
  /** For links in mails, without a slash at its end; null: this machine. */
  readonly publicUrl: string | null
  /** Null: no emails are sent. */
  readonly smtpUrl: string | null
  readonly mailFrom: string | null
  readonly logLevel: LogLevelName
  /** How many days the log of events goes back. */
  readonly eventDays: number
  /** What calls for users may reach beside the public internet. */
  readonly egressAllow: readonly string[]
  /** Whose X-Forwarded headers are trusted: addresses, networks, or the word loopback. */
  readonly trustedProxies: readonly string[]
  /** `production`, or another word. */
  readonly mode: string
  /** Starts in production also where Node alone contains workflows. */
  readonly allowWeakIsolation: boolean
  /** The interpreter of Python workflows; null: the one that is found on the machine. */
  readonly python: string | null
  /** Where Python packages are installed from: as pip's settings of the same names. */
  readonly pipIndexUrl: string | null
  readonly pipExtraIndexUrl: string | null
  readonly pipFindLinks: string | null
  readonly pipNoIndex: boolean
  /** So long a stop lets runs finish. */
  readonly stopGraceSeconds: number
  /** How many days the audit log goes back. */
  readonly auditDays: number
}

/** The settings alone, before a missing secret key is made: reading them changes nothing on disk. */
export type Settings = Omit<Config, 'secretKey'> & { readonly secretKey: string | null }

/** A setting has a wrong value. The message is one sentence for the person who starts the platform. */
export class ConfigError extends StartError {
  override readonly name = 'ConfigError'
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The folder of the checkout, or of the installed platform. */
export const CHECKOUT = resolve(import.meta.dirname, '../../..')

/** Reads and checks the settings, and the secret key of the data folder (made at the first start). */
export function readConfig(env: Environment): Config {
  const read = readSettings(env)
  if (read.secretKey !== null) return Object.freeze({ ...read, secretKey: read.secretKey })
  const secretKey = ownSecretKey(read.dataDir)
  const previousSecretKey = read.previousSecretKey ?? readKey(previousKeyFile(read.dataDir))
  return Object.freeze({ ...read, secretKey, previousSecretKey })
}

/** Reads and checks the settings; throws a ConfigError for the first wrong one. */
export function readSettings(env: Environment): Settings {
  const values: Partial<Record<SettingKey, ReturnType<typeof readSetting>>> = {}
  for (const key of Object.keys(settings) as SettingKey[]) values[key] = readSetting(settings[key], env)
  values.egressAllow ??= []
  const read = values as unknown as Settings
  if ((read.adminEmail === null) !== (read.adminPassword === null))
    throw new ConfigError(
      'BIFROST_ADMIN_EMAIL and BIFROST_ADMIN_PASSWORD belong together: set both to create the first administrator, or neither to get a set-up link.',
    )
  if (read.adminApiKey !== null && read.adminEmail === null)
    throw new ConfigError(
      'BIFROST_ADMIN_API_KEY is a key of the administrator that BIFROST_ADMIN_EMAIL and BIFROST_ADMIN_PASSWORD create: set them too.',
    )
  if (read.smtpUrl !== null && read.mailFrom === null)
    throw new ConfigError('SMTP_URL needs a sender: set BIFROST_MAIL_FROM to an email address.')
  return Object.freeze(read)
}

function readSetting(
  setting: Setting,
  env: Environment,
): string | number | boolean | readonly string[] | null {
  const given = env[setting.name]
  if (given === undefined || given === '') {
    if (setting.default === null) return null
    const isFolder = setting.must.includes('folder')
    return setting.check.parse(isFolder ? resolve(CHECKOUT, setting.default) : setting.default)
  }
  // That of another setting is as well known.
  if (setting.secret && (given === setting.example || given.startsWith('replace-me')))
    throw new ConfigError(
      `${setting.name} is the published example of .env.example, so everyone knows it. Set your own value.`,
    )
  const parsed = setting.check.safeParse(given)
  if (parsed.success) return parsed.data
  const shown = setting.secret
    ? `has ${given.length} characters that do not fit`
    : `is ${JSON.stringify(given)}`
  throw new ConfigError(
    `${setting.name} ${shown}: it must ${setting.must}, for example ${setting.name}=${setting.example}.`,
  )
}

/** The variables of the process over those of the checkout's `.env` file. Relative folders in the file start at the file. */
export function readEnvironment(processEnv: Environment, file = join(CHECKOUT, '.env')): Environment {
  const written = readEnvFile(file)
  for (const key of ['BIFROST_DATA_DIR', 'BIFROST_WORKSPACE'])
    if (written[key]) written[key] = resolve(file, '..', written[key])
  const own = Object.fromEntries(
    Object.entries(processEnv).filter(([, value]) => value !== undefined && value !== ''),
  )
  return { ...written, ...own }
}

function readEnvFile(file: string): Record<string, string | undefined> {
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')) }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new ConfigError(`The file ${file} cannot be read: ${(cause as Error).message}.`, { cause })
  }
}

const ownKeyFile = (dataDir: string) => join(dataDir, 'secret.key')
const previousKeyFile = (dataDir: string) => join(dataDir, 'secret.key.previous')

/** Makes another key of the data folder the one in force; the one that was stays beside it until `finishOwnKey`. */
export function replaceOwnKey(dataDir: string): void {
  const previous = readKey(previousKeyFile(dataDir))
  const present = ownSecretKey(dataDir)
  // A rotation that was broken off has its new key already.
  if (previous !== null && previous !== present) return
  if (previous === null) linkSync(ownKeyFile(dataDir), previousKeyFile(dataDir))
  const fresh = writeNewKey(dataDir)
  renameSync(fresh, ownKeyFile(dataDir))
}

/** Nothing is under the key before any more. */
export const finishOwnKey = (dataDir: string): void => rmSync(previousKeyFile(dataDir), { force: true })

function writeNewKey(dataDir: string): string {
  const file = `${ownKeyFile(dataDir)}.${process.pid}`
  writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
  return file
}

function ownSecretKey(dataDir: string): string {
  makeDataDir(dataDir)
  const file = ownKeyFile(dataDir)
  const found = readKey(file)
  if (found !== null) return found
  // Linked into place whole: of two starts at once, one makes the key and both use it.
  const temporary = writeNewKey(dataDir)
  try {
    linkSync(temporary, file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
  } finally {
    rmSync(temporary, { force: true })
  }
  return readKey(file) ?? ''
}

function readKey(file: string): string | null {
  let key: string
  try {
    key = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new ConfigError(`The secret key ${file} cannot be read: ${(cause as Error).message}.`, { cause })
  }
  if (key.length < 32)
    throw new ConfigError(
      `The secret key ${file} is damaged (${key.length} characters): restore it from a backup, since stored secrets cannot be read without it.`,
    )
  return key
}
