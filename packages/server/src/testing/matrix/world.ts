import { join } from 'node:path'
import { type AccountRole, routes } from '@bifrost/contract'
import { organizationFolder } from '../../platform/file-owner.ts'
import { newId } from '../../platform/ids.ts'
import { hashToken, newToken } from '../../platform/tokens.ts'
import type { ServerUnderTest, TestPerson } from '../server.ts'
import { FixtureRows, TRACE } from './fixture-rows.ts'

/** Whose things a call names, as the caller sees it. */
export type Whose = 'own' | 'organization' | 'other' | 'global'

export interface Actor {
  name: 'anonymous' | 'expired key' | 'limited key' | AccountRole
  /** Null: no one signed in. */
  person: TestPerson | null
  /** The token of a session of theirs. */
  session: string | null
}

/** The workspace of the matrix: one workflow that everybody may run. */
export const workspaceFiles = {
  'flows.ts': `import { workflow } from 'bifrost'
export const hello = workflow({ endpointEnabled: true, allowedMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] }, async (name: string) => 'hello ' + name)
`,
}

const FRESH = 40
const flowOf = (text: string, name: string) => `import { workflow } from 'bifrost'
/** ${text} */
export const ${name} = workflow({ endpointEnabled: true, allowedMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] }, async (name: string) => '${text} ' + name)
`

/** Two customers and the provider, with people of every role and workflows of each. */
export class World {
  readonly server: ServerUnderTest
  readonly mine: string
  readonly other: string
  readonly provider: string
  readonly #people: Map<string, TestPerson>
  readonly #sessions: Map<string, string>
  readonly #workflows: Map<string | null, string[]>
  readonly #slugs: Map<string, string>

  private constructor(
    server: ServerUnderTest,
    orgs: { mine: string; other: string; provider: string },
    people: Map<string, TestPerson>,
    sessions: Map<string, string>,
    workflows: Map<string | null, string[]>,
    slugs: Map<string, string>,
  ) {
    this.server = server
    this.mine = orgs.mine
    this.other = orgs.other
    this.provider = orgs.provider
    this.#people = people
    this.#sessions = sessions
    this.#workflows = workflows
    this.#slugs = slugs
  }

  static async make(server: ServerUnderTest): Promise<World> {
    const orgs = {
      mine: await server.organization('Mine'),
      other: await server.organization('Other'),
      provider: await server.providerId(),
    }
    const people = new Map<string, TestPerson>()
    const roles: AccountRole[] = ['external', 'member', 'developer', 'org_admin']
    for (const role of roles) people.set(role, await server.person(role, orgs.mine))
    people.set('platform_admin', await server.person('platform_admin', orgs.provider))
    people.set('expired key', await server.person('platform_admin', orgs.provider))
    people.set('limited key', await server.person('org_admin', orgs.mine))
    for (const org of Object.values(orgs)) people.set(`colleague ${org}`, await server.person('member', org))
    await server.db.query(`update api_keys set expires_at = now() - interval '1 minute' where user_id = $1`, [
      people.get('expired key')?.id,
    ])
    await server.db.query(`update api_keys set permissions = '{}' where user_id = $1`, [
      people.get('limited key')?.id,
    ])
    const sessions = new Map<string, string>()
    for (const [name, person] of people) {
      const token = newToken('bfs')
      await server.db.query(
        `insert into sessions (token_hash, org_id, user_id, expires_at) values ($1, $2, $3, now() + interval '1 hour')`,
        [hashToken(token), person.orgId, person.id],
      )
      sessions.set(name, token)
    }
    const slugs = new Map<string, string>()
    for (const [name, id] of Object.entries(orgs)) {
      const [row] = await server.db.query<{ slug: string }>('select slug from organizations where id = $1', [
        id,
      ])
      slugs.set(id, row?.slug ?? '')
      server.write(
        join(organizationFolder(row?.slug ?? ''), 'flows.ts'),
        flowOf(id === orgs.other ? TRACE : name, `flow_of_${name}`),
      )
    }
    const { items } = await server.api(routes.listWorkflows, { query: {} })
    const hello = items.find(({ name }) => name === 'hello')
    if (!hello) throw new Error('the workspace of the matrix has no workflow')
    const workflows = new Map<string | null, string[]>([
      [null, [hello.id, ...(await addWorkflows(server, null, 'of all'))]],
    ])
    for (const orgId of Object.values(orgs))
      workflows.set(
        orgId,
        await addWorkflows(server, orgId, orgId === orgs.other ? TRACE : 'mine', slugs.get(orgId) ?? ''),
      )
    // What an organization sees of workflows is read at the start.
    await server.restart()
    for (const [orgId, ids] of workflows) {
      const [real] = await server.db.query<{ id: string }>(
        `select id from workflows where org_id = $1 and status = 'active'`,
        [orgId],
      )
      if (real) ids.unshift(real.id)
    }
    // Its code is bundled now: that changes a global row, and no call caused it.
    await server.execute('hello', { name: 'x' })
    return new World(server, orgs, people, sessions, workflows, slugs)
  }

  actors(): Actor[] {
    const names = [
      'expired key',
      'limited key',
      'external',
      'member',
      'developer',
      'org_admin',
      'platform_admin',
    ] as const
    return [
      { name: 'anonymous', person: null, session: null },
      ...names.map((name) => ({
        name,
        person: this.#people.get(name) ?? null,
        session: this.#sessions.get(name) ?? null,
      })),
    ]
  }

  fixtureRows(whose: Whose, actor: Actor): FixtureRows {
    const home = actor.person?.orgId ?? this.mine
    const orgId = whose === 'global' ? null : whose === 'other' ? this.other : home
    const colleague = this.#people.get(`colleague ${orgId}`)?.id ?? null
    const userId = whose === 'own' ? (actor.person?.id ?? colleague) : colleague
    const text = whose === 'other' ? TRACE : `of ${whose}`
    const folder = orgId === null ? '' : `${organizationFolder(this.#slugs.get(orgId) ?? '')}/`
    return new FixtureRows(this.server, {
      orgId,
      userId,
      folder,
      workflows: this.#workflows.get(orgId) ?? [],
      text,
    })
  }

  /** What the tables hold of the other organization and of everybody, so that a change shows. */
  async stateOfOthers(): Promise<Map<string, string>> {
    const { db } = this.server
    const tables = await db.query<{ name: string }>(
      `select c.relname::text as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
       where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`,
    )
    const state = new Map<string, string>()
    // No call decides when code is bundled; sign-ins of unknown people belong to no organization.
    const said = `(to_jsonb(t) - 'code_version')::text`
    for (const { name } of tables) {
      const [row] = await db.query<{ state: string }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(md5(${said}), '' order by md5(${said}))), '') as state
         from ${name} t where org_id = $1${name === 'audit_log' ? '' : ' or org_id is null'}`,
        [this.other],
      )
      state.set(name, row?.state ?? '')
    }
    return state
  }
}

/** Workflows of one organization whose files are gone, for those who delete them. */
async function addWorkflows(
  server: ServerUnderTest,
  orgId: string | null,
  text: string,
  slug = '',
): Promise<string[]> {
  const folder = slug === '' ? 'gone' : join(organizationFolder(slug), 'gone')
  const ids = Array.from({ length: FRESH }, () => newId())
  await server.db.query(
    `insert into workflows (id, org_id, name, path, export_name, status, definition)
     select i.id, $2, 'flow_' || i.id, $4 || '/' || i.id || '.ts', export_name, 'missing',
       (w.definition::jsonb || jsonb_build_object('name', 'flow_' || i.id, 'description', $3::text))::json
     from unnest($1::uuid[]) as i (id), workflows w where w.name = 'hello'`,
    [ids, orgId, text, folder],
  )
  return ids
}
