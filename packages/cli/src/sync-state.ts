import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

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
  /** The organization whose key was used: another one sees other files. */
  organization: string
  files: Record<string, SyncedFile>
}

const FILE = '.bifrost/sync.json'

/** What was remembered for this server and organization; a folder that was pulled from elsewhere starts over. */
export function readSyncState(folder: string, url: string, organization: string): SyncState {
  try {
    const state = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as SyncState
    // States of earlier versions name no organization, and may name files that are no longer synchronized.
    if (state.url === url && (state.organization ?? organization) === organization)
      return {
        url,
        organization,
        files: Object.fromEntries(Object.entries(state.files).filter(([path]) => isSynced(path))),
      }
  } catch {
    // The first time, or a file that something else wrote.
  }
  return { url, organization, files: {} }
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

/** Whether a file is pulled and pushed: packages and what begins with a dot (`.env`, `.git`) never are, on either side. */
export const isSynced = (path: string): boolean =>
  !path.split('/').some((name) => name.startsWith('.') || name === 'node_modules')

export interface LocalFiles {
  /** The content of each text file by its path. */
  texts: Map<string, string>
  /** Every path at which there is something, text or not. */
  all: Set<string>
}

/** What lies in a folder. Links are not followed: what is behind them is no part of the folder. */
export function localFiles(folder: string): LocalFiles {
  const found: LocalFiles = { texts: new Map(), all: new Set() }
  if (!existsSync(folder)) return found
  const read = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (!isSynced(path)) continue
      found.all.add(path)
      if (entry.isDirectory()) read(path)
      if (!entry.isFile()) continue
      const bytes = readFileSync(join(folder, path))
      if (isText(bytes)) found.texts.set(path, bytes.toString('utf8'))
    }
  }
  read('')
  return found
}

/** Other bytes would come back changed. */
const isText = (bytes: Buffer) => !bytes.includes(0) && isUtf8(bytes)

/** Whether nothing is left of a file here: neither it, nor a link or a file where its folder was. */
export function isGone(folder: string, path: string, local: LocalFiles): boolean {
  if (local.all.has(path)) return false
  return !foldersOf(path).some((above) => local.all.has(above) && !isFolder(join(folder, above)))
}

/** Why a file of the server cannot be written here; null when it can. */
export function problemOfPlace(folder: string, path: string, local: LocalFiles): string | null {
  if (placeOf(folder, path) === null) return 'it would lie outside of the folder'
  const above = foldersOf(path).find((one) => local.all.has(one) && !isFolder(join(folder, one)))
  if (above !== undefined) return `${above} is a link or a file here`
  if (local.texts.has(path)) return null
  if (local.all.has(path)) return 'a link, a folder or a file that is not text is in its place'
  // A file system may take names for the same that differ in case only.
  if (existsSync(join(folder, path))) return 'a file here has a name that differs only in case'
  return null
}

const foldersOf = (path: string): string[] => {
  const names = path.split('/').slice(0, -1)
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}

const isFolder = (place: string) => lstatSync(place, { throwIfNoEntry: false })?.isDirectory() === true
