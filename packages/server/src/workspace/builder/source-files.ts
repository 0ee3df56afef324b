import { readFileSync } from 'node:fs'
import { limits, type SourceNote } from '@bifrost/contract'
import { sourceBudget } from '../source-budget.ts'
import { statOf } from './look.ts'
import { isTooDeep } from './nesting.ts'
import { walkFiles } from './source-walk.ts'

const SOURCE = /\.(ts|mts|tsx|py)$/
/** Packages of other programs, wherever they lie. */
const NOT_ENTERED = new Set(['node_modules', 'site-packages'])
/** Declarations of the largest packages have some megabytes. */
const PACKAGE_FILE_BYTES_MAX = 16 * 1024 * 1024
const NOT_SCANNED = /(\.d\.(ts|mts)|\.(test|spec)\.(ts|mts|tsx))$/

/**
 * Whether workflows are looked for in this file. Paths are relative to the workspace with forward slashes; names that
 * begin with `_` or `.` hold helpers.
 */
export function isScanned(path: string): boolean {
  return (
    SOURCE.test(path) &&
    !NOT_SCANNED.test(path) &&
    path.split('/').every((name) => !/^[_.]/.test(name) && !NOT_ENTERED.has(name))
  )
}

/** Where the packages of Python workflows are listed. */
export const REQUIREMENTS = /(^|\/)(requirements\.txt|pyproject\.toml)$/

export const isPython = (path: string): boolean => path.endsWith('.py')

/** The owner's scanned files, and the first one that is too many. */
export function listScanned(
  root: string,
  owner: string | null,
): { paths: string[]; tooMany: SourceNote | null } {
  const found = walkFiles({
    root,
    owner,
    withEverybodys: false,
    enters: (name) => !/^[_.]/.test(name) && !NOT_ENTERED.has(name),
    takes: isScanned,
  }).sort(nearestFirst)
  const max = sourceBudget(owner).filesMax
  const [first] = found.slice(max)
  const message = `This file and those after it were not read: an owner may have ${max} source files. Move some into packages, or delete them.`
  return { paths: found.slice(0, max), tooMany: first === undefined ? null : noteOfFile(first, message) }
}

/** Like the look at the files that finds what has changed: of too many, the same ones are left out. */
function nearestFirst(a: string, b: string): number {
  const deeper = a.split('/').length - b.split('/').length
  return deeper || (a < b ? -1 : 1)
}

export type SourceText = { text: string; problem: null } | { text: null; problem: string }

/** The text of a source file, or why it is none; null when there is no such file. */
export function readSource(file: string): SourceText | null {
  const stat = statOf(file)
  if (!stat?.isFile()) return null
  if (stat.size > limits.sourceFileBytesMax) {
    const size = Math.ceil(stat.size / 1024)
    return {
      text: null,
      problem: `The file is ${size} KB; source files may have ${limits.sourceFileBytesMax / 1024} KB.`,
    }
  }
  try {
    const bytes = readFileSync(file)
    if (bytes.includes(0)) return { text: null, problem: 'The file is binary, not TypeScript.' }
    return checkedSource(utf8.decode(bytes))
  } catch (error) {
    if (error instanceof TypeError) return { text: null, problem: 'The file is not UTF-8 text.' }
    return { text: null, problem: 'The file cannot be read; check its permissions.' }
  }
}

/** A text that parsers can be given. */
export const checkedSource = (text: string): SourceText =>
  isTooDeep(text) ? { text: null, problem: TOO_DEEP } : { text, problem: null }

/** A declaration or a manifest of a package; undefined: there is none that can be read. */
export function readPackageFile(file: string): string | undefined {
  const stat = statOf(file)
  if (!stat?.isFile() || stat.size > PACKAGE_FILE_BYTES_MAX) return
  try {
    const text = readFileSync(file, 'utf8')
    return isTooDeep(text) ? undefined : text
  } catch {
    return
  }
}

/** Parsers walk down and back up by calling themselves, and too deep a text ends their process. */
export const TOO_DEEP = `This file could not be read: it is nested too deeply (at most ${limits.sourceNestingMax} brackets within one another). Split it up.`

const utf8 = new TextDecoder('utf-8', { fatal: true })

export const noteOfFile = (path: string, message: string): SourceNote => ({
  message,
  path,
  line: null,
  column: null,
})
