import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TestDatabase } from '../../testing/database.ts'
import { createTestDatabase } from '../../testing/test-database.ts'
import { silentLog } from '../log.ts'
import { migrate } from './migrate.ts'

let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = await createTestDatabase()
  await query('drop table schema_migrations')
  folder = mkdtempSync('/tmp/bifrost-migrations-')
})
afterEach(async () => {
  await database.drop()
  rmSync(folder, { recursive: true })
})

const write = (name: string, sql: string): void => writeFileSync(join(folder, name), sql)
const run = (): Promise<string[]> => migrate(database.connection, { log: silentLog, folder })
async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client(database.connection)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('runs files in order, once', async () => {
  write('0002_rows.sql', 'insert into fruit values (1)')
  write('0001_table.sql', 'create table fruit (id int)')
  write('notes.md', 'not SQL')
  expect(await run()).toEqual(['0001_table.sql', '0002_rows.sql'])
  expect(await run()).toEqual([])
  expect(await query('select id from fruit')).toEqual([{ id: 1 }])
})

test('two servers that start at once run each file once', async () => {
  write('0001_table.sql', 'create table fruit (id int); select pg_sleep(0.1)')
  const ran = await Promise.all([run(), run(), run()])
  expect(ran.flat()).toEqual(['0001_table.sql'])
})

test('a file that fails leaves nothing of itself, and is run again once it is corrected', async () => {
  write('0001_table.sql', 'create table fruit (id int)')
  write('0002_wrong.sql', 'create table stone (id int); insert into nowhere values (1)')
  await expect(run()).rejects.toThrow(/0002_wrong\.sql failed: relation "nowhere" does not exist/)
  expect(await query("select to_regclass('stone') as stone")).toEqual([{ stone: null }])
  write('0002_wrong.sql', 'create table stone (id int)')
  expect(await run()).toEqual(['0002_wrong.sql'])
})

test('a file that was changed after it ran stops the start', async () => {
  write('0001_table.sql', 'create table fruit (id int)')
  await run()
  write('0001_table.sql', 'create table fruit (id bigint)')
  await expect(run()).rejects.toThrow(/0001_table\.sql was changed/)
})

test('a database of a newer version is refused', async () => {
  write('0001_table.sql', 'create table fruit (id int)')
  write('0002_more.sql', 'create table stone (id int)')
  await run()
  rmSync(join(folder, '0002_more.sql'))
  await expect(run()).rejects.toThrow(/newer Bifrost \(it has 0002_more\.sql\)/)
})
