import net, { isIP } from 'node:net'
import { isAbsolute, resolve } from 'node:path'
import { limits, parseEgressRule } from '@bifrost/contract'
import { z } from 'zod'

/** One setting: what it is called in the environment, what it means, and what is allowed. */
export interface Setting {
  name: string
  /** One sentence for `.env.example` and `bifrost doctor`. */
  about: string
  /** Shown in errors and in `.env.example`. The example of a secret is published, so it is refused as a value. */
  example: string
  /** How the default reads; null when there is none. */
  default: string | null
  secret: boolean
  /** Continues the sentence "PORT must …". */
  must: string
  check: z.ZodType<string | number | boolean | readonly string[] | null>
}

const LogLevelName = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
export type LogLevelName = z.infer<typeof LogLevelName>

const folder = z.string().transform((path) => resolve(path))
const days = z
  .string()
  .regex(/^\d{1,4}$/)
  .transform(Number)
  .refine((count) => count >= 1 && count <= 3650)
const portNumber = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((port) => port <= 65_535)
const PASSWORD_MIN = limits.passwordLengthMin
const SECRET_MIN = 32

const partsOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

function isProxy(text: string): boolean {
  if (text === 'none' || text === 'loopback') return true
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

const isWebUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

const isPostgresUrl = (text: string): boolean =>
  URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)

/** Every setting there is. Parsing, `.env.example` and `bifrost doctor` read this table; nothing else reads the environment. */
export const settings = {
  port: {
    name: 'PORT',
    about: 'Port of the web app and the API; 0 takes any free one.',
    example: '3000',
    default: '3000',
    secret: false,
    must: 'be a whole number from 0 to 65535',
    check: portNumber,
  },
  probePort: {
    name: 'BIFROST_PROBE_PORT',
    about:
      'Port on which a worker or a scheduler alone answers /api/health and /api/ready; 0 takes any free one, off none. Processes with the API answer on PORT.',
    example: '3001',
    default: '0',
    secret: false,
    must: 'be a whole number from 0 to 65535, or off',
    check: z.union([z.literal('off').transform(() => null), portNumber]),
  },
  host: {
    name: 'HOST',
    about:
      'Address to listen on; 0.0.0.0 or :: lets other machines reach the platform, which then needs TLS in front.',
    example: '0.0.0.0',
    default: '127.0.0.1',
    secret: false,
    must: 'be a host name or an IP address without a port',
    check: z.string().refine((host) => isIP(host) > 0 || /^[A-Za-z0-9._-]+$/.test(host)),
  },
  dataDir: {
    name: 'BIFROST_DATA_DIR',
    about: 'Folder for the database, uploads and keys. Back it up and keep it private.',
    example: '/var/lib/bifrost-data',
    default: '.bifrost',
    secret: false,
    must: 'be the path of a folder',
    check: folder,
  },
  workspaceDir: {
    name: 'BIFROST_WORKSPACE',
    about: 'Folder whose TypeScript and Python files define the workflows.',
    example: '/srv/workflows',
    default: 'examples/workspace',
    secret: false,
    must: 'be the path of a folder',
    check: folder,
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    about: 'PostgreSQL 15 or newer of your own; without it one is started from the data folder.',
    example: 'postgres://bifrost:password@db.example.com:5432/bifrost',
    default: null,
    secret: true,
    must: 'be an address that begins with postgres://',
    check: z.string().refine(isPostgresUrl),
  },
  secretKey: {
    name: 'BIFROST_SECRET_KEY',
    about:
      'Encrypts stored secrets; without it one is created at the first start and kept in <data folder>/secret.key.',
    example: 'replace-me-with-the-output-of-openssl-rand-hex-32',
    default: null,
    secret: true,
    must: `have ${SECRET_MIN} characters or more`,
    check: z.string().min(SECRET_MIN).max(1000),
  },
  previousSecretKey: {
    name: 'BIFROST_SECRET_KEY_PREVIOUS',
    about: 'The previous secret key, while the key is being changed; see bifrost rotate-key.',
    example: 'replace-me-with-the-secret-key-that-was-before',
    default: null,
    secret: true,
    must: `have ${SECRET_MIN} characters or more`,
    check: z.string().min(SECRET_MIN).max(1000),
  },
  adminEmail: {
    name: 'BIFROST_ADMIN_EMAIL',
    about:
      'Creates the first platform administrator, with the password below; without both, a set-up link is printed.',
    example: 'admin@example.com',
    default: null,
    secret: false,
    must: 'be an email address',
    check: z.email().max(254),
  },
  adminPassword: {
    name: 'BIFROST_ADMIN_PASSWORD',
    about: 'Password of that administrator.',
    example: 'replace-me-with-a-long-password',
    default: null,
    secret: true,
    must: `have ${PASSWORD_MIN} characters or more`,
    check: z.string().min(PASSWORD_MIN).max(1000),
  },
  adminApiKey: {
    name: 'BIFROST_ADMIN_API_KEY',
    about: 'An API key of that administrator, for automation.',
    example: 'replace-me-with-the-output-of-openssl-rand-hex-24',
    default: null,
    secret: true,
    must: `have ${SECRET_MIN} characters or more, without spaces`,
    check: z.string().regex(/^\S+$/).min(SECRET_MIN).max(1000),
  },
  eventDays: {
    name: 'BIFROST_EVENT_DAYS',
    about: 'How many days the event log goes back; an event ID is processed once within them.',
    example: '90',
    default: '30',
    secret: false,
    must: 'be a whole number from 1 to 3650',
    check: days,
  },
  auditDays: {
    name: 'BIFROST_AUDIT_DAYS',
    about: 'How many days the audit log goes back; older rows are deleted once a day.',
    example: '730',
    default: '365',
    secret: false,
    must: 'be a whole number from 1 to 3650',
    check: days,
  },
  publicUrl: {
    name: 'BIFROST_PUBLIC_URL',
    about:
      'Where people reach the platform, for links and for redirects from other services; http://localhost and the port when absent.',
    example: 'https://bifrost.example.com',
    default: null,
    secret: false,
    must: 'be an address that begins with http:// or https://',
    check: z
      .string()
      .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))
      .transform((text) => text.replace(/\/+$/, '')),
  },
  egressAllow: {
    name: 'BIFROST_EGRESS_ALLOW',
    about:
      'Private addresses that workflows and integrations may connect to, for example 10.2.0.0/16, 192.168.1.5:5432, db.internal:5432; separated by commas. The public internet is open, everything else is closed.',
    example: '10.2.0.0/16,db.internal:5432',
    default: null,
    secret: false,
    must: 'be networks, addresses or host names with or without a port, separated by commas',
    check: z
      .string()
      .transform(partsOf)
      .refine((rules) => rules.every((rule) => parseEgressRule(net, rule) !== null)),
  },
  trustedProxies: {
    name: 'BIFROST_TRUSTED_PROXIES',
    about:
      'Addresses or networks of the proxies in front of the platform, separated by commas; loopback for one on this machine, none for none. What they say in X-Forwarded-For, -Proto and -Host is trusted, what others say is not.',
    example: 'loopback,10.0.0.0/8',
    default: 'none',
    secret: false,
    must: 'be none, loopback, or addresses and networks separated by commas',
    check: z
      .string()
      .transform(partsOf)
      .refine((parts) => parts.every(isProxy) && (parts.length === 1 || !parts.includes('none')))
      .transform((parts) => parts.filter((part) => part !== 'none')),
  },
  mode: {
    name: 'NODE_ENV',
    about:
      'With production, the platform does not start at the lowest level of isolation; see bifrost doctor.',
    example: 'production',
    default: 'development',
    secret: false,
    must: 'be one word',
    check: z.string().regex(/^[\w-]{1,50}$/),
  },
  allowWeakIsolation: {
    name: 'BIFROST_ALLOW_WEAK_ISOLATION',
    about:
      'true lets the platform start with NODE_ENV=production where nothing but Node itself contains workflows; see bifrost doctor.',
    example: 'true',
    default: 'false',
    secret: false,
    must: 'be true or false',
    check: z.enum(['true', 'false']).transform((word) => word === 'true'),
  },
  python: {
    name: 'BIFROST_PYTHON',
    about:
      'The interpreter of Python workflows, 3.10 or newer. When empty, the first python3 on PATH that workflows may execute.',
    example: '/usr/bin/python3',
    default: null,
    secret: false,
    must: 'be an absolute path',
    check: z.string().refine((path) => isAbsolute(path)),
  },
  stopGraceSeconds: {
    name: 'BIFROST_STOP_GRACE_SECONDS',
    about:
      'How many seconds a stop lets runs finish. What manages the process must wait longer before it kills it.',
    example: '60',
    default: '5',
    secret: false,
    must: 'be a whole number from 0 to 3600',
    check: z
      .string()
      .regex(/^\d{1,4}$/)
      .transform(Number)
      .refine((seconds) => seconds <= 3600),
  },
  smtpUrl: {
    name: 'SMTP_URL',
    about: 'Mail server that tells people of their tasks; without it, no emails are sent.',
    example: 'smtps://bifrost:password@smtp.example.com:465',
    default: null,
    secret: true,
    must: 'be an address that begins with smtp:// or smtps://',
    check: z.string().refine((text) => URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol)),
  },
  mailFrom: {
    name: 'BIFROST_MAIL_FROM',
    about: 'Sender of those emails; needed with SMTP_URL.',
    example: 'bifrost@example.com',
    default: null,
    secret: false,
    must: 'be an email address',
    check: z.email().max(254),
  },
  pipIndexUrl: {
    name: 'PIP_INDEX_URL',
    about:
      'Index that Python packages of workflows are installed from, instead of the one of the Python community.',
    example: 'https://packages.example.com/simple',
    default: null,
    secret: true,
    must: 'be an address that begins with http:// or https://',
    check: z.string().max(2000).refine(isWebUrl),
  },
  pipExtraIndexUrl: {
    name: 'PIP_EXTRA_INDEX_URL',
    about: 'Further indexes of Python packages, separated by spaces.',
    example: 'https://packages.example.com/team/simple',
    default: null,
    secret: true,
    must: 'be addresses that begin with http:// or https://, separated by spaces',
    check: z
      .string()
      .max(4000)
      .refine((text) => text.split(/\s+/).filter(Boolean).every(isWebUrl)),
  },
  pipFindLinks: {
    name: 'PIP_FIND_LINKS',
    about: 'Folders (absolute) and web pages with Python packages, separated by spaces.',
    example: '/srv/wheels',
    default: null,
    secret: false,
    must: 'be absolute folders, or addresses that begin with http:// or https://, separated by spaces',
    check: z
      .string()
      .max(4000)
      .refine((text) =>
        text
          .split(/\s+/)
          .filter(Boolean)
          .every((part) => isAbsolute(part) || isWebUrl(part)),
      ),
  },
  pipNoIndex: {
    name: 'PIP_NO_INDEX',
    about: 'true installs Python packages from PIP_FIND_LINKS alone, without any index.',
    example: 'true',
    default: 'false',
    secret: false,
    must: 'be true or false',
    check: z.enum(['true', 'false']).transform((word) => word === 'true'),
  },
  logLevel: {
    name: 'LOG_LEVEL',
    about: `How much the server writes: ${LogLevelName.options.join(', ')}.`,
    example: 'debug',
    default: 'info',
    secret: false,
    must: `be one of ${LogLevelName.options.join(', ')}`,
    check: LogLevelName,
  },
} as const satisfies Record<string, Setting>

export type SettingKey = keyof typeof settings

/** The text of `.env.example`: every setting, commented out. */
export function envExample(): string {
  const blocks = Object.values<Setting>(settings).map((setting) => {
    const lines = [`# ${setting.about}`]
    if (setting.default !== null) lines.push(`# Default: ${setting.default}`)
    lines.push(`#${setting.name}=${setting.example}`)
    return lines.join('\n')
  })
  return [
    '# Copy this file to .env and remove the # of what you want to set. Variables of the environment come first.\n# The example values of secrets are public, so the platform refuses to start with them.',
    ...blocks,
    '',
  ]
    .join('\n\n')
    .replace(/\n\n$/, '\n')
}
