import { routes } from '@bifrost/contract'
import { afterEach, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../platform/database.ts'
import { silentLog } from '../../platform/log.ts'
import { withProcesses } from '../../testing/processes.ts'
import { useTestDatabase } from '../../testing/test-database.ts'
import { startProbeServer } from './probe-server.ts'

const database = useTestDatabase()
const ended: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end()
})

/** What a process with this database says of itself. */
async function ask(db: Database, workspace: { isRead: boolean } | null = null) {
  ended.push(() => db.close())
  const probes = await startProbeServer({
    db,
    roles: ['worker'],
    version: '1.2.3',
    workspace,
    trustedProxies: [],
    log: silentLog,
    host: '127.0.0.1',
    port: 0,
  })
  ended.push(() => probes.close())
  return async () => {
    const answer = await fetch(`${probes.url}${routes.getReady.path}`)
    return [answer.status, await answer.json()]
  }
}

const ready = { status: 'ready', database: 'ok', migrations: 'ok', builder: null }

test('while the database is down, a process is not ready, and says which part is not', async () => {
  // Nothing listens on port 1.
  const answer = await ask(openDatabase({ host: '127.0.0.1', port: 1, user: 'unknown' }, silentLog))
  expect(await answer()).toEqual([
    503,
    { status: 'not_ready', database: 'down', migrations: null, builder: null },
  ])
})

test('a process with the API is not ready before the shared files were read once', async () => {
  const workspace = { isRead: false }
  const answer = await ask(openDatabase(database().connection, silentLog), workspace)
  expect(await answer()).toEqual([503, { ...ready, status: 'not_ready', builder: 'reading' }])
  workspace.isRead = true
  expect(await answer()).toEqual([200, { ...ready, builder: 'ok' }])
})

test('a process whose database lacks a migration is not ready; one that is newer does not matter', async () => {
  const db = openDatabase(database().connection, silentLog)
  const answer = await ask(db)
  expect(await answer()).toEqual([200, ready])
  await db.query(`insert into schema_migrations (name, checksum) values ('9999_of_the_next_version', '')`)
  expect(await answer()).toEqual([200, ready])
  await db.query(`delete from schema_migrations where name like '0001%'`)
  expect(await answer()).toEqual([503, { ...ready, status: 'not_ready', migrations: 'pending' }])
})

test('a worker and a scheduler alone answer probes and nothing else; off closes the port', () =>
  withProcesses({}, async (processes) => {
    for (const as of ['worker', 'scheduler'] as const) {
      const one = await processes.start(as)
      const url = /probes answer on (http:\/\/localhost:\d+)/.exec(one.said())?.[1]
      expect((await fetch(`${url}/api/health`)).status).toBe(200)
      expect(await fetch(`${url}/api/ready`).then((answer) => answer.json())).toEqual(ready)
      for (const path of ['/', '/api/workflows', '/api/openapi.json'])
        expect((await fetch(`${url}${path}`)).status).toBe(404)
    }
    const quiet = await processes.start('worker', { BIFROST_PROBE_PORT: 'off' })
    expect(quiet.said()).not.toContain('probes')
  }))

test('a process with the API answers on its own port', () =>
  withProcesses({}, async (processes) => {
    const api = await processes.start('api')
    expect(api.said()).not.toContain('probes')
    await expect
      .poll(() => fetch(`${api.url}/api/ready`).then((answer) => answer.json()), { timeout: 30_000 })
      .toEqual({ ...ready, builder: 'ok' })
  }))
