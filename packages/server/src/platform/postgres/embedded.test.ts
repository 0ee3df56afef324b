import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg, { type PoolConfig } from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ownFacts, postgresProcesses, processFacts, sendSignal, stillRuns } from '../processes.ts'
import { mayEnter, userNamed } from './os-user.ts'

// Each case makes databases of its own, which a busy machine does slowly.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

const isRoot = process.getuid?.() === 0
const PROGRAM = join(import.meta.dirname, '../../testing/hold-database.ts')

interface Holder {
  process: ChildProcess
  connection: PoolConfig
  said: string[]
}

let base: string
let dataDir: string
const holders: ChildProcess[] = []

beforeEach(() => {
  base = mkdtempSync('/tmp/bifrost-pg-')
  chmodSync(base, 0o755)
  dataDir = join(base, 'data')
})
afterEach(async () => {
  for (const holder of holders.splice(0)) await end(holder, 'SIGTERM')
  const data = postgresData()
  if (data) for (const pid of postgresProcesses(data)) sendSignal(pid, 'SIGKILL')
  const place = join(dataDir, 'postgres')
  if (existsSync(place)) rmSync(realpathSync(place), { recursive: true, force: true })
  rmSync(base, { recursive: true, force: true })
})

const postgresData = (): string | null => {
  const data = join(dataDir, 'postgres', 'data')
  return existsSync(data) ? realpathSync(data) : null
}
const masterPid = (): number =>
  Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0])

/** Starts a server that is only a database; resolves when it serves, rejects with what it said instead. */
async function hold(options: { uid?: number; gid?: number; launchers?: object[] } = {}): Promise<Holder> {
  const { launchers = [], ...ids } = options
  const child = spawn(process.execPath, [PROGRAM, dataDir, ...launchers.map((one) => JSON.stringify(one))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
    env: {},
    ...ids,
  })
  holders.push(child)
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    const message = JSON.parse(line) as { log?: string; connection?: PoolConfig; failed?: string }
    if (message.log) said.push(message.log)
    if (message.failed) throw new Error(message.failed)
    if (message.connection) return { process: child, connection: message.connection, said }
  }
  throw new Error(`ended without a word: ${said.join('; ')}`)
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

async function query(connection: PoolConfig, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connection)
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

test('data outlives a stop, and a stop leaves no process', async () => {
  const first = await hold()
  await query(first.connection, 'create table fruit as select 1 as id')
  await end(first.process, 'SIGTERM')
  expect(postgresProcesses(postgresData()!)).toEqual([])
  expect(existsSync(join(dataDir, 'server.lock'))).toBe(false)

  const second = await hold()
  expect(await query(second.connection, 'select id from fruit')).toEqual([{ id: 1 }])
})

test('nothing of it is open to other users or the network', async () => {
  const { connection } = await hold()
  expect(await query(connection, 'show listen_addresses')).toEqual([{ listen_addresses: '' }])
  for (const folder of ['data', 'run']) {
    expect(statSync(join(dataDir, 'postgres', folder)).mode & 0o077).toBe(0)
  }
  expect(statSync(join(dataDir, 'postgres.password')).mode & 0o077).toBe(0)
  await expect(query({ ...connection, password: 'guess' }, 'select 1')).rejects.toThrow(
    /password authentication failed/,
  )
})

test('after kill -9 of the server, the next start ends its PostgreSQL and serves what was committed', async () => {
  const first = await hold()
  await query(first.connection, 'create table fruit as select 1 as id')
  const orphan = masterPid()
  await end(first.process, 'SIGKILL')
  expect(processFacts(orphan)).not.toBeNull()

  const second = await hold()
  expect(second.said).toContain('Stopping a PostgreSQL process left over from a killed server')
  expect(masterPid()).not.toBe(orphan)
  expect(await query(second.connection, 'select id from fruit')).toEqual([{ id: 1 }])
})

test('after kill -9 of server and PostgreSQL, the next start recovers', async () => {
  const first = await hold()
  await query(first.connection, 'create table fruit as select 1 as id')
  const master = masterPid()
  await end(first.process, 'SIGKILL')
  sendSignal(master, 'SIGKILL')
  const second = await hold()
  expect(await query(second.connection, 'select id from fruit')).toEqual([{ id: 1 }])
})

test('kill -9 of PostgreSQL alone: it is started again, and pools reconnect', async () => {
  const { connection } = await hold()
  const pool = new pg.Pool({ ...connection, max: 2 })
  pool.on('error', () => {})
  await pool.query('create table fruit as select 1 as id')
  for (let round = 0; round < 3; round++) {
    const master = masterPid()
    sendSignal(master, 'SIGKILL')
    await vi.waitFor(() => expect(masterPid()).not.toBe(master), { timeout: 15_000 })
    await vi.waitFor(
      async () => expect((await pool.query('select id from fruit')).rows).toEqual([{ id: 1 }]),
      {
        timeout: 15_000,
      },
    )
  }
  await pool.end()
})

test('kill -9 of one backend is survived as well', async () => {
  const { connection } = await hold()
  const client = new pg.Client(connection)
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  sendSignal(rows[0]!.pid, 'SIGKILL')
  await vi.waitFor(() => query(connection, 'select 1'), { timeout: 15_000 })
})

test('files of a crash whose pids now belong to others are cleared away', async () => {
  const first = await hold()
  await query(first.connection, 'create table fruit as select 1 as id')
  await end(first.process, 'SIGTERM')
  const pidFile = `${process.pid}\n${postgresData()}\n1\n5432\n${dataDir}/postgres/run\n\n0 0\nready\n`
  writeFileSync(join(dataDir, 'postgres/data/postmaster.pid'), pidFile)
  writeFileSync(join(dataDir, 'postgres/run/.s.PGSQL.5432.lock'), pidFile)
  writeFileSync(join(dataDir, 'postgres/run/.s.PGSQL.5432'), '')
  const second = await hold()
  expect(await query(second.connection, 'select id from fruit')).toEqual([{ id: 1 }])
})

test('a first start that was killed half way leaves nothing that looks like a database', async () => {
  const first = hold()
  first.catch(() => {})
  await vi.waitFor(() => expect(existsSync(join(dataDir, 'postgres'))).toBe(true), {
    timeout: 15_000,
    interval: 5,
  })
  await end(holders[0]!, 'SIGKILL')
  mkdirSync(join(dataDir, 'postgres/new-left'), { recursive: true })
  const second = await hold()
  expect(await query(second.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(existsSync(join(dataDir, 'postgres/new-left'))).toBe(false)
})

test('a second server on the same folder is refused, with the pid and port of the first', async () => {
  const first = await hold()
  await expect(hold()).rejects.toThrow(
    `Another Bifrost server (process ${first.process.pid}, port 3000) already uses the data folder ${dataDir}`,
  )
  expect(await query(first.connection, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a server whose launcher was killed makes way for the next', async () => {
  const launcher = spawn('sleep', ['600'])
  const facts = processFacts(launcher.pid!)!
  const first = await hold({ launchers: [{ pid: facts.pid, startedAt: facts.startedAt }] })
  await end(launcher, 'SIGKILL')
  const second = await hold()
  expect(second.said[0]).toMatch(/Stopping a server left over from a killed start/)
  expect(stillRuns({ pid: first.process.pid!, startedAt: facts.startedAt })).toBe(false)
  expect(await query(second.connection, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a lock whose pid belongs to another process by now does not hold', async () => {
  mkdirSync(dataDir)
  const lock = { pid: ownFacts().pid, startedAt: 'long ago', port: 3000, launchers: [] }
  writeFileSync(join(dataDir, 'server.lock'), JSON.stringify(lock))
  const { connection } = await hold()
  expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('of several servers that start at once over a dead lock, one serves and the others name it', async () => {
  mkdirSync(dataDir)
  const dead = { pid: ownFacts().pid, startedAt: 'long ago', port: 3000, launchers: [] }
  writeFileSync(join(dataDir, 'server.lock'), JSON.stringify(dead))
  const starts = await Promise.allSettled([hold(), hold(), hold(), hold()])
  const serving = starts.filter((start) => start.status === 'fulfilled').map((start) => start.value)
  const refusals = starts.filter((start) => start.status === 'rejected').map((start) => String(start.reason))
  expect(serving).toHaveLength(1)
  for (const refusal of refusals)
    expect(refusal).toContain(`Another Bifrost server (process ${serving[0]?.process.pid}, port 3000)`)
})

test('data of another major version is refused in one sentence', async () => {
  const first = await hold()
  await end(first.process, 'SIGTERM')
  writeFileSync(join(dataDir, 'postgres/data/PG_VERSION'), '15\n')
  await expect(hold()).rejects.toThrow(
    /was created by PostgreSQL 15, and this Bifrost includes PostgreSQL 18/,
  )
})

test('a lost password is replaced', async () => {
  const first = await hold()
  await query(first.connection, 'create table fruit as select 1 as id')
  await end(first.process, 'SIGTERM')
  rmSync(join(dataDir, 'postgres.password'))
  const second = await hold()
  expect(await query(second.connection, 'select id from fruit')).toEqual([{ id: 1 }])
})

test('a path too long for a socket, with spaces and quotes, works', async () => {
  dataDir = join(base, `it's "long" and, ${'deep '.repeat(20)}`, 'data')
  const first = await hold()
  expect(await query(first.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  const sockets = String(first.connection.host)
  expect(statSync(sockets).mode & 0o077).toBe(0)
  await end(first.process, 'SIGKILL')
  await hold()
  expect(existsSync(sockets)).toBe(false)
})

describe.runIf(isRoot)('as root', () => {
  test('PostgreSQL runs as another user, and no other user can look in', async () => {
    await hold()
    const owner = statSync(`/proc/${masterPid()}`).uid
    expect(owner).not.toBe(0)
    expect(statSync(join(dataDir, 'postgres')).uid).toBe(owner)
    expect(statSync(dataDir).mode & 0o066).toBe(0)
  })

  test('a data folder that its user cannot reach is kept elsewhere, and says so', async () => {
    chmodSync(base, 0o700)
    const first = await hold()
    expect(lstatSync(join(dataDir, 'postgres')).isSymbolicLink()).toBe(true)
    expect(first.said.join()).toMatch(/cannot reach .* the database is in \/var\/lib\/bifrost\//)
    await query(first.connection, 'create table fruit as select 1 as id')
    await end(first.process, 'SIGKILL')
    const second = await hold()
    expect(await query(second.connection, 'select id from fruit')).toEqual([{ id: 1 }])
  })

  // A checkout in a folder of root's alone cannot be run by another user at all.
  const reachable = mayEnter(userNamed('nobody')!, import.meta.dirname)
  test.runIf(reachable)(
    'an ordinary user needs nothing of root, and root can continue with its data',
    async () => {
      const user = userNamed('nobody')!
      chownSync(base, user.uid, user.gid)
      const first = await hold({ uid: user.uid, gid: user.gid })
      await query(first.connection, 'create table fruit as select 1 as id')
      expect(statSync(`/proc/${masterPid()}`).uid).toBe(user.uid)
      await end(first.process, 'SIGKILL')

      const second = await hold()
      expect(statSync(`/proc/${masterPid()}`).uid).toBe(user.uid)
      expect(await query(second.connection, 'select id from fruit')).toEqual([{ id: 1 }])
    },
  )

  test.runIf(reachable)("an ordinary user is told whose data it is when it is root's", async () => {
    const first = await hold()
    await end(first.process, 'SIGTERM')
    const user = userNamed('nobody')!
    await expect(hold({ uid: user.uid, gid: user.gid })).rejects.toThrow(
      /^This user may not write to the data folder .*: start Bifrost as the user that started it first/,
    )
  })
})
