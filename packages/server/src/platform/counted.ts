import { AppError, limits } from '@bifrost/contract'
import type { Query } from './database.ts'

interface Kind {
  /** What is counted: a table, with what else must hold. `$1` is whose they are. */
  from: string
  max: keyof typeof limits
  /** What they are, and who has them where it is no organization, for "… at most 200 …". */
  plural: string
  owner?: string
}

/** Of things that may be global, the owner is null for the global ones. */
const OWNED = 'org_id is not distinct from $1'

/** What people can create one after the other, and where each kind is counted. */
const KINDS = {
  schedules: {
    from: `schedules where org_id = $1 and source = 'api'`,
    max: 'schedulesMax',
    plural: 'schedules',
  },
  tables: { from: `tables where ${OWNED}`, max: 'tablesMax', plural: 'tables' },
  configEntries: {
    from: `config_entries where ${OWNED}`,
    max: 'configEntriesMax',
    plural: 'configuration values',
  },
  forms: { from: `forms where ${OWNED}`, max: 'formsMax', plural: 'forms' },
  formLinks: {
    from: 'form_links where form_id = $1',
    max: 'formLinksMax',
    owner: 'A form has',
    plural: 'links',
  },
  roles: { from: `roles where ${OWNED}`, max: 'rolesMax', plural: 'roles' },
  grants: {
    from: `role_grants where ${OWNED}`,
    max: 'roleGrantsMax',
    plural: 'grants to roles',
  },
  integrations: {
    from: `integrations where ${OWNED}`,
    max: 'integrationsMax',
    plural: 'integrations',
  },
  egressRules: {
    from: `egress_rules where ${OWNED}`,
    max: 'egressRulesMax',
    plural: 'allowed private addresses',
  },
  endpointKeys: {
    from: 'endpoint_keys where org_id = $1',
    max: 'endpointKeysMax',
    plural: 'endpoint keys',
  },
  invitations: {
    from: 'invitations where org_id = $1',
    max: 'invitationsMax',
    plural: 'invitations',
  },
  people: { from: 'users where org_id = $1', max: 'peopleMax', plural: 'people' },
  apiKeys: {
    from: 'api_keys where user_id = $1',
    max: 'apiKeysPerPersonMax',
    owner: 'A person has',
    plural: 'API keys',
  },
  passkeys: {
    from: 'passkeys where user_id = $1',
    max: 'passkeysMax',
    owner: 'A person has',
    plural: 'passkeys',
  },
  cursors: {
    from: 'workflow_cursors where org_id = $1',
    max: 'cursorsMax',
    plural: 'workflow cursors',
  },
  ownViews: {
    from: 'saved_views where private_to = $1',
    max: 'ownViewsMax',
    owner: 'A person has',
    plural: 'saved views of their own',
  },
  sharedViews: {
    from: 'saved_views where org_id = $1 and private_to is null',
    max: 'sharedViewsMax',
    plural: 'shared views',
  },
} as const satisfies Record<string, Kind>

/**
 * Creates something of which an owner has only so many; every way to create one ends here. Call it within a transaction:
 * another one for the same owner waits for its end, so that the limit is exact. What replaces another, or was there
 * already, is let through.
 */
export async function counted<T>(
  query: Query,
  kind: keyof typeof KINDS,
  owner: string | null,
  make: () => Promise<T>,
): Promise<T> {
  const { from, max, plural, owner: whose = 'An organization has' }: Kind = KINDS[kind]
  const count = async () => {
    const [row] = await query<{ count: number }>(`select count(*) as count from ${from}`, [owner])
    return row?.count ?? 0
  }
  // A statement of its own: one that waited for the lock would count what was there before it waited.
  await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`counted/${kind}/${owner}`])
  const before = await count()
  const made = await make()
  const after = await count()
  if (after > before && after > limits[max])
    throw new AppError(
      'conflict',
      `${whose} at most ${limits[max].toLocaleString('en-US')} ${plural}. Delete one that is not needed first.`,
    )
  return made
}
