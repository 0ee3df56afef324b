import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tryLockFile } from '../data-dir.ts'
import { ownFacts } from '../processes.ts'
import { SHARED } from './places.ts'

/** The operating system's user of a contained process. */
export interface ContainedUser {
  uid: number
  gid: number
}

/** Numbers that no distribution gives to people or services; PostgreSQL and others never have them. */
export const FIRST_UID = 62_100
/** Users of one server process; each server process on this machine has its own. */
export const USERS_PER_SERVER = 200
const RANGES = 17

/** Reserves a range of user ids for this server process, until `leave`. */
export function takeUsers(): { first: number; leave(): void } {
  const folder = join(SHARED, 'users')
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const own = ownFacts()
  for (let range = 0; range < RANGES; range++) {
    const file = join(folder, String(range))
    if (tryLockFile(file, own))
      return { first: FIRST_UID + range * USERS_PER_SERVER, leave: () => rmSync(file, { force: true }) }
  }
  // More server processes than one machine has: processes of two of them would be the same users.
  return { first: FIRST_UID, leave: () => {} }
}
