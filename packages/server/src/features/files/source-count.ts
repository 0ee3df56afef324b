import { AppError } from '@bifrost/contract'
import { ownerSlug } from '../../platform/file-owner.ts'
import { isSource, sourceBudget } from '../../workspace/source-budget.ts'
import { walkOwner } from '../../workspace/stamps.ts'
import type { WorkspaceFiles } from './files.ts'

/** Counted again after so long; what this process writes in between is added at once. */
const COUNTED_MS = 60_000

interface Counted {
  files: Promise<number>
  added: number
  atMs: number
}

/** How many source files each owner has: an organization by its slug, or everybody (null). */
export class SourceCount {
  readonly #workspaceDir: string
  readonly #counted = new Map<string | null, Counted>()

  constructor(workspaceDir: string) {
    this.#workspaceDir = workspaceDir
  }

  /** Counts files that are about to come, and refuses them when there are too many. */
  async add(owner: string | null, more: number): Promise<void> {
    const { filesMax } = sourceBudget(owner)
    const known = this.#known(owner)
    const files = await known.files
    if (files + known.added + more > filesMax)
      throw new AppError(
        'conflict',
        `${owner === null ? 'The global files have' : 'An organization has'} ${filesMax} source files at most. Delete some, or put several workflows into one file.`,
      )
    known.added += more
  }

  remove(owner: string | null, files: number): void {
    const known = this.#counted.get(owner)
    if (known) known.added -= files
  }

  #known(owner: string | null): Counted {
    const known = this.#counted.get(owner)
    if (known && performance.now() - known.atMs < COUNTED_MS) return known
    const fresh = { files: this.#count(owner), added: 0, atMs: performance.now() }
    this.#counted.set(owner, fresh)
    fresh.files.catch(() => this.#counted.delete(owner))
    return fresh
  }

  async #count(owner: string | null): Promise<number> {
    const { stamps } = await walkOwner(this.#workspaceDir, owner)
    return [...stamps.keys()].filter(isCounted).length
  }
}

/** The same files, as long as their owner has no more source files than are read. */
export function withSourceLimit(files: WorkspaceFiles, count: SourceCount): WorkspaceFiles {
  const adding = async <T>(paths: readonly string[], work: () => Promise<T>): Promise<T> => {
    const byOwner = [...Map.groupBy(paths.filter(isCounted), ownerSlug)]
    for (const [owner, added] of byOwner) await count.add(owner, added.length)
    try {
      return await work()
    } catch (error) {
      for (const [owner, added] of byOwner) count.remove(owner, added.length)
      throw error
    }
  }
  const newOf = async (path: string): Promise<string[]> =>
    (await files.exists(path)) ? [] : [await files.real(path)]
  const removing = async (paths: readonly string[], work: () => Promise<void>): Promise<void> => {
    await work()
    for (const path of paths.filter(isCounted)) count.remove(ownerSlug(path), 1)
  }
  /** A file, or all files of a folder. */
  const below = async (path: string): Promise<string[]> => {
    const info = await files.info(path)
    const entries = info.is_directory ? await files.list(path, true) : [info]
    return entries.filter((entry) => !entry.is_directory).map((entry) => entry.path)
  }

  return {
    ...files,
    write: async (path, content) => adding(await newOf(path), () => files.write(path, content)),
    writeStream: async (path, content, ...through) =>
      adding(await newOf(path).catch(() => []), () => files.writeStream(path, content, ...through)),
    delete: async (path) => removing([await files.real(path)], () => files.delete(path)),
    deleteTree: async (path) => removing(await below(path).catch(() => []), () => files.deleteTree(path)),
    async move(from, to) {
      const [source, target] = [await files.real(from), await files.real(to)]
      const moved = await below(from).catch(() => [])
      const came = moved.map((path) => target + path.slice(source.length))
      const stays = (path: string, index: number) =>
        isCounted(moved[index] ?? '') && ownerSlug(moved[index] ?? '') === ownerSlug(path)
      const added = came.filter((path, index) => !stays(path, index))
      const info = await adding(added, () => files.move(from, to))
      for (const [index, path] of moved.entries())
        if (isCounted(path) && !(isCounted(came[index] ?? '') && stays(came[index] ?? '', index)))
          count.remove(ownerSlug(path), 1)
      return info
    },
  }
}

/** What is looked at: nothing hidden, and no packages. */
const isCounted = (path: string): boolean =>
  isSource(path) && path.split('/').every((name) => !name.startsWith('.') && name !== 'node_modules')
