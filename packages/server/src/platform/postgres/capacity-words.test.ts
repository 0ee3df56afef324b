import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../testing/test-database.ts'
import { silentLog } from '../log.ts'
import { migrate, migrationNames } from './migrate.ts'

const MIGRATIONS = join(import.meta.dirname, '../../../migrations')
const ID = '01a1fbf0-500f-76ab-8943-511cd2cb91f7'
const FLOW = `{"slot":{"limit":2,"label":"a = \\u0000"},"rate":{"limit":1,"perSeconds":60,"label":null}}`

test('runs that wait for a concurrency limit, and the times of schedules, are kept', async () => {
  const database = await createTestDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'bifrost-migrations-'))
  const client = new pg.Client(database.connection)
  await client.connect()
  const rowsOf = async (sql: string) => (await client.query({ text: sql, rowMode: 'array' })).rows
  try {
    await client.query('drop schema public cascade; create schema public')
    const names = migrationNames()
    const earlier = names.slice(
      0,
      names.findIndex((name) => name.endsWith('_capacity_words.sql')),
    )
    for (const name of earlier) cpSync(join(MIGRATIONS, name), join(folder, name))
    await migrate(database.connection, { log: silentLog, folder })
    const values = [ID, FLOW]
    await client.query(
      `insert into executions (id, org_id, workflow_name, timeout_ms, created_at, status, type, trigger, slot_key, flow)
       values ($1, $1, 'held', 1, now(), 'PENDING', 'workflow', 'api', 'key', $2)`,
      values,
    )
    await client.query(
      `insert into queue (execution_id, org_id, due_at, attempt, claim, ready, gate, slot_key, flow)
       values ($1, $1, now(), 1, 0, false, 'slot', 'key', $2)`,
      values,
    )
    // Without the row of the schedule that they belong to.
    await client.query('set session_replication_role = replica')
    for (const kind of ['slot', 'catch_up'])
      await client.query(
        `insert into schedule_slots (schedule_id, slot, org_id, kind, status, created_at)
         values ($1, $2, $1, $3, 'started', now())`,
        [ID, kind === 'slot' ? '2026-01-02T00:00:00Z' : '2026-01-01T00:00:00Z', kind],
      )

    await migrate(database.connection, { log: silentLog })
    const flow = FLOW.replace('slot', 'concurrency')
    expect(await rowsOf('select concurrency_key, flow::text from executions')).toEqual([['key', flow]])
    expect(await rowsOf('select gate, concurrency_key, flow::text from queue')).toEqual([
      ['concurrency', 'key', flow],
    ])
    expect(
      await rowsOf(
        `select to_char(fire_time at time zone 'utc', 'MM-DD'), kind from schedule_fire_times order by fire_time`,
      ),
    ).toEqual([
      ['01-01', 'catch_up'],
      ['01-02', 'on_time'],
    ])
  } finally {
    await client.end()
    await database.drop()
    rmSync(folder, { recursive: true })
  }
})
