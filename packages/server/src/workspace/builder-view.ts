import { type Dirent, existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ORGANIZATIONS } from '../platform/file-owner.ts'
import { isInside } from './builder/inside.ts'
import { linkedPackages, modulesAbove } from './builder/linked-packages.ts'
import { entriesOf, realOf } from './builder/look.ts'
import { foldersOf } from './owners.ts'

/** Which files of the machine the builder processes of one owner see. */
export interface BuilderView {
  /** The workspace, without symbolic links. */
  root: string
  /** Files and folders, with all that lies in them. */
  readable: string[]
  /** Files and folders in those that look empty. */
  hidden: string[]
  /** Another one as soon as this view is not the present one: what it shows are files and folders, not their names. */
  key: string
}

/**
 * Of a workspace's first level: what version control keeps has the files of all organizations in it, and the others are
 * where people keep passwords and tokens.
 */
const PRIVATE = /^\.(git|hg|svn|jj|env.*|npmrc|yarnrc.*|netrc)$/i

/** `dataDirs`: folders of the platform, which may lie in the workspace. */
export function builderView(
  workspaceDir: string,
  owner: string | null,
  dataDirs: readonly string[],
): BuilderView {
  const root = realOf(workspaceDir) ?? workspaceDir
  const entries = entriesOf(root)
  const hidden = [
    ...entries.filter(isHidden).map(({ name }) => join(root, name)),
    ...dataDirs.flatMap((folder) => realOf(folder) ?? []),
  ]
  const own = owner === null ? [] : foldersOf(root, owner).map((folder) => join(root, folder))
  const shown = [...new Set([root, ...own, ...packagesOf(root)])].filter((path) => existsSync(path))
  return {
    root,
    readable: [...shown, ...platformCode()],
    hidden,
    key: JSON.stringify([shown.map((path) => [path, identityOf(path)]), hidden]),
  }
}

/** Folders outside of the workspace that it has packages from. */
function packagesOf(root: string): string[] {
  const modules = [...modulesAbove(root), realOf(join(root, 'node_modules')) ?? root].filter(
    (folder) => !isInside(root, folder) && !isInside(folder, root),
  )
  const linked = [...linkedPackages(root).values()].map(({ folder }) => folder)
  return [...modules, ...linked.filter((folder) => !modules.some((above) => isInside(above, folder)))]
}

const isHidden = (entry: Dirent): boolean =>
  entry.name.toLowerCase() === ORGANIZATIONS
    ? entry.isDirectory()
    : PRIVATE.test(entry.name) && (entry.isDirectory() || entry.isFile())

function identityOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stat ? `${stat.dev}:${stat.ino}` : ''
}

const SOURCE = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Where packages may be installed that the builder program finds, whether they are there or not. */
export function platformModules(): string[] {
  const found: string[] = []
  for (let folder = dirname(SOURCE); ; folder = dirname(folder)) {
    found.push(join(folder, 'node_modules'))
    if (folder === dirname(folder)) return found
  }
}

let code: readonly string[] | undefined

/** The builder program, what it imports, and what is installed beside it. */
function platformCode(): readonly string[] {
  if (code) return code
  const server = dirname(SOURCE)
  const modules = platformModules()
  const packages = modules.flatMap((folder) =>
    ['bifrost', '@bifrost/contract'].map((name) => join(folder, name)).filter((path) => existsSync(path)),
  )
  code = [
    SOURCE,
    join(server, 'package.json'),
    ...modules.filter((path) => existsSync(path)),
    ...packages.map((path) => realpathSync(path)),
  ]
  return code
}
