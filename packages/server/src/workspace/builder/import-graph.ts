import { join, posix } from 'node:path'
import { limits } from '@bifrost/contract'
import { readSource } from './source-files.ts'
import { walkFiles } from './source-walk.ts'

const READ = /\.(ts|mts|tsx|js|mjs|jsx)$/
/**
 * Every part has a bound and no two can take the same characters, so that a text costs what its length says; an import
 * with more space in it than that is only found when its own file changes.
 */
const SPECIFIER =
  /(?:\bfrom|\bimport|\brequire|\bcomponent\s{0,99}:)\s{0,99}(?:\(\s{0,99})?(['"`])([^'"`\n]{1,999})\1/g
/** The owner's files, and everybody's. */
const FILES_MAX = limits.globalSourceFilesMax + limits.sourceFilesMax

/**
 * Which file imports which, read from the text alone: fast enough to be done for a whole workspace before the first edit.
 * It may see an import where there is none (in a comment), never the other way round; so it tells which files to look
 * at, and TypeScript tells what is in them.
 */
export class ImportGraph {
  readonly #root: string
  /** By importer, what its imports may mean. */
  readonly #targets = new Map<string, string[]>()

  /** Of everybody's files and the owner's. */
  constructor(root: string, owner: string | null) {
    this.#root = root
    const files = walkFiles({
      root,
      owner,
      withEverybodys: true,
      enters: (name) => name !== 'node_modules' && !name.startsWith('.'),
      takes: (_path, name) => READ.test(name),
    })
    for (const path of files.slice(0, FILES_MAX)) this.#read(path)
  }

  update(paths: readonly string[]): void {
    for (const path of paths) if (READ.test(path)) this.#read(path)
  }

  /** These files and all that depend on them, directly or not. */
  withDependents(paths: readonly string[]): Set<string> {
    const importers = new Map<string, string[]>()
    for (const [importer, targets] of this.#targets)
      for (const target of targets) {
        const list = importers.get(target)
        if (list) list.push(importer)
        else importers.set(target, [importer])
      }
    const found = new Set(paths)
    for (const path of found)
      for (const name of namesOf(path)) for (const importer of importers.get(name) ?? []) found.add(importer)
    return found
  }

  #read(path: string): void {
    const text = readSource(join(this.#root, path))?.text
    if (text === undefined || text === null) this.#targets.delete(path)
    else this.#targets.set(path, targetsOf(path, text))
  }
}

function targetsOf(path: string, text: string): string[] {
  const targets = new Set<string>()
  for (const [, , specifier] of text.matchAll(SPECIFIER)) {
    if (!specifier) continue
    if (specifier.startsWith('.')) targets.add(bareName(posix.join(posix.dirname(path), specifier)))
    // An alias of tsconfig's `paths` leads somewhere; its last part is all that is sure.
    else targets.add(`*${bareName(posix.basename(specifier))}`)
  }
  return [...targets]
}

/** What an import of this file may be called. */
function namesOf(path: string): string[] {
  const name = bareName(path)
  return [name, `*${posix.basename(name)}`]
}

const bareName = (path: string): string => path.replace(/\.\w+$/, '').replace(/(^|\/)index$/, '')
