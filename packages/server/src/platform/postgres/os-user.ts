import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { StartError } from '../start-error.ts'

/** A user of the operating system, to run a program as. */
export interface OsUser {
  name: string
  uid: number
  gid: number
}

const OWN_USER = 'bifrost-postgres'

/** The user that PostgreSQL runs as when we are root, which it refuses to be. Null: as ourselves. */
export function postgresUser(): OsUser | null {
  if (process.getuid?.() !== 0) return null
  return userNamed('postgres') ?? userNamed(OWN_USER) ?? createUser()
}

/** PostgreSQL looks its user up by number, so a bare number is not enough: it needs an entry. */
export function userWith(uid: number): OsUser | null {
  return users().find((user) => user.uid === uid) ?? null
}

export function userNamed(name: string): OsUser | null {
  return users().find((user) => user.name === name && user.uid !== 0) ?? null
}

function users(): OsUser[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
}

function createUser(): OsUser {
  const made = spawnSync(
    'useradd',
    [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/usr/sbin/nologin',
      OWN_USER,
    ],
    {
      encoding: 'utf8',
      env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' },
    },
  )
  const user = userNamed(OWN_USER)
  if (user) return user
  const reason = (made.error?.message ?? made.stderr).trim()
  throw new StartError(
    `PostgreSQL does not run as root and no user for it could be made (useradd: ${reason}); add a user named "postgres", start Bifrost as another user, or set DATABASE_URL.`,
  )
}

/** Whether this user can reach and enter (a folder) or run (a program) this path. Asked of the system, not guessed. */
export function mayEnter(user: OsUser, path: string): boolean {
  const { uid, gid } = user
  return (
    spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], { uid, gid, cwd: '/', env: {} }).status === 0
  )
}
