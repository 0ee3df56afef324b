import { timingSafeEqual } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { AppError } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { hashToken, newToken } from '../../platform/tokens.ts'
import type { FeatureContext } from '../feature.ts'
import { prefixOf } from './me.ts'
import { requireGoodPassword } from './password-policy.ts'
import { hashPassword } from './passwords.ts'
import {
  type AccountRow,
  accountByEmail,
  hasUsers,
  insertKey,
  insertProvider,
  insertUser,
} from './queries.ts'

export interface Accounts {
  /** Creates the first administrator of the settings, or answers the path of the set-up page. */
  prepare(): Promise<{ setupPath: string | null }>
  setupNeeded(): Promise<boolean>
  setUp(first: {
    token: string
    email: string
    name: string
    password: string
    organization: string | undefined
  }): Promise<AccountRow>
}

export function createAccounts(db: Database, config: FeatureContext['config']): Accounts {
  const createAdmin = async (first: {
    email: string
    name: string
    password: string
    organization: string
  }) => {
    const passwordHash = await hashPassword(first.password)
    return db.transaction(async (query) => {
      // Two set-ups at once: the second waits here and finds a user.
      await query('lock table users in exclusive mode')
      const [any] = await query('select from users limit 1')
      if (any) throw new AppError('already_set_up', 'There is an administrator already; sign in.')
      const orgId = await insertProvider(query, first.organization)
      const userId = await insertUser(query, { ...first, orgId, role: 'platform_admin', passwordHash })
      await query('delete from setup_tokens')
      return { orgId, userId }
    })
  }

  return {
    async prepare() {
      if (!(await hasUsers(db))) {
        if (config.adminEmail === null || config.adminPassword === null)
          return { setupPath: await newSetupPath(db) }
        await createAdmin({
          email: config.adminEmail,
          name: config.adminEmail.split('@')[0] ?? 'Administrator',
          password: config.adminPassword,
          organization: 'Provider',
        }).catch((error: unknown) => {
          // Another server of this database was faster.
          if (!(error instanceof AppError && error.code === 'already_set_up')) throw error
        })
      }
      await keepAdminKey(db, config)
      await writeCliKey(db, config)
      return { setupPath: null }
    },

    setupNeeded: async () => !(await hasUsers(db)),

    async setUp({ token, organization, ...first }) {
      if (!(await isSetupToken(db, token)))
        throw new AppError(
          'forbidden',
          'The set-up link is invalid or has expired. Start Bifrost again to get a new one.',
        )
      const orgName = organization ?? 'Provider'
      await requireGoodPassword(first.password, { ...first, orgName })
      await createAdmin({ ...first, organization: orgName })
      await writeCliKey(db, config)
      const account = await accountByEmail(db, first.email)
      if (!account) throw new Error('the first administrator is not there')
      return account
    },
  }
}

async function newSetupPath(db: Database): Promise<string> {
  const token = newToken('setup')
  await db.transaction(async (query) => {
    await query('delete from setup_tokens')
    await query('insert into setup_tokens (token_hash) values ($1)', [hashToken(token)])
  })
  return `/setup?token=${token}`
}

async function isSetupToken(db: Database, token: string): Promise<boolean> {
  const rows = await db.query<{ token_hash: Buffer }>('select token_hash from setup_tokens')
  const hash = hashToken(token)
  return rows.some((row) => timingSafeEqual(row.token_hash, hash))
}

/** The key of BIFROST_ADMIN_API_KEY: exactly that one is valid, an earlier one no longer. */
async function keepAdminKey(db: Database, config: FeatureContext['config']): Promise<void> {
  const admin = config.adminEmail === null ? null : await accountByEmail(db, config.adminEmail)
  if (!admin) return
  await replaceKey(db, admin, 'BIFROST_ADMIN_API_KEY', config.adminApiKey)
}

/** A key for the command line on this machine, readable by this user alone. New at every start. */
async function writeCliKey(db: Database, config: FeatureContext['config']): Promise<void> {
  const [admin] = await db.query<Pick<AccountRow, 'user_id' | 'org_id'>>(
    `select u.id as user_id, u.org_id from users u where u.role = 'platform_admin' and u.is_active order by u.created_at limit 1`,
  )
  if (!admin) return
  const key = newToken('bfk')
  await replaceKey(db, admin, `Command line on ${hostname()}, ${config.dataDir}`.slice(0, 100), key)
  const file = join(config.dataDir, 'cli.key')
  writeFileSync(file, `${key}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
}

async function replaceKey(
  db: Database,
  owner: Pick<AccountRow, 'user_id' | 'org_id'>,
  name: string,
  key: string | null,
): Promise<void> {
  await db.transaction(async (query) => {
    // Two servers that start at once take turns.
    await query('select from users where id = $1 for update', [owner.user_id])
    await query('delete from api_keys where user_id = $1 and name = $2', [owner.user_id, name])
    if (key === null) return
    await insertKey({ orgId: owner.org_id, userId: owner.user_id }, query, {
      name,
      prefix: prefixOf(key),
      hash: hashToken(key),
      expiresInDays: null,
    })
  })
}
