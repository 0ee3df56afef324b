import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** What others may pass through, when our own folders are closed to them (such as those below /root). */
export const SHARED = '/var/lib/bifrost'

/** A folder that contained processes can pass through, for their own folders and for what they run. */
export function makeHome(dataDir: string, asRoot: boolean): string {
  const home =
    asRoot && !reachableByOthers(dataDir)
      ? join(SHARED, sha(dataDir).slice(0, 16), 'children')
      : join(dataDir, 'children')
  mkdirSync(home, { recursive: true, mode: asRoot ? 0o711 : 0o700 })
  if (asRoot) chmodSync(home, 0o711)
  // Left by a server that was killed.
  for (const name of readdirSync(home))
    if (/^\w+-\d+-/.test(name) && !existsSync(`/proc/${name.split('-')[1]}`))
      rmSync(join(home, name), { recursive: true, force: true })
  return home
}

/** The Node program that contained processes run: a copy when others cannot reach our own. */
export function reachableNode(asRoot: boolean): string {
  return asRoot && !reachableByOthers(process.execPath) ? sharedCopy(process.execPath) : process.execPath
}

/** One copy for all installations of this machine: it is large, and the same. */
function sharedCopy(program: string): string {
  const folder = join(SHARED, 'node')
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const copy = join(folder, `node-${process.version}-${statSync(program).size}`)
  if (existsSync(copy)) return copy
  const unfinished = `${copy}.${process.pid}`
  copyFileSync(program, unfinished)
  chmodSync(unfinished, 0o755)
  renameSync(unfinished, copy)
  return copy
}

/** Others may pass through every folder above this path. */
export function reachableByOthers(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

const sha = (text: string) => createHash('sha256').update(text).digest('hex')
