import { beforeAll, describe, expect, test } from 'vitest'
import { useEngine } from '../testing/engine.ts'
import type { Query } from './database.ts'
import type { OrgScope } from './scope.ts'

// What the catalog of a migrated database says of row-level security. A new table is held to it without further ado.

const under = useEngine()
const query = <Row extends Record<string, unknown>>(text: string) => under().db.query<Row>(text)

const TENANT_TABLES = `
  select c.relname::text as name, c.relrowsecurity as secured, not a.attnotnull as shared
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
  where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`

/** Columns with a hash that the application's role may read, and why that is right. */
const readableHashes: Record<string, string> = {
  'form_launches.handle_hash':
    'of a random handle that lives for half an hour, for the session that it was given to',
  'form_links.token_hash': 'of a random token, found within the organization of the link',
  'integration_connections.secret_names': 'names of fields; pages show which of them are set',
  'integration_connections.secrets_sealed': 'sealed with the key of the platform',
  'integration_connects.secret_sealed': 'sealed with the key of the platform',
  'integration_connects.session_hash':
    'compared with the session that comes back from the authorization server',
  'integration_connects.state_hash': 'of a random state that is used once',
}

/** Tables without org_id that the application's role may read, and why that is right. */
const readableOthers: Record<string, string> = {
  concurrent_run_limits: 'a view of organizations and their quotas, with the rights of who asks',
  organizations: 'itself, those above and those below, by its own policy',
  workers: 'how many live: only when their lease ends',
}

describe('the role of the application', () => {
  test('has no powers, and owns nothing', async () => {
    const [role] = await query(
      `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin from pg_roles where rolname = 'bifrost_app'`,
    )
    expect(new Set(Object.values(role ?? { missing: true }))).toEqual(new Set([false]))
    const owned = await query(
      `select c.relname::text as name from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = 'bifrost_app'
       union all select p.proname::text from pg_proc p join pg_roles r on r.oid = p.proowner where r.rolname = 'bifrost_app'`,
    )
    expect(owned).toEqual([])
    const groups = await query(
      `select g.rolname::text as name from pg_auth_members m join pg_roles r on r.oid = m.member
       join pg_roles g on g.oid = m.roleid where r.rolname = 'bifrost_app'`,
    )
    expect(groups).toEqual([])
  })

  test('makes nothing in the schema', async () => {
    const [row] = await query(
      `select has_schema_privilege('bifrost_app', 'public', 'create') as schema, has_database_privilege('bifrost_app', current_database(), 'create') as database`,
    )
    expect(row).toEqual({ schema: false, database: false })
  })

  test('truncates, references and triggers nothing', async () => {
    const rows = await query(
      `select table_name::text as name, privilege_type::text as privilege from information_schema.role_table_grants
       where grantee = 'bifrost_app' and privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')`,
    )
    expect(rows).toEqual([])
  })

  test('comes to no table without org_id but to those that are listed', async () => {
    const rows = await query<{ name: string }>(
      `select distinct table_name::text as name from information_schema.column_privileges where grantee = 'bifrost_app'
       and table_schema = 'public' and table_name not in (select name from (${TENANT_TABLES}) t) order by 1`,
    )
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(readableOthers).sort())
  })

  test('sees through no view more than its own rows: each has the rights of who asks', async () => {
    const rows = await query(
      `select relname::text as name from pg_class where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace
         and not coalesce(reloptions @> '{security_invoker=true}', false)`,
    )
    expect(rows).toEqual([])
  })

  test('reads nothing that proves who a person is', async () => {
    const rows = await query<{ name: string }>(
      `select table_name || '.' || column_name as name from information_schema.column_privileges
       where grantee = 'bifrost_app' and privilege_type = 'SELECT' and column_name ~ '(_hash|totp|secret|recovery|challenge)'
         and column_name not in ('is_secret') order by 1`,
    )
    expect(rows.map(({ name }) => name).filter((name) => !readableHashes[name])).toEqual([])
  })
})

describe('tables with org_id', () => {
  test('have row-level security with a policy for each thing that may be done', async () => {
    const rows = await query<{ name: string; secured: boolean; commands: string }>(
      `select t.name, t.secured, (select string_agg(distinct polcmd::text, '' order by polcmd::text) from pg_policy
         where polrelid = t.name::regclass and polroles = array['bifrost_app'::regrole::oid]) as commands
       from (${TENANT_TABLES}) t`,
    )
    expect(rows.length).toBeGreaterThan(25)
    // a: insert, d: delete, r: select, w: update
    for (const row of rows) expect(row, row.name).toMatchObject({ secured: true, commands: 'adrw' })
  })

  test('have no policy that says nothing of the organization', async () => {
    const rows = await query<{ name: string; said: string }>(
      `select tablename || ' ' || policyname as name, coalesce(qual, '') || coalesce(with_check, '') as said
       from pg_policies where schemaname = 'public'`,
    )
    for (const { name, said } of rows)
      expect(said, name).toMatch(/acting_org\(\)|acting_chain\(\)|acting_owns\(/)
  })

  test('nothing that the application may call as another role', async () => {
    const rows = await query<{ name: string }>(
      `select proname::text as name from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
       and has_function_privilege('bifrost_app', oid, 'execute')`,
    )
    // Answers the name of a person whose id the caller knows.
    expect(rows.map(({ name }) => name)).toEqual(['person_name'])
  })
})

describe('with the settings of another organization', () => {
  let mine: OrgScope
  let other: OrgScope
  const tables: { name: string; shared: boolean }[] = []

  /** Rows of `mine`; the application's role has no business at all in some tables. */
  const found = (query: Query, table: string) =>
    query(`select org_id from ${table} where org_id = $1`, [mine.orgId]).catch((error: Error) => {
      expect(error.message).toContain('permission denied')
      return 'denied' as const
    })

  // A row of `mine` in every table.
  beforeAll(async () => {
    mine = await under().organization()
    other = await under().organization()
    tables.push(...(await query<{ name: string; shared: boolean }>(TENANT_TABLES)))
    // What a row must say besides is the features' business.
    for (const { text } of await query<{ text: string }>(
      `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as text from pg_constraint
       where contype = 'c' and connamespace = 'public'::regnamespace and conrelid <> 0`,
    ))
      await query(text)
    await under().db.transaction(async (run) => {
      await run(`set local session_replication_role = 'replica'`)
      for (const { name } of tables) await run(await insertOf(name, mine.orgId))
    })
  })

  test('there is a row in every table, and its organization sees it', async () => {
    for (const { name } of tables) {
      const [row] = await query<{ count: number }>(
        `select count(*)::int as count from ${name} where org_id = '${mine.orgId}'`,
      )
      expect(row?.count, name).toBe(1)
      const seen = await found(under().db.as(mine).query, name)
      if (seen !== 'denied') expect(seen, name).toHaveLength(1)
    }
  })

  test('nothing is found, changed, added or deleted in any table', async () => {
    const as = under().db.as(other)
    const refused = async (text: string) => {
      const rows = await as.query(text).catch((error: Error) => error)
      if (rows instanceof Error) expect(rows.message, text).toMatch(/row-level security|permission denied/)
      else expect(rows, text).toEqual([])
    }
    for (const { name } of tables) {
      const seen = await found(as.query, name)
      if (seen !== 'denied') expect(seen, name).toEqual([])
      await refused(`update ${name} set org_id = org_id where org_id = '${mine.orgId}' returning org_id`)
      await refused(`delete from ${name} where org_id = '${mine.orgId}' returning org_id`)
      const insert = await insertOf(name, mine.orgId)
      const error = await as.query(insert).then(
        () => null,
        (cause: Error) => cause,
      )
      expect(error?.message, insert).toMatch(/row-level security|permission denied/)
    }
    for (const { name } of tables) {
      const [row] = await query<{ count: number }>(
        `select count(*)::int as count from ${name} where org_id = '${mine.orgId}'`,
      )
      expect(row?.count, name).toBe(1)
    }
  })

  test('without any settings nothing is seen at all', async () => {
    const client = await under().db.connect()
    try {
      await client.query('set role bifrost_app')
      for (const { name, shared } of tables) {
        const text = `select org_id from ${name}${shared ? ' where org_id is not null' : ''}`
        const rows = await client.query(text).then(
          (result) => result.rows,
          (error: Error) => error.message,
        )
        if (typeof rows === 'string') expect(rows).toContain('permission denied')
        else expect(rows, name).toEqual([])
      }
      const { rows } = await client.query('select id from organizations')
      expect(rows).toEqual([])
    } finally {
      await client.end()
    }
  })
})

/** A row with a value for every column that needs one; the text of a statement, so that both roles can try it. */
async function insertOf(table: string, orgId: string): Promise<string> {
  const columns = await query<{ name: string; type: string }>(
    `select a.attname::text as name, format_type(a.atttypid, null) as type from pg_attribute a where a.attrelid = '${table}'::regclass and a.attnum > 0 and not a.attisdropped
       and a.attidentity = '' and a.attgenerated = '' and (a.attnotnull and not a.atthasdef or a.attname = 'org_id')`,
  )
  const names = columns.map(({ name }) => name)
  const values = columns.map(({ name, type }) => {
    if (name === 'org_id') return `'${orgId}'`
    switch (type) {
      case 'uuid':
        return 'gen_random_uuid()'
      case 'timestamp with time zone':
        return 'now()'
      case 'integer':
      case 'bigint':
      case 'smallint':
      case 'real':
      case 'double precision':
      case 'numeric':
        return '1'
      case 'boolean':
        return 'false'
      case 'json':
      case 'jsonb':
        return `'{}'`
      case 'bytea':
        return `decode(md5(random()::text), 'hex')`
      default:
        return type.endsWith('[]') ? `'{}'` : `md5(random()::text)`
    }
  })
  return `insert into ${table} (${names.join(', ')}) values (${values.join(', ')})`
}
