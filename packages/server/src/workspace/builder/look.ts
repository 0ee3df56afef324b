import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'

/**
 * What a path leads to. Null: nothing, or nothing that this process may look at, which is the same for every caller: a
 * system that keeps a process from looking at a folder answers with an error where there is nothing at all.
 */
export function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null
  } catch {
    return null
  }
}

export const isFile = (path: string): boolean => statOf(path)?.isFile() ?? false

export const isFolder = (path: string): boolean => statOf(path)?.isDirectory() ?? false

/** A path without symbolic links; null as for `statOf`. */
export function realOf(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}

/** What lies in a folder; nothing where `statOf` says null. */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
