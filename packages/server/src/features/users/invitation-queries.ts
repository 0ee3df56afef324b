import { type AccountRole, limits } from '@bifrost/contract'
import { counted } from '../../platform/counted.ts'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { OfOrganization } from './queries.ts'

export interface InvitationRow {
  id: string
  org_id: string
  org_name: string
  email: string
  name: string | null
  role: AccountRole
  invited_by: string
  inviter_name: string
  created_at: Date
  expires_at: Date
  is_expired: boolean
  mail: 'none' | 'waiting' | 'sent' | 'failed'
}

const INVITATION = `i.id, i.org_id, o.name as org_name, i.email, i.name, i.role, i.invited_by, person_name(i.invited_by) as inviter_name,
  i.created_at, i.expires_at, i.expires_at <= now() as is_expired,
  case when i.mailed_at is not null then 'sent' when i.mail_error is not null then 'failed'
    when i.mail_next_at is not null then 'waiting' else 'none' end as mail`
const FROM_INVITATION = 'invitations i join organizations o on o.id = i.org_id'

export function listInvitations(
  _scope: OrgScope,
  query: Query,
  of: OfOrganization,
): Promise<InvitationRow[]> {
  return query<InvitationRow>(
    `select ${INVITATION} from ${FROM_INVITATION} where $1::uuid is null or i.org_id = $1
     order by i.created_at desc, i.id limit ${limits.invitationsMax}`,
    [of],
  )
}

export async function findInvitation(
  _scope: OrgScope,
  query: Query,
  of: OfOrganization,
  id: string,
): Promise<InvitationRow | null> {
  const [row] = await query<InvitationRow>(
    `select ${INVITATION} from ${FROM_INVITATION} where i.id = $1 and ($2::uuid is null or i.org_id = $2)`,
    [id, of],
  )
  return row ?? null
}

export interface NewInvitation {
  id: string
  email: string
  name: string | null
  role: AccountRole
  tokenHash: Buffer
  days: number
  /** Whether to send an email. */
  mail: boolean
}

/** In place of an earlier one of the same address. */
export async function insertInvitation(
  scope: OrgScope,
  query: Query,
  invitation: NewInvitation,
): Promise<void> {
  await counted(query, 'invitations', scope.orgId, () => replaceInvitation(scope, query, invitation))
}

async function replaceInvitation(scope: OrgScope, query: Query, invitation: NewInvitation): Promise<void> {
  await query('delete from invitations where org_id = $1 and lower(email) = lower($2)', [
    scope.orgId,
    invitation.email,
  ])
  await query(
    `insert into invitations (id, org_id, email, name, role, token_hash, invited_by, expires_at, mail_next_at,
       api_key_id)
     values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(days => $8), case when $9 then now() end, $10)`,
    [
      invitation.id,
      scope.orgId,
      invitation.email,
      invitation.name,
      invitation.role,
      invitation.tokenHash,
      scope.userId,
      invitation.days,
      invitation.mail,
      scope.credential?.kind === 'key' ? scope.credential.id : null,
    ],
  )
}

export async function deleteInvitation(scope: OrgScope, query: Query, id: string): Promise<void> {
  await query('delete from invitations where id = $1 and org_id = $2', [id, scope.orgId])
}

/** Whether a person of the organization has this address. */
export async function hasAccount(scope: OrgScope, query: Query, email: string): Promise<boolean> {
  const rows = await query('select from users where org_id = $1 and lower(email) = lower($2)', [
    scope.orgId,
    email,
  ])
  return rows.length > 0
}
