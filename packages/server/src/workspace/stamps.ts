import { type Stats, statSync } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { ownerSlug } from '../platform/file-owner.ts'
import { inSlices, type Slices } from '../platform/slices.ts'
import { foldersOf } from './owners.ts'
import { isSource, type SourceBudget, sourceBudget } from './source-budget.ts'

/** Size and time of the files that analysis may read, by path within the workspace. */
export type Stamps = ReadonlyMap<string, string>

const READ_BY_ANALYSIS = /(\.(ts|mts|tsx|py|json)|^package-lock\.json|^requirements\.txt|^pyproject\.toml)$/

/** Hidden folders, and packages; Python's lie in an environment of whatever name. */
const NOT_ENTERED = /^(\..*|node_modules|site-packages|__pycache__)$/

/** Stands for all installed packages: it changes with what npm, another tool or a hand puts there. */
export const INSTALLED = 'node_modules'

/** Settings at the root, which change what the files of every owner mean. */
export const ROOT_SETTINGS =
  /^((package|package-lock|tsconfig[^/]*)\.json|requirements\.txt|pyproject\.toml)$/
/** Those that an owner's files are compared with, besides their own. */
const STAMPED_SETTINGS = [
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
  ...['requirements.txt', 'pyproject.toml'],
]

export interface OwnerWalk {
  stamps: Stamps
  /** The folders that were looked into. */
  folders: string[]
  /** Organizations whose folders were seen on the way, by slug; they are not looked into. */
  organizations: Set<string>
  /** Why some files were left out, if any were. */
  excess: string | null
}

export interface WalkOptions {
  /** Files elsewhere that the owner's files use. */
  also?: Iterable<string>
  /** Called before a folder is read. */
  onFolder?: (folder: string) => void
  budget?: SourceBudget
}

/**
 * Looks at the files of one owner (an organization by its slug; null: those that belong to none), without following
 * links and without `node_modules` and hidden folders. Folders near the top come first, so that a flood deep inside
 * hides nothing above it; and others have their turn meanwhile.
 */
export async function walkOwner(
  workspaceDir: string,
  owner: string | null,
  { also = [], onFolder = () => {}, budget = sourceBudget(owner) }: WalkOptions = {},
): Promise<OwnerWalk> {
  const slices = inSlices()
  const stamps = new Map<string, string>()
  const organizations = new Set<string>()
  const note = (path: string): void => {
    const stamp = stampOf(join(workspaceDir, path))
    if (stamp) stamps.set(path, stamp)
  }
  let excess: string | null = null
  let [entriesLeft, filesLeft, dataLeft, bytesLeft] = [
    budget.entriesMax,
    budget.filesMax,
    budget.filesMax,
    budget.bytesMax,
  ]
  const top = owner === null ? [''] : foldersOf(workspaceDir, owner)
  const folders = [...top]
  const depthOf = new Map(top.map((folder) => [folder, 0]))
  // More are added on the way.
  for (const folder of folders) {
    onFolder(folder)
    const depth = depthOf.get(folder) ?? 0
    const entries = await entriesOf(join(workspaceDir, folder), entriesLeft, slices)
    entriesLeft -= entries.length
    if (entriesLeft <= 0) excess ??= `more than ${budget.entriesMax} files and folders`
    for (const entry of entries) {
      const path = folder ? `${folder}/${entry.name}` : entry.name
      if (entry.isFolder) {
        if (NOT_ENTERED.test(entry.name)) continue
        const slug = owner === null ? ownerSlug(`${path}/`) : null
        if (slug !== null) organizations.add(slug)
        else if (depth >= budget.depthMax) excess ??= `folders more than ${budget.depthMax} levels deep`
        else {
          folders.push(path)
          depthOf.set(path, depth + 1)
        }
      } else if (READ_BY_ANALYSIS.test(entry.name)) {
        const isCode = isSource(path)
        if (isCode ? filesLeft <= 0 : dataLeft <= 0) {
          excess ??= `more than ${budget.filesMax} ${isCode ? 'source files' : 'JSON files'}`
          continue
        }
        const stat = statOf(join(workspaceDir, path))
        await slices.pause()
        if (!stat) continue
        if (isCode) {
          if (stat.size > bytesLeft) {
            excess ??= `more than ${budget.bytesMax / 1024 / 1024} MB of source files`
            continue
          }
          filesLeft -= 1
          bytesLeft -= stat.size
        } else dataLeft -= 1
        stamps.set(path, `${stat.size}-${stat.mtimeMs}`)
      }
    }
  }
  for (const path of also) {
    note(path)
    await slices.pause()
  }
  if (owner !== null) for (const path of STAMPED_SETTINGS) note(path)
  for (const folder of owner === null ? [''] : ['', ...top]) {
    const installed = folder ? `${folder}/${INSTALLED}` : INSTALLED
    const found = [installed, `${installed}/.package-lock.json`].map((path) =>
      stampOf(join(workspaceDir, path)),
    )
    if (found[0]) stamps.set(installed, found.join('/'))
  }
  return { stamps, folders, organizations, excess }
}

/** Other packages are installed: what every import means may have changed. */
export const isInstalled = (path: string): boolean => path === INSTALLED || path.endsWith(`/${INSTALLED}`)

interface Entry {
  name: string
  isFolder: boolean
}

/** Files and folders, by name; never more than `max`, however many there are. */
async function entriesOf(folder: string, max: number, slices: Slices): Promise<Entry[]> {
  const found: Entry[] = []
  if (max <= 0) return found
  try {
    for await (const entry of await opendir(folder, { bufferSize: 256 })) {
      if (entry.isDirectory() || entry.isFile())
        found.push({ name: entry.name, isFolder: entry.isDirectory() })
      if (found.length >= max) break
      await slices.pause()
    }
  } catch {
    // It went away, or may not be read: then it has nothing.
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function stampOf(file: string): string | null {
  const stat = statOf(file)
  return stat ? `${stat.size}-${stat.mtimeMs}` : null
}

/** Null when there is none, or when it cannot be reached. */
function statOf(file: string): Stats | null {
  try {
    return statSync(file, { throwIfNoEntry: false }) ?? null
  } catch {
    return null
  }
}

/** Paths that are new, different or gone. */
export function changedPaths(previous: Stamps, current: Stamps): string[] {
  const changed: string[] = []
  for (const [path, stamp] of current) if (previous.get(path) !== stamp) changed.push(path)
  for (const path of previous.keys()) if (!current.has(path)) changed.push(path)
  return changed
}
