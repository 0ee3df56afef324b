import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { AppError } from '@bifrost/contract'
import { isUnfinished } from './files.ts'

/** Counted again after so long; what this process writes in between is added at once. */
/** It is unknown when there will be room. */
const RETRY_SECONDS = 3600
const COUNTED_MS = 60_000
const MEGABYTE = 1024 * 1024

export interface UsageOptions {
  /** Where files of an organization lie. */
  foldersOf(orgId: string): Promise<readonly string[]>
  /** How many bytes it may have in all; null: as many as there is room for. */
  bytesMax(orgId: string): Promise<number | null>
}

/** How many bytes an organization keeps, and whether there is room for more. */
export class FileUsage {
  readonly #options: UsageOptions
  readonly #counted = new Map<string, { bytes: Promise<number>; added: number; atMs: number }>()
  /** Of what is being written now; it is not counted before it is there. */
  readonly #held = new Map<string, number>()

  constructor(options: UsageOptions) {
    this.#options = options
  }

  async bytes(orgId: string): Promise<number> {
    const known = this.#known(orgId)
    return (await known.bytes) + known.added
  }

  /** Refuses what there is no room for. */
  async requireRoom(orgId: string, bytes: number): Promise<void> {
    await this.hold(orgId, bytes)
    this.release(orgId, bytes)
  }

  /** Keeps room for what is about to be written, until it is released; refuses when there is none. */
  async hold(orgId: string, bytes: number): Promise<void> {
    const [counted, max] = await Promise.all([this.bytes(orgId), this.#options.bytesMax(orgId)])
    if (max !== null && counted + (this.#held.get(orgId) ?? 0) + bytes > max)
      throw new AppError(
        'quota_exceeded',
        `Your organization may keep ${Math.floor(max / MEGABYTE)} MB of files. Delete some, or ask an administrator to raise the limit.`,
        { quota: 'file_bytes', limit: max, retry_after_seconds: RETRY_SECONDS },
      )
    this.release(orgId, -bytes)
  }

  release(orgId: string, bytes: number): void {
    const held = (this.#held.get(orgId) ?? 0) - bytes
    if (held === 0) this.#held.delete(orgId)
    else this.#held.set(orgId, held)
  }

  /** So many bytes came, or went. */
  note(orgId: string, bytes: number): void {
    this.#known(orgId).added += bytes
  }

  /** Lets through what there is room for, up to a size. What it holds is released by `end`, which tells the size. */
  counter(orgId: string, bytesMax: number): { stream: Transform; end(): number } {
    let size = 0
    let held = 0
    const stream = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        size += chunk.byteLength
        if (size > bytesMax) return done(tooLarge(bytesMax))
        if (size <= held) return done(null, chunk)
        const more = Math.max(MEGABYTE, size - held)
        this.hold(orgId, more).then(() => {
          held += more
          done(null, chunk)
        }, done)
      },
    })
    return {
      stream,
      end: () => {
        this.release(orgId, held)
        held = 0
        return size
      },
    }
  }

  #known(orgId: string) {
    const known = this.#counted.get(orgId)
    if (known && performance.now() - known.atMs < COUNTED_MS) return known
    const fresh = { bytes: this.#count(orgId), added: 0, atMs: performance.now() }
    this.#counted.set(orgId, fresh)
    fresh.bytes.catch(() => this.#counted.delete(orgId))
    return fresh
  }

  async #count(orgId: string): Promise<number> {
    let bytes = 0
    for (const folder of await this.#options.foldersOf(orgId)) bytes += await bytesBelow(folder)
    return bytes
  }
}

export const tooLarge = (bytesMax: number): AppError =>
  new AppError('body_too_large', `A file may have at most ${Math.floor(bytesMax / MEGABYTE)} MB.`)

async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0
  const entries = await opendir(folder, { recursive: true }).catch(() => null)
  if (!entries) return 0
  for await (const entry of entries) {
    if (!entry.isFile() || isUnfinished(entry.name)) continue
    bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0
  }
  return bytes
}
