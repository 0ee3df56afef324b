import { AppError, validationError } from '@bifrost/contract'
import type { Query } from '../platform/database.ts'
import { isUuid } from '../platform/ids.ts'
import { makeScope, mayActFor, type OrgFacts, type OrgScope } from '../platform/scope.ts'
import { ORG_FACTS } from './scope-of.ts'

/**
 * The scope of a person who acts for another organization, or globally. This is the only place that decides who may:
 * the header `bifrost-scope` of a request and the `scope` option of the SDK both come here.
 */
export async function actFor(query: Query, scope: OrgScope, asked: string): Promise<OrgScope> {
  if (asked === 'global') {
    if (!scope.isProvider || scope.role === 'external') throw refused()
    return makeScope({ ...scope, owner: null, chain: [] })
  }
  const wanted = asked.toLowerCase()
  const byId = isUuid(asked)
  if (!byId && !SLUG.test(wanted))
    throw validationError([
      { field: 'scope', message: 'must be "global", or the id or the short name of an organization' },
    ])
  if (scope.owner !== null && wanted === (byId ? scope.orgId : scope.organization.slug)) return scope
  const [org] = await query<{ id: string; name: string; path: string[]; organization: OrgFacts }>(
    `select o.id, o.name, o.path, ${ORG_FACTS} from organizations o
     where ${byId ? 'o.id' : 'o.slug'} = $1 and o.is_active`,
    [wanted],
  )
  // A person who may not act for it does not learn whether it exists.
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

/** As the database makes short names: at most 40 characters of a name, and eight of the id where it was given before. */
const SLUG = /^[a-z0-9-]{1,49}$/

/**
 * The rights that the code of an organization borrows from a person of another organization: those that the person would
 * have at home in the organization of the code. What they may do to others, and with the platform, is not lent.
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

const refused = () => new AppError('forbidden', 'You cannot act for that organization.')
