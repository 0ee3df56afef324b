import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { limits, type SourceNote } from '@bifrost/contract'

const SOURCE = /\.(ts|mts|tsx)$/
const NOT_SCANNED = /(\.d\.(ts|mts)|\.(test|spec)\.(ts|mts|tsx))$/
const FILES_MAX = 20_000

/**
 * Whether workflows are looked for in this file. Paths are relative to the workspace with forward slashes; names that
 * begin with `_` or `.` hold helpers.
 */
export function isScanned(path: string): boolean {
  return (
    SOURCE.test(path) &&
    !NOT_SCANNED.test(path) &&
    path.split('/').every((name) => !/^[_.]/.test(name) && name !== 'node_modules')
  )
}

/** All scanned files. Symbolic links are not followed, wherever they lead. */
export function listScanned(root: string): string[] {
  const found: string[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (found.length >= FILES_MAX) return
      const path = folder ? `${folder}/${entry.name}` : entry.name
      if (entry.isFile()) {
        if (isScanned(path)) found.push(path)
      } else if (entry.isDirectory() && !/^[_.]/.test(entry.name) && entry.name !== 'node_modules')
        visit(path)
    }
  }
  visit('')
  return found.sort()
}

export type SourceText = { text: string; problem: null } | { text: null; problem: string }

/** The text of a source file, or why it is none; null when there is no such file. */
export function readSource(file: string): SourceText | null {
  const stat = statSync(file, { throwIfNoEntry: false })
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
    return { text: utf8.decode(bytes), problem: null }
  } catch (error) {
    if (error instanceof TypeError) return { text: null, problem: 'The file is not UTF-8 text.' }
    return { text: null, problem: `The file cannot be read: ${(error as Error).message}` }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

export const noteOfFile = (path: string, message: string): SourceNote => ({
  message,
  path,
  line: null,
  column: null,
})
