import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartError } from '../start-error.ts'
import { findSandbox, type Sandbox } from './bubblewrap.ts'
import { hasRlimits } from './resources.ts'
import { FIRST_UID } from './users.ts'

/** What contains authors' code on this machine, from the best to the least. docs/security.md says what each stops. */
export type Level = 'wall' | 'sandbox' | 'user' | 'fence'

interface LevelFacts {
  name: Level
  /** What it is made of. */
  by: string
  /** What it stops, and what it does not. */
  stops: string
  lacks: string | null
}

const ESCAPED = 'code that breaks out of Node'
const FACTS: Record<Level, Omit<LevelFacts, 'name'>> = {
  wall: {
    by: 'bubblewrap with a network of its own',
    stops: `${ESCAPED} sees no files, processes or network; memory, temporary files and processes are bounded`,
    lacks: null,
  },
  sandbox: {
    by: 'bubblewrap, without a network of its own',
    stops: `${ESCAPED} sees no files and no processes; memory, temporary files and processes are bounded`,
    lacks: 'the network is closed by a fence within the process alone',
  },
  user: {
    by: 'a user of the operating system for each process',
    stops: `${ESCAPED} is a user that owns nothing and signals no process; memory is watched`,
    lacks: `${ESCAPED} reads what every user of the machine may read and reaches its network; temporary files are only watched`,
  },
  fence: {
    by: "Node's permission model alone",
    stops: 'ordinary code reads no files, starts no programs and signals no process; memory is watched',
    lacks: `${ESCAPED} has the rights of the platform itself: its files, its database, its keys, the network`,
  },
}

/** The level that a sandbox and a user of its own make. */
export function levelOf(sandbox: Sandbox | null, hasUsers: boolean): LevelFacts {
  const name = sandbox ? (sandbox.hasOwnNetwork ? 'wall' : 'sandbox') : hasUsers ? 'user' : 'fence'
  return { name, ...FACTS[name] }
}

/** Tries what this machine allows; for `bifrost doctor`, and before a start in production. */
export function findLevel(asRoot = process.getuid?.() === 0): LevelFacts & { hasRlimits: boolean } {
  const home = mkdtempSync(join(tmpdir(), 'bifrost-level-'))
  chmodSync(home, 0o711)
  try {
    const sandbox = findSandbox(asRoot ? { uid: FIRST_UID, gid: FIRST_UID } : null, home)
    return { ...levelOf(sandbox, asRoot), hasRlimits }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** What to do about a level that is not the best. */
export const levelAdvice =
  'Install the package bubblewrap (Debian, Ubuntu: apt-get install bubblewrap) and allow it user namespaces; in a container, allow them to the container.'

/** In production, the lowest level has to be chosen knowingly. */
export function requireIsolation(
  { mode, allowWeakIsolation }: { mode: string; allowWeakIsolation: boolean },
  find: () => { name: Level } = findLevel,
): void {
  if (mode !== 'production' || allowWeakIsolation || find().name !== 'fence') return
  throw new StartError(
    `NODE_ENV is production, and ${FACTS.fence.by} contains workflows here: ${FACTS.fence.lacks}. ${levelAdvice} Or run the platform as root, so that each process gets a user of its own. If everybody who can write workflows may have the rights of the platform, set BIFROST_ALLOW_WEAK_ISOLATION=true.`,
  )
}
