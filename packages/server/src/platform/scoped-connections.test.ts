import { beforeAll, describe, expect, test } from 'vitest'
import { useEngine } from '../testing/engine.ts'
import type { Database } from './database.ts'
import { newId } from './ids.ts'
import { makeScope, type OrgScope } from './scope.ts'

const under = useEngine()
let db: Database
let scopes: OrgScope[]

const rowsOf = (scope: OrgScope, statements = db.as(scope)) =>
  statements.query<{ org_id: string; name: string }>('select org_id, name from tables order by name')
const insertTable = (orgId: string, name: string) =>
  db.query('insert into tables (id, org_id, name) values ($1, $2, $3)', [newId(), orgId, name])

beforeAll(async () => {
  db = under().db
  scopes = await Promise.all(Array.from({ length: 20 }, () => under().organization()))
  for (const scope of scopes) await insertTable(scope.orgId, `of ${scope.orgId}`)
})

const [a, b] = [() => scopes[0] as OrgScope, () => scopes[1] as OrgScope]

describe('a statement for a scope', () => {
  test('sees the rows of its organization and no others, although it does not say so', async () => {
    expect(await rowsOf(a())).toEqual([{ org_id: a().orgId, name: `of ${a().orgId}` }])
  })

  test('is run as a role that owns nothing', async () => {
    const [row] = await db.as(a()).query('select current_user::text as name')
    expect(row).toEqual({ name: 'bifrost_app' })
  })

  test('changes, adds and deletes nothing of another organization', async () => {
    const other = db.as(b())
    expect(
      await other.query('update tables set name = $1 where org_id = $2 returning id', ['x', a().orgId]),
    ).toEqual([])
    expect(await other.query('delete from tables where org_id = $1 returning id', [a().orgId])).toEqual([])
    await expect(
      other.query('insert into tables (id, org_id, name) values ($1, $2, $3)', [
        newId(),
        a().orgId,
        'forged',
      ]),
    ).rejects.toThrow(/row-level security/)
    await expect(other.query('update tables set org_id = $1', [a().orgId])).rejects.toThrow(
      /row-level security/,
    )
    expect(await rowsOf(a())).toHaveLength(1)
  })

  test('cannot give itself the role or the rows of another caller for longer than it lasts', async () => {
    const name = `set by ${newId()}`
    await db.as(a()).transaction(async (query) => {
      await query(
        `select set_config('bifrost.owner', $1, true), set_config('bifrost.chain', '{' || $1 || '}', true)`,
        [b().orgId],
      )
      await query('insert into tables (id, org_id, name) values ($1, $2, $3)', [newId(), b().orgId, name])
    })
    expect((await rowsOf(a())).map((row) => row.name)).not.toContain(name)
    await db.query('delete from tables where name = $1', [name])
  })

  test('ends by itself, whatever it is, and so does a transaction in which nothing happens', async () => {
    const shown = async (name: string) =>
      (await db.as(a()).query(`select current_setting($1) as value`, [name]))[0]
    expect(await shown('statement_timeout')).toEqual({ value: '30s' })
    expect(await shown('lock_timeout')).toEqual({ value: '10s' })
    expect(await shown('idle_in_transaction_session_timeout')).toEqual({ value: '1min' })
  })

  test('whose cost a user chose has less time while others have some', async () => {
    const timeOf = async (query: Database['query']) =>
      (await query<{ value: string }>(`select current_setting('statement_timeout') as value`))[0]?.value
    expect(await db.heavy(a()).transaction(timeOf)).toBe('15s')
    await db.heavy(b()).transaction(async () => {
      expect(await db.heavy(a()).transaction(timeOf)).toBe('3s')
    })
    expect(await db.as(a()).transaction(timeOf)).toBe('30s')
  })

  test('does not reach the tables of the platform', async () => {
    for (const table of ['setup_tokens', 'installation', 'processes', 'code_versions', 'workspace_state'])
      await expect(db.as(a()).query(`select * from ${table}`)).rejects.toThrow(/permission denied/)
    for (const column of ['password_hash from users', 'key_hash from api_keys', 'token_hash from sessions'])
      await expect(db.as(a()).query(`select ${column}`)).rejects.toThrow(/permission denied/)
  })
})

describe('connections', () => {
  test('never serve a scope with the rows of another, however many ask at once and whatever fails', async () => {
    const once = async (index: number) => {
      const scope = scopes[index % scopes.length] as OrgScope
      const expected = [{ org_id: scope.orgId, name: `of ${scope.orgId}` }]
      switch (index % 5) {
        case 0:
          return expect(await rowsOf(scope)).toEqual(expected)
        case 1:
          return expect(
            await db
              .as(scope)
              .prepared('rows_of_tables', 'select org_id, name from tables order by name', []),
          ).toEqual(expected)
        case 2:
          return db.as(scope).transaction(async (query) => {
            expect(await query('select org_id, name from tables order by name')).toEqual(expected)
          })
        case 3:
          return expect(db.as(scope).query('select 1 / 0')).rejects.toThrow(/division by zero/)
        default:
          return expect(
            db.as(scope).transaction(async (query) => {
              await query('update tables set description = $1', ['changed'])
              throw new Error('no')
            }),
          ).rejects.toThrow('no')
      }
    }
    await Promise.all(Array.from({ length: 3000 }, (_, index) => once(index)))
    expect(await db.query(`select name from tables where description <> ''`)).toEqual([])
  })

  test('are never all in the hands of one organization', async () => {
    const release = Promise.withResolvers<void>()
    const holding = Array.from({ length: 50 }, () => db.as(a()).transaction(() => release.promise))
    expect(await rowsOf(b())).toHaveLength(1)
    release.resolve()
    await Promise.all(holding)
  })

  test('of the engine are never all in the hands of one organization', async () => {
    const release = Promise.withResolvers<void>()
    const hold = () => db.inShare(a().orgId, () => db.transaction(() => release.promise))
    const holding = Array.from({ length: 50 }, hold)
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }])
    expect(await db.inShare(b().orgId, () => db.query('select 1 as one'))).toEqual([{ one: 1 }])
    release.resolve()
    await Promise.all(holding)
  })

  test('that die are replaced, and the new ones speak for the right organization', async () => {
    await db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
       and query not like '%pg_stat_activity%'`,
    )
    const asked = () => rowsOf(b()).catch(() => null)
    let rows = await asked()
    for (let times = 0; rows === null && times < 20; times++) rows = await asked()
    expect(rows).toEqual([{ org_id: b().orgId, name: `of ${b().orgId}` }])
  })
})

describe('lists for administrators', () => {
  const admin = () => makeScope({ ...a(), role: 'platform_admin' })

  test('see all organizations, and change none', async () => {
    const all = db.as(admin(), { kind: 'all' })
    expect(await rowsOf(admin(), all)).toHaveLength(scopes.length)
    expect(await all.query('update tables set name = $1 returning id', ['x'])).toEqual([])
    expect(await all.query('delete from tables returning id')).toEqual([])
  })

  test('of one organization see that one', async () => {
    expect(await rowsOf(admin(), db.as(admin(), { kind: 'org', orgId: b().orgId }))).toEqual([
      { org_id: b().orgId, name: `of ${b().orgId}` },
    ])
  })

  test('belong to no other caller', () => {
    expect(() => db.as(a(), { kind: 'all' })).toThrow(/administrators/)
    expect(() => db.as(a(), { kind: 'org', orgId: b().orgId })).toThrow(/administrators/)
  })
})

describe('things that may be global', () => {
  const keysOf = async (scope: OrgScope, list?: Parameters<Database['as']>[1]) =>
    (await db.as(scope, list).query<{ key: string }>('select key from config_entries order by key')).map(
      ({ key }) => key,
    )
  const set = (scope: OrgScope, orgId: string | null, key: string) =>
    db
      .as(scope)
      .query(`insert into config_entries (org_id, key, value) values ($1, $2, '1') returning key`, [
        orgId,
        key,
      ])
  const child = () => makeScope({ ...a(), chain: [a().orgId, b().orgId] })
  const global = () => makeScope({ ...a(), owner: null, chain: [] })

  test('are read from the organization, those above it and from no other', async () => {
    await set(a(), a().orgId, 'own')
    await set(b(), b().orgId, 'above')
    await set(global(), null, 'global')
    expect(await keysOf(a())).toEqual(['global', 'own'])
    expect(await keysOf(child())).toEqual(['above', 'global', 'own'])
    expect(await keysOf(global())).toEqual(['global'])
    expect(await keysOf(a(), { kind: 'global' })).toEqual(['global'])
  })

  test('are changed by their owner alone', async () => {
    await expect(set(a(), null, 'x')).rejects.toThrow(/row-level security/)
    await expect(set(child(), b().orgId, 'x')).rejects.toThrow(/row-level security/)
    await expect(set(global(), a().orgId, 'x')).rejects.toThrow(/row-level security/)
    const changed = async (scope: OrgScope) =>
      (await db.as(scope).query<{ key: string }>(`update config_entries set value = '2' returning key`)).map(
        ({ key }) => key,
      )
    expect(await changed(child())).toEqual(['own'])
    expect(await changed(global())).toEqual(['global'])
  })
})
