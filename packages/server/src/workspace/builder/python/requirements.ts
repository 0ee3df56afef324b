import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '@bifrost/contract'
import { foldersOf } from '../../owners.ts'
import { statOf } from '../look.ts'
import { projectDependencies } from './project-dependencies.ts'

/** What the packages of workflows are listed in; of a folder that has both, the first counts. */
const FILES = ['requirements.txt', 'pyproject.toml'] as const

export interface Requirements {
  /** One requirement each, everybody's first: `httpx>=0.27`. Comments and empty lines are gone. */
  lines: string[]
  /** The files that they come from, relative to the workspace. */
  files: string[]
  /** Files that would count, were they there. */
  absent: string[]
}

/** The packages that workflows of an owner may import: everybody's, and those of the owner's own folder. */
export function readRequirements(root: string, owner: string | null): Requirements {
  const found: Requirements = { lines: [], files: [], absent: [] }
  for (const folder of ['', ...(owner === null ? [] : foldersOf(root, owner))]) {
    const paths = FILES.map((name) => join(folder, name))
    const file = paths.find((path) => statOf(join(root, path))?.isFile())
    found.absent.push(...(file === undefined ? paths : paths.slice(0, paths.indexOf(file))))
    if (file === undefined) continue
    found.files.push(file)
    for (const line of linesOf(root, file)) if (!found.lines.includes(line)) found.lines.push(line)
  }
  return found
}

function linesOf(root: string, file: string): string[] {
  const path = join(root, file)
  const bytes = statOf(path)?.size ?? 0
  // A comment, which the installation refuses with these words.
  if (bytes > limits.pythonRequirementsBytesMax) return [`# ${file} has more than ${KB} KB`]
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return file.endsWith('.toml') ? projectDependencies(text) : requirementLines(text)
}

const KB = limits.pythonRequirementsBytesMax / 1024

/** The lines of a `requirements.txt`, as pip reads them: a backslash continues a line, and ` #` begins a comment. */
export const requirementLines = (text: string): string[] =>
  text
    .replace(/^\uFEFF/, '')
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(Boolean)
