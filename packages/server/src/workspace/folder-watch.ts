import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../platform/log.ts'

/** Folders of one owner that are watched; files in further ones are seen when they are used. */
const FOLDERS_MAX = 2_000

/** Tells of changes in folders, each on its own: what is not named is not watched, such as packages. */
export class FolderWatch {
  readonly #root: string
  readonly #onChange: () => void
  readonly #log: Log
  readonly #watchers = new Map<string, FSWatcher>()
  #stopped = false

  constructor(root: string, onChange: () => void, log: Log) {
    this.#root = root
    this.#onChange = onChange
    this.#log = log
  }

  add(folder: string): void {
    if (this.#stopped || this.#watchers.has(folder) || this.#watchers.size >= FOLDERS_MAX) return
    try {
      const watcher = watch(join(this.#root, folder), (_event, name) => {
        // Files are written under a name that begins with a dot, until they are whole.
        if (name === null || !/^(\.|node_modules$)/.test(name)) this.#onChange()
      })
      watcher.on('error', (error) => this.#failed(folder, error))
      this.#watchers.set(folder, watcher)
    } catch (error) {
      this.#failed(folder, error)
    }
  }

  /** Only these are there. */
  keep(folders: readonly string[]): void {
    const present = new Set(folders)
    for (const [folder, watcher] of this.#watchers)
      if (!present.has(folder)) {
        watcher.close()
        this.#watchers.delete(folder)
      }
  }

  stop(): void {
    this.#stopped = true
    this.keep([])
  }

  #failed(folder: string, error: unknown): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    this.#log.debug(
      { err: error, folder },
      'a folder of the workspace cannot be watched; its files are checked when they are used',
    )
  }
}
