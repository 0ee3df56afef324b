import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

/** A file as it was when folder and server last agreed. */
export interface SyncedFile {
  /** Of the server's file: it must be the same when ours is written over it. */
  etag: string
  /** Of our file. */
  hash: string
}

/** What is known of a folder that is kept in step with a server's workspace; kept in `.bifrost/sync.json`. */
export interface SyncState {
  url: string
  files: Record<string, SyncedFile>
}

const FILE = '.bifrost/sync.json'

/** What was remembered for this server; a folder that was pulled from another one begins anew. */
export function readSyncState(folder: string, url: string): SyncState {
  try {
    const state = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as SyncState
    if (state.url === url) return { url, files: { ...state.files } }
  } catch {
    // The first time, or something that is not ours.
  }
  return { url, files: {} }
}

export function writeSyncState(folder: string, state: SyncState): void {
  mkdirSync(join(folder, dirname(FILE)), { recursive: true })
  writeFileSync(join(folder, FILE), `${JSON.stringify(state, null, 2)}\n`)
}

export const hashOf = (content: string): string => createHash('sha256').update(content).digest('hex')

/** The place of a file of the server in the folder; null for a path that would lead out of it. */
export function placeOf(folder: string, path: string): string | null {
  const place = resolve(folder, path)
  const within = relative(resolve(folder), place)
  return within === '' || within.startsWith('..') || resolve(within) === within ? null : place
}

/** The text files of a folder by path; packages, builds and whatever hides are left out. */
export function localFiles(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  if (!existsSync(folder)) return found
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')
    if (!entry.isFile() || /(^|\/)(\.|node_modules(\/|$))/.test(path)) continue
    const bytes = readFileSync(join(folder, path))
    if (!bytes.includes(0)) found.set(path, bytes.toString('utf8'))
  }
  return found
}
