import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import type { Log } from '../log.ts'
import { StartError } from '../start-error.ts'
import { type Binaries, binariesFor, findBinaries, SHARED_FOLDER } from './binaries.ts'
import { mayEnter, type OsUser, postgresUser, userWith } from './os-user.ts'

/** A data folder of the embedded PostgreSQL, ready to be started. */
export interface Cluster {
  binaries: Binaries
  /** The user that runs PostgreSQL; null: our own. */
  user: OsUser | null
  /** PostgreSQL's own folder. */
  data: string
  /** Where its socket goes when the path is short enough. */
  run: string
  password: string
}

export const SUPERUSER = 'bifrost'

/** Finds the data folder or makes a new one. No other process may use it: the caller holds the lock of `dataDir`. */
export function openCluster(dataDir: string, options: { durable: boolean; log: Log }): Cluster {
  const installed = findBinaries()
  const folder = clusterFolder(dataDir, options.log)
  const user = clusterUser(folder)
  const binaries = user ? binariesFor(user, installed) : installed
  const data = join(folder, 'data')
  const run = join(folder, 'run')
  const cluster: Cluster = { binaries, user, data, run, password: '' }

  if (existsSync(join(data, 'PG_VERSION'))) {
    checkVersion(data, binaries)
    cluster.password = readPassword(dataDir) ?? resetPassword(cluster, dataDir)
  } else {
    cluster.password = readPassword(dataDir) ?? writePassword(dataDir)
    initialize(cluster, folder, options)
  }
  return cluster
}

/**
 * `<dataDir>/postgres`. As root, where PostgreSQL's user cannot reach the data folder (it may lie in /root), this is a
 * link to a folder that it can reach.
 */
function clusterFolder(dataDir: string, log: Log): string {
  const folder = join(dataDir, 'postgres')
  if (existsSync(folder)) return realpathSync(folder)
  if (lstatSync(folder, { throwIfNoEntry: false }))
    throw new StartError(
      `${folder} points to a database folder that no longer exists. Restore that folder, or remove the link to start with an empty database.`,
    )
  const user = postgresUser()
  if (!user) {
    mkdirSync(folder, { mode: 0o700 })
    return realpathSync(folder)
  }
  if (mayEnter(user, dataDir)) {
    makeFolder(folder, user)
    return realpathSync(folder)
  }
  mkdirSync(SHARED_FOLDER, { recursive: true, mode: 0o755 })
  const elsewhere = join(SHARED_FOLDER, `postgres-${randomBytes(6).toString('hex')}`)
  makeFolder(elsewhere, user)
  symlinkSync(elsewhere, folder)
  log.info(
    `PostgreSQL does not run as root, and its user ${user.name} cannot reach ${dataDir}: the database is in ${elsewhere}`,
  )
  return elsewhere
}

/** Existing data keeps its owner, no matter who started it first. */
function clusterUser(folder: string): OsUser | null {
  const { uid } = statSync(folder)
  const own = process.getuid?.()
  if (own === undefined || uid === own) return own === 0 ? giveAway(folder) : null
  if (own !== 0)
    throw new StartError(
      `The database in ${folder} belongs to ${userWith(uid)?.name ?? `user id ${uid}`}; start Bifrost as the user that started it first (often root), or set BIFROST_DATA_DIR to another folder.`,
    )
  const user = userWith(uid)
  if (!user)
    throw new StartError(
      `The database in ${folder} belongs to user id ${uid}, which this machine does not know.`,
    )
  return user
}

/** A folder that root made and then died before it gave it away. */
function giveAway(folder: string): OsUser | null {
  const user = postgresUser()
  if (user) chownSync(folder, user.uid, user.gid)
  return user
}

function makeFolder(folder: string, user: OsUser | null): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  if (user) chownSync(folder, user.uid, user.gid)
}

function checkVersion(data: string, binaries: Binaries): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  if (found !== binaries.major)
    throw new StartError(
      `The database in ${data} was created by PostgreSQL ${found}, and this Bifrost includes PostgreSQL ${binaries.major}. Start it with the Bifrost version that created it and move the data with pg_dump, or set BIFROST_DATA_DIR to a new folder.`,
    )
}

/** Made beside its place and renamed when whole, so that a start that is killed half way leaves nothing that looks done. */
function initialize(
  cluster: Cluster,
  folder: string,
  { durable, log }: { durable: boolean; log: Log },
): void {
  for (const entry of readdirSync(folder))
    if (entry.startsWith('new-')) rmSync(join(folder, entry), { recursive: true, force: true })
  log.info('Creating the database')
  const workplace = mkdtempSync(join(folder, 'new-'))
  const passwordFile = join(workplace, 'password')
  writeFileSync(passwordFile, cluster.password, { mode: 0o600 })
  if (cluster.user) {
    chownSync(workplace, cluster.user.uid, cluster.user.gid)
    chownSync(passwordFile, cluster.user.uid, cluster.user.gid)
  }
  const data = join(workplace, 'data')
  runAs(cluster, cluster.binaries.initdb, [
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    // The password is 24 random bytes, which no number of rounds makes harder to guess; they would only slow connects.
    '--set=scram_iterations=1',
    ...(durable ? [] : ['--no-sync']),
  ])
  if (existsSync(cluster.data)) rmSync(cluster.data, { recursive: true, force: true })
  renameSync(data, cluster.data)
  rmSync(workplace, { recursive: true, force: true })
}

const passwordFile = (dataDir: string): string => join(dataDir, 'postgres.password')

function readPassword(dataDir: string): string | null {
  try {
    return readFileSync(passwordFile(dataDir), 'utf8').trim() || null
  } catch {
    return null
  }
}

function writePassword(dataDir: string): string {
  const password = randomBytes(24).toString('base64url')
  const file = passwordFile(dataDir)
  writeFileSync(`${file}.new`, password, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return password
}

/** The file with the password was lost; the data was not. */
function resetPassword(cluster: Cluster, dataDir: string): string {
  const password = randomBytes(24).toString('base64url')
  runAs(
    cluster,
    cluster.binaries.postgres,
    ['--single', '-D', cluster.data, 'postgres'],
    `ALTER ROLE ${SUPERUSER} PASSWORD '${password}'\n`,
  )
  const file = passwordFile(dataDir)
  writeFileSync(file, password, { mode: 0o600 })
  return password
}

/** What PostgreSQL's programs see of our environment: nothing. */
export const postgresEnvironment = { LC_ALL: 'C', PATH: '/usr/bin:/bin' }

function runAs(cluster: Cluster, program: string, args: string[], input = ''): void {
  const ended = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    cwd: '/',
    env: postgresEnvironment,
    ...(cluster.user ? { uid: cluster.user.uid, gid: cluster.user.gid } : {}),
  })
  if (ended.status === 0) return
  const said = (ended.error?.message ?? ended.stderr ?? '').trim().split('\n')
  const line = said.findLast((one) => /error|FATAL|could not|cannot/.test(one)) ?? said.at(-1) ?? ''
  if (/could not look up effective user ID/.test(line))
    throw new StartError(
      `PostgreSQL needs an entry in /etc/passwd for user id ${process.getuid?.()}, and there is none; add one, or set DATABASE_URL.`,
    )
  throw new StartError(`PostgreSQL's ${basename(program)} failed: ${line || `exit code ${ended.status}`}`)
}
