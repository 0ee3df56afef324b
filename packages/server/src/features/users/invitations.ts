import { type AccountRole, AppError, type Invitation, limits } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database, Query } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { may, type OrgScope, requirePermission } from '../../platform/scope.ts'
import { hashToken, newToken } from '../../platform/tokens.ts'
import { scopeOf } from '../../tenancy/scope-of.ts'
import { credentialNow } from '../../tenancy/standing.ts'
import { hashPassword, insertUser, requireGoodPassword } from '../accounts/accounts.ts'
import {
  deleteInvitation,
  findInvitation,
  hasAccount,
  type InvitationRow,
  insertInvitation,
  listInvitations,
} from './invitation-queries.ts'
import { isAbove, mayGive } from './ranks.ts'
import { isTaken, peopleOf, scopeWhere } from './users.ts'

export interface NewInvitationRequest {
  email: string
  name?: string | undefined
  role?: AccountRole | undefined
  expires_in_days?: number | undefined
}

/** What the page shows to the person who opens the link. */
export interface ShownInvitation {
  email: string
  name: string | null
  organization: string
  invited_by: string | null
  expires_at: string
}

export interface Invitations {
  list(scope: OrgScope, asked: string | undefined): Promise<Invitation[]>
  create(scope: OrgScope, wanted: NewInvitationRequest): Promise<Invitation & { link: string }>
  remove(scope: OrgScope, id: string): Promise<void>
  show(token: string): Promise<ShownInvitation>
  /** Creates the account; the invitation is used up. */
  accept(token: string, name: string, password: string): Promise<{ email: string }>
}

export interface InvitationsOptions {
  db: Database
  /** Whether this installation sends mail. */
  sendsMail: boolean
  publicUrl: string
  /** There is a mail to be sent. */
  onMail(): void
}

/** The token stands behind the #, so that it gets into no log and no referrer. */
export const invitationLink = (publicUrl: string, token: string): string =>
  `${publicUrl}/accept-invitation#${token}`

const notValid = () =>
  new AppError(
    'not_found',
    'This invitation is not valid. It was used, was revoked or has expired, or the address cannot have a new account. Ask the person who invited you.',
  )

export function createInvitations({ db, sendsMail, publicUrl, onMail }: InvitationsOptions): Invitations {
  return {
    async list(scope, asked) {
      requirePermission(scope, 'user:read')
      const { of, list } = peopleOf(scope, asked)
      return (await listInvitations(scope, db.as(scope, list).query, of)).map(invitationOf)
    },
    async create(scope, { email, name, role = 'member', expires_in_days: days }) {
      requirePermission(scope, 'user:write')
      if (!scope.userId) throw new AppError('forbidden', 'Only a person can invite people.')
      const there = await scopeWhere(db, scope, scope.orgId)
      mayGive(there, role, there.organization.isProvider)
      const token = newToken('bfi')
      const id = newId()
      const row = await db.as(there).transaction(async (query) => {
        if (await hasAccount(there, query, email))
          throw new AppError('already_exists', `${email} already has an account in ${there.orgName}.`)
        await insertInvitation(there, query, {
          id,
          email,
          name: name?.trim() ?? null,
          role,
          tokenHash: hashToken(token),
          days: days ?? limits.invitationDaysDefault,
          mail: sendsMail,
        })
        await audit(query, there, {
          action: 'user.invite',
          target: { type: 'invitation', id, name: email },
          after: { email, role },
        })
        return findInvitation(there, query, there.orgId, id)
      })
      if (!row) throw new Error('the new invitation is not there')
      if (sendsMail) onMail()
      return { ...invitationOf(row), link: invitationLink(publicUrl, token) }
    },
    async remove(scope, id) {
      requirePermission(scope, 'user:write')
      const { of, list } = peopleOf(scope)
      const row = await findInvitation(scope, db.as(scope, list).query, of, id)
      if (!row) throw new AppError('not_found', 'There is no such invitation.')
      const there = await scopeWhere(db, scope, row.org_id)
      await db.as(there).transaction(async (query) => {
        await deleteInvitation(there, query, id)
        await audit(query, there, {
          action: 'user.uninvite',
          target: { type: 'invitation', id, name: row.email },
          before: { email: row.email, role: row.role },
        })
      })
    },
    async show(token) {
      const found = await findValid(db.query, token)
      if (!found) throw notValid()
      const { email, name, org_name: organization, inviter, expires_at: expiresAt } = found
      return { email, name, organization, invited_by: inviter.name, expires_at: expiresAt.toISOString() }
    },
    async accept(token, name, password) {
      // Hashing is dear: only for who has a valid link.
      const valid = await findValid(db.query, token)
      if (!valid) throw notValid()
      await requireGoodPassword(password, { email: valid.email, name, orgName: valid.org_name })
      const passwordHash = await hashPassword(password)
      return db
        .transaction(async (query) => {
          const found = await findValid(query, token, true)
          if (!found) throw notValid()
          const { id, org_id: orgId, email, role } = found
          await query('delete from invitations where id = $1', [id])
          const userId = await insertUser(query, { orgId, email, name: name.trim(), role, passwordHash })
          const scope = await scopeOf(query, orgId, userId)
          if (!scope) throw notValid()
          await audit(query, scope, {
            action: 'user.accept_invitation',
            target: { type: 'user', id: userId, name: email },
            after: { email, role, invited_by: found.inviter.email },
          })
          return { email }
        })
        .catch((error: unknown) => {
          // That another organization has the address is not told to the person who holds the link.
          throw isTaken(error) ? notValid() : error
        })
    },
  }
}

interface ValidInvitation {
  id: string
  org_id: string
  org_name: string
  email: string
  name: string | null
  role: AccountRole
  invited_by: string
  api_key_id: string | null
  expires_at: Date
}

/**
 * By its token, while it has not expired and the person who invited may still do so: they are active, may act for the
 * organization, the role is not above theirs, and the key that it was made with still counts. The caller is unknown, so the token is all the scope there is.
 */
async function findValid(
  query: Query,
  token: string,
  lock = false,
): Promise<(ValidInvitation & { inviter: OrgScope }) | null> {
  const [row] = await query<ValidInvitation>(
    `select i.id, i.org_id, o.name as org_name, i.email, i.name, i.role, i.invited_by, i.api_key_id,
       i.expires_at
     from invitations i join organizations o on o.id = i.org_id and o.is_active
     where (i.token_hash = $1 or i.mail_token_hash = $1) and i.expires_at > now() ${lock ? 'for update of i' : ''}`,
    [hashToken(token)],
  )
  const person = row && (await scopeOf(query, row.org_id, row.invited_by))
  const key =
    row?.api_key_id && (await credentialNow(query, { kind: 'key', id: row.api_key_id }, row.invited_by))
  if (row?.api_key_id && !key) return null
  const inviter = person && { ...person, limitedTo: key ? key.limitedTo : null }
  if (!row || !inviter?.userId || !may(inviter, 'user:write') || isAbove(row.role, inviter.role)) return null
  return { ...row, inviter }
}

const invitationOf = (row: InvitationRow): Invitation => ({
  id: row.id,
  email: row.email,
  name: row.name,
  role: row.role,
  organization: { id: row.org_id, name: row.org_name },
  invited_by: { id: row.invited_by, name: row.inviter_name },
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
  is_expired: row.is_expired,
  mail: row.mail,
})
