import pg, { type PoolConfig } from 'pg'
import { APP_ROLE } from '../scoped-connections.ts'
import { StartError } from '../start-error.ts'

/**
 * Sees to it that this login may speak as the application's role, whose rows are those of one organization. Roles belong
 * to the database server, not to the database: one that was restored elsewhere comes without them.
 */
export async function prepareAppRole(connection: PoolConfig): Promise<void> {
  const client = new pg.Client(connection)
  client.on('error', () => {})
  await client.connect()
  try {
    if (await maySpeakAs(client)) return
    // Either may fail for want of the right, or because another process has just done it; what counts is the outcome.
    await client.query(`create role ${APP_ROLE} nologin`).catch(() => {})
    await client.query(`grant ${APP_ROLE} to current_user`).catch(() => {})
    if (await maySpeakAs(client)) return
    const { rows } = await client.query<{ login: string }>('select quote_ident(current_user) as login')
    throw new StartError(
      `The login of DATABASE_URL may not make the role ${APP_ROLE}, as which Bifrost reads the rows of one organization at a time. An administrator of the database runs these two statements once, and then Bifrost starts:\n  CREATE ROLE ${APP_ROLE} NOLOGIN;\n  GRANT ${APP_ROLE} TO ${rows[0]?.login};`,
    )
  } finally {
    await client.end()
  }
}

async function maySpeakAs(client: pg.Client): Promise<boolean> {
  // Asked first: a failed `set role` is an error in the log of a database where nothing is wrong.
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [APP_ROLE])
  if (rowCount === 0) return false
  try {
    await client.query(`set role ${APP_ROLE}`)
    await client.query('reset role')
    return true
  } catch {
    return false
  }
}
