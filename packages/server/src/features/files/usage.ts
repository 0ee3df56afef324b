import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { AppError } from '@bifrost/contract'

/** Counted anew after so long; what this process writes in between is added at once. */
const COUNTED_MS = 60_000
const MEGABYTE = 1024 * 1024

export interface UsageOptions {
  /** Where files of an organisation lie. */
  foldersOf(orgId: string): Promise<readonly string[]>
  /** How many bytes it may have in all; null: as many as there is room for. */
  bytesMax(orgId: string): Promise<number | null>
}

/** How many bytes an organisation keeps, and whether there is room for more. */
export class FileUsage {
  readonly #options: UsageOptions
  readonly #counted = new Map<string, { bytes: Promise<number>; added: number; atMs: number }>()

  constructor(options: UsageOptions) {
    this.#options = options
  }

  async bytes(orgId: string): Promise<number> {
    const known = this.#known(orgId)
    return (await known.bytes) + known.added
  }

  /** Takes room for so many more bytes; refuses when there is none. Negative gives it back. */
  async take(orgId: string, bytes: number): Promise<void> {
    const known = this.#known(orgId)
    known.added += bytes
    if (bytes <= 0) return
    const [counted, max] = await Promise.all([known.bytes, this.#options.bytesMax(orgId)])
    if (max === null || counted + known.added <= max) return
    known.added -= bytes
    throw new AppError(
      'quota_exceeded',
      `Your organisation may keep ${Math.floor(max / MEGABYTE)} MB of files; delete some, or ask for more.`,
      { quota: 'file_bytes', limit: max },
    )
  }

  /** Lets through what there is room for, up to a size. Given back is what was taken, should it break off. */
  counter(orgId: string, bytesMax: number): { stream: Transform; giveBack(): Promise<void> } {
    let size = 0
    let taken = 0
    const stream = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        size += chunk.byteLength
        if (size > bytesMax) return done(tooLarge(bytesMax))
        if (size <= taken) return done(null, chunk)
        taken += MEGABYTE
        this.take(orgId, MEGABYTE).then(
          () => done(null, chunk),
          (error: Error) => {
            taken -= MEGABYTE
            done(error)
          },
        )
      },
    })
    const settle = (bytes: number) => {
      const unused = taken - bytes
      taken = bytes
      return this.take(orgId, -unused)
    }
    stream.on('finish', () => void settle(size))
    return { stream, giveBack: () => settle(0) }
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
  new AppError('body_too_large', `A file may have ${Math.floor(bytesMax / MEGABYTE)} MB.`)

async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0
  const entries = await opendir(folder, { recursive: true }).catch(() => null)
  if (!entries) return 0
  for await (const entry of entries) {
    if (!entry.isFile()) continue
    bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0
  }
  return bytes
}
