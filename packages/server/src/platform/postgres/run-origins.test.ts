import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../testing/test-database.ts'
import { silentLog } from '../log.ts'
import { migrate, migrationNames } from './migrate.ts'

const MIGRATIONS = join(import.meta.dirname, '../../../migrations')

test('what runs of earlier versions came from is kept, whatever it was', async () => {
  const database = await createTestDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'bifrost-migrations-'))
  const client = new pg.Client(database.connection)
  await client.connect()
  try {
    await client.query('drop schema public cascade; create schema public')
    const names = migrationNames()
    const earlier = names.slice(
      0,
      names.findIndex((name) => name.endsWith('_run_origins.sql')),
    )
    for (const name of earlier) cpSync(join(MIGRATIONS, name), join(folder, name))
    await migrate(database.connection, { log: silentLog, folder })
    const insert = (name: string, columns: string) =>
      client.query(
        `insert into executions (id, org_id, workflow_name, timeout_ms, created_at, status, type, trigger, trigger_id, form_id, form_name, form_data)
         select gen_random_uuid(), gen_random_uuid(), $1, 1, now(), 'SUCCESS', v.* from (values (${columns})) v`,
        [name],
      )
    const ID = `'01a1fbf0-500f-76ab-8943-511cd2cb91f7'::uuid`
    const NONE = 'null::uuid, null::text, null::json'
    await insert('form', `'workflow', 'form', null::uuid, ${ID}, 'Leave', '{"b":1,"a":"\\u0000"}'::json`)
    await insert('form again', `'workflow', 'api', null::uuid, ${ID}, 'Leave', '{"answers":{}}'::json`)
    await insert('schedule', `'workflow', 'schedule', ${ID}, ${NONE}`)
    await insert('event', `'workflow', 'event', ${ID}, ${NONE}`)
    await insert('mapping', `'mapping', 'test', ${ID}, ${NONE}`)
    await insert('endpoint', `'workflow', 'endpoint', ${ID}, ${NONE}`)
    await insert('public endpoint', `'workflow', 'endpoint', null::uuid, ${NONE}`)
    await insert('request', `'workflow', 'api', null::uuid, ${NONE}`)

    await migrate(database.connection, { log: silentLog })
    const { rows } = await client.query(
      `select workflow_name, origin_kind, origin_id is not null as has_id, origin_name, origin_data::text from executions`,
    )
    const found = Object.fromEntries(
      rows.map(({ workflow_name, ...row }) => [workflow_name, Object.values(row)]),
    )
    expect(found).toEqual({
      form: ['form', true, 'Leave', '{"b":1,"a":"\\u0000"}'],
      'form again': ['form', true, 'Leave', '{"answers":{}}'],
      schedule: ['schedule', true, null, null],
      event: ['event', true, null, null],
      mapping: ['event', true, null, null],
      endpoint: ['endpoint_key', true, null, null],
      'public endpoint': [null, false, null, null],
      request: [null, false, null, null],
    })
  } finally {
    await client.end()
    await database.drop()
    rmSync(folder, { recursive: true })
  }
})
