import { type AccountRole, AppError, type Json, type User } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database, Query } from '../../platform/database.ts'
import { type ListScope, listScope, type OrgScope, requirePermission } from '../../platform/scope.ts'
import { actFor } from '../../tenancy/act-for.ts'
import { hashPassword, insertUser, requireGoodPassword } from '../accounts/accounts.ts'
import {
  changeUser,
  deleteUser,
  endAccess,
  findUser,
  listUsers,
  lockPlatformAdmins,
  lockUser,
  moveUser,
  type OfOrganization,
  type UserFilter,
  type UserRow,
  usesOfUser,
} from './queries.ts'
import { mayDecideAbout, mayGive } from './ranks.ts'

export interface UserChange {
  name?: string | undefined
  role?: AccountRole | undefined
  is_active?: boolean | undefined
  organization_id?: string | undefined
}

export interface NewUser {
  email: string
  name: string
  role?: AccountRole | undefined
  password?: string | undefined
}

/** People with an account, as administrators see and change them. */
export interface Users {
  list(scope: OrgScope, asked: string | undefined, filter: UserFilter): Promise<User[]>
  get(scope: OrgScope, id: string): Promise<User>
  create(scope: OrgScope, wanted: NewUser): Promise<User>
  update(scope: OrgScope, id: string, change: UserChange): Promise<User>
  remove(scope: OrgScope, id: string): Promise<void>
}

export interface UsersOptions {
  db: Database
  /** Every process drops its cached credentials: rights of a person have changed. */
  forget(): void
}

/** Whose people a person sees: everybody has a home, so acting globally shows those of the provider. */
export function peopleOf(scope: OrgScope, asked?: string): { of: OfOrganization; list: ListScope } {
  const list = listScope(scope, asked)
  if (list.kind === 'org') return { of: list.orgId, list }
  if (list.kind === 'all') return { of: null, list }
  return { of: scope.orgId, list: { kind: 'org', orgId: scope.orgId } }
}

/** The scope in which an account is changed: that of their organization. */
export async function scopeWhere(db: Database, scope: OrgScope, orgId: string): Promise<OrgScope> {
  if (scope.orgId === orgId && scope.owner !== null) return scope
  return actFor(db.query, scope, orgId)
}

export function createUsers({ db, forget }: UsersOptions): Users {
  const find = async (scope: OrgScope, id: string): Promise<UserRow> => {
    const { of, list } = peopleOf(scope)
    const row = await findUser(scope, db.as(scope, list).query, of, id)
    if (!row) throw new AppError('not_found', 'There is no such person.')
    return row
  }
  const get = async (scope: OrgScope, id: string) => userOf(await find(scope, id))
  /** Held, and as they are now: what was read before may be out of date. */
  const hold = async (there: OrgScope, query: Query, id: string, removes: boolean) => {
    const admins = removes ? await lockPlatformAdmins(there, query) : []
    const row = await lockUser(there, query, id)
    if (!row) throw new AppError('not_found', 'There is no such person.')
    if (removes && admins.includes(id) && admins.length === 1)
      throw new AppError(
        'conflict',
        `${row.name} is the last platform administrator, so this account must stay active.`,
      )
    return row
  }

  return {
    async list(scope, asked, filter) {
      requirePermission(scope, 'user:read')
      const { of, list } = peopleOf(scope, asked)
      return (await listUsers(scope, db.as(scope, list).query, of, filter)).map(userOf)
    },
    async get(scope, id) {
      requirePermission(scope, 'user:read')
      return get(scope, id)
    },
    async create(scope, { email, name, role = 'member', password }) {
      requirePermission(scope, 'user:write')
      const there = await scopeWhere(db, scope, scope.orgId)
      mayGive(there, role, there.organization.isProvider)
      requireMayCreate(scope)
      if (password !== undefined) await requireGoodPassword(password, { email, name, orgName: there.orgName })
      const passwordHash = password === undefined ? null : await hashPassword(password)
      const id = await db
        .as(there)
        .transaction(async (query) => {
          const user = { orgId: there.orgId, email, name: name.trim(), role, passwordHash }
          const made = await insertUser(query, user)
          await audit(query, there, {
            action: 'user.create',
            target: { type: 'user', id: made, name: email },
            after: { email, name: name.trim(), role },
          })
          return made
        })
        .catch(refuseTaken)
      return get(there, id)
    },
    async update(scope, id, change) {
      requirePermission(scope, 'user:write')
      const known = await find(scope, id)
      const there = await scopeWhere(db, scope, known.org_id)
      const to = change.organization_id
      const goal = to === undefined || to === known.org_id ? null : await scopeWhere(db, scope, to)
      // A move leaves the rows of one organization for those of another: no scope has both.
      const statements = goal ? db : db.as(there)
      const endsAccess = goal !== null || change.is_active === false
      await statements.transaction(async (query) => {
        const losesRank = endsAccess || (change.role !== undefined && change.role !== 'platform_admin')
        const row = await hold(there, query, id, losesRank)
        const next = {
          name: change.name?.trim() ?? row.name,
          role: change.role ?? row.role,
          isActive: change.is_active ?? row.is_active,
        }
        const decides = next.role !== row.role || next.isActive !== row.is_active || goal !== null
        mayDecideAbout(there, row, decides ? 'remove' : 'change')
        if (next.role !== row.role || goal) mayGive(there, next.role, (goal ?? there).organization.isProvider)
        await changeUser(there, query, id, next)
        if (endsAccess) await endAccess(there, query, id)
        if (goal) await moveUser(there, query, id, goal.orgId)
        const changes = differences(
          { name: row.name, role: row.role, is_active: row.is_active, organization: there.orgName },
          {
            name: next.name,
            role: next.role,
            is_active: next.isActive,
            organization: (goal ?? there).orgName,
          },
        )
        if (changes)
          await audit(query, there, {
            action: goal ? 'user.move' : 'user.update',
            target: { type: 'user', id, name: row.email },
            ...changes,
          })
      })
      forget()
      return get(goal ?? there, id)
    },
    async remove(scope, id) {
      requirePermission(scope, 'user:write')
      const there = await scopeWhere(db, scope, (await find(scope, id)).org_id)
      await db.as(there).transaction(async (query) => {
        const row = await hold(there, query, id, true)
        mayDecideAbout(there, row, 'remove')
        const used = await usesOfUser(there, query, id)
        if (used.length > 0)
          throw new AppError(
            'conflict',
            `${row.name} still has ${used.map(({ what, count }) => `${count} ${what}`).join(', ')}. Deactivate the account instead.`,
            { used_by: used },
          )
        await endAccess(there, query, id)
        await deleteUser(there, query, id)
        await audit(query, there, {
          action: 'user.delete',
          target: { type: 'user', id, name: row.email },
          before: { email: row.email, name: row.name, role: row.role },
        })
      })
      forget()
    },
  }
}

/**
 * An address has one account in the whole installation, so that making one tells whether others have it. Only the people
 * of the provider may know; the others invite, which is answered alike for every address.
 */
function requireMayCreate({ isProvider }: OrgScope): void {
  if (!isProvider)
    throw new AppError(
      'conflict',
      'Only the organization that runs this installation creates accounts directly. Invite people instead: POST /api/invitations, or the page People.',
    )
}

/** Whether the database refused a second account of an address: people sign in with it. */
export function isTaken(error: unknown): boolean {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown }
  return code === '23505' && constraint === 'users_email'
}

function refuseTaken(error: unknown): never {
  if (isTaken(error)) throw new AppError('already_exists', 'An account with this address already exists.')
  throw error
}

/** The members that differ, as they were and as they are. */
function differences(
  before: Record<string, Json>,
  after: Record<string, Json>,
): { before: Json; after: Json } | null {
  const names = Object.keys(after).filter((name) => before[name] !== after[name])
  if (names.length === 0) return null
  const only = (of: Record<string, Json>) => Object.fromEntries(names.map((name) => [name, of[name] ?? null]))
  return { before: only(before), after: only(after) }
}

export const userOf = ({ org_id, org_name, created_at, last_seen_at, ...row }: UserRow): User => ({
  ...row,
  organization: { id: org_id, name: org_name },
  created_at: created_at.toISOString(),
  last_seen_at: last_seen_at?.toISOString() ?? null,
})
