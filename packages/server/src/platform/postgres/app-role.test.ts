import pg, { type PoolConfig } from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { useTestDatabase } from '../../testing/test-database.ts'
import { newId } from '../ids.ts'
import { silentLog } from '../log.ts'
import { prepareAppRole } from './app-role.ts'
import { migrate } from './migrate.ts'

const database = useTestDatabase()
const logins: string[] = []

const administer = async (...statements: string[]) => {
  const client = new pg.Client(database().connection)
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** A login without any rights beyond a database of its own. */
async function login(options = ''): Promise<{ name: string; connection: PoolConfig; database: string }> {
  const name = `login_${newId().replaceAll('-', '')}`
  logins.push(name)
  await administer(
    `create role ${name} login password 'secret' ${options}`,
    `create database ${name} owner ${name}`,
  )
  const { connectionString, ...rest } = database().connection
  const url = connectionString === undefined ? null : new URL(connectionString)
  if (!url)
    return { name, database: name, connection: { ...rest, user: name, password: 'secret', database: name } }
  Object.assign(url, { username: name, password: 'secret', pathname: `/${name}` })
  return { name, database: name, connection: { connectionString: url.href } }
}

afterAll(async () => {
  for (const name of logins)
    await administer(
      `drop database ${name} with (force)`,
      `revoke bifrost_app from ${name}`,
      `drop role ${name}`,
    )
})

describe('a login that may make no roles', () => {
  test('is told which two statements an administrator runs, and works after them', async () => {
    const { name, connection } = await login()
    const refusal = await prepareAppRole(connection).then(
      () => '',
      (error: Error) => error.message,
    )
    expect(refusal).toContain('CREATE ROLE bifrost_app NOLOGIN;')
    expect(refusal).toContain(`GRANT bifrost_app TO ${name};`)
    const [grant] = /GRANT .*;/.exec(refusal) ?? []
    // The role itself is there: every database of the tests needs it.
    await administer(grant ?? '')
    await prepareAppRole(connection)
    await migrate(connection, { log: silentLog })
  })
})

test('a login that may make roles needs no administrator', async () => {
  const { connection } = await login('createrole')
  const made = await prepareAppRole(connection).then(
    () => true,
    () => false,
  )
  // From PostgreSQL 16 on it may only grant roles that it has made itself, and this one was there.
  if (made) await migrate(connection, { log: silentLog })
  await prepareAppRole(database().connection)
})
