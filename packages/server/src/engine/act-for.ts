import { AppError, validationError } from '@bifrost/contract'
import type { Query } from '../platform/database.ts'
import { isUuid } from '../platform/ids.ts'
import { makeScope, mayActFor, type OrgFacts, type OrgScope } from '../platform/scope.ts'
import { ORG_FACTS } from './scope-of.ts'

/**
 * The scope of somebody who acts for another organisation, or globally. This is the only place that decides who may:
 * the choice of a session, the header of an API key and the `scope` option of the SDK all come here.
 */
export async function actFor(query: Query, scope: OrgScope, asked: string): Promise<OrgScope> {
  if (asked === 'global') {
    if (!scope.isProvider || scope.role === 'external') throw refused()
    return makeScope({ ...scope, owner: null, chain: [] })
  }
  if (!isUuid(asked))
    throw validationError([{ field: 'scope', message: 'must be "global" or the id of an organisation' }])
  const id = asked.toLowerCase()
  if (id === scope.orgId && scope.owner !== null) return scope
  const [org] = await query<{ id: string; name: string; path: string[]; organization: OrgFacts }>(
    `select o.id, o.name, o.path, ${ORG_FACTS} from organizations o where o.id = $1 and o.is_active`,
    [id],
  )
  // Whether there is one is nobody's business who may not act for it.
  if (!org || !mayActFor(scope, org)) throw refused()
  return makeScope({
    ...scope,
    orgId: org.id,
    orgName: org.name,
    organization: org.organization,
    chain: org.path,
    owner: org.id,
  })
}

/**
 * What the code of an organisation is lent of the rights of whoever looks in from elsewhere: those of somebody at home
 * in that organisation. What they may do to others, and with the platform, is nothing for it.
 */
export async function lentTo(query: Query, scope: OrgScope, slug: string): Promise<OrgScope> {
  if (scope.orgId === scope.homeOrgId) return scope
  const [owner] = await query<{ id: string }>(
    'select id from organizations where slug = $1 and id = any($2)',
    [slug, scope.chain],
  )
  if (!owner) throw refused()
  const role = scope.role === 'platform_admin' ? 'org_admin' : scope.role
  return makeScope({ ...scope, role, homeOrgId: owner.id, isProvider: false })
}

const refused = () => new AppError('forbidden', 'You may not act for that organisation.')
