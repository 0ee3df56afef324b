import type { MethodResult } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'
import { anything, flag, type OptionChecks, requireOptions } from './options.ts'
import type { FileRef } from './types.ts'

/** `workspace`: files beside the code. `temp`: cleared when the platform starts. `uploads`: what people uploaded. */
export type FileLocation = 'workspace' | 'temp' | 'uploads'

/** One file or folder. `size` is in bytes. */
export interface FileInfo {
  path: string
  name: string
  isDirectory: boolean
  size: number
  modifiedAt: Date
}

/** The location of the path; `workspace` when absent. */
export interface FileOptions {
  location?: FileLocation
}

/** Options of `files.list`. */
export interface ListOptions extends FileOptions {
  /** Whether to include the folders below. */
  recursive?: boolean
}

/** Options of `files.search`. */
export interface FileSearchOptions extends FileOptions {
  /** The folder to search; all folders when absent. */
  path?: string
  /** The maximum number of lines; 100 when absent. */
  limit?: number
}

/** A line that contains the text. `line` and `column` count from 1. */
export interface FileMatch {
  path: string
  line: number
  column: number
  context: string
}

/** Options of `files.signedUrl`. */
export interface SignedUrlOptions extends FileOptions {
  /** What it allows: to download the file (when absent), or to write it, in `temp` and `uploads`. */
  method?: 'GET' | 'PUT'
  /** 3600 when absent; at most seven days. */
  expiresInSeconds?: number
  /** The browser shows the file, in a sandbox, instead of saving it. */
  inline?: boolean
}

/** The options of all functions, and the additional ones of each. */
const where = (path: string | FileRef, options: FileOptions, own: OptionChecks = {}) => {
  requireOptions('this function of files', options, { location: anything, ...own })
  return typeof path === 'string'
    ? { path, location: options.location ?? 'workspace' }
    : { path: path.id, location: 'uploads' as const }
}

const fileInfo = ({ is_directory, modified_at, ...rest }: MethodResult<'files.stat'>): FileInfo => ({
  ...rest,
  isDirectory: is_directory,
  modifiedAt: new Date(modified_at),
})

const PART_BYTES = 1024 * 1024

/**
 * Files of the run's organization, through the server: paths cannot leave their location. In `workspace` a run reads the
 * files of its organization (`organizations/<short name>/…`) and those beside its own code, and writes the former. Whole
 * files up to 100 MB, streams up to 2 GB. Errors: `not_found`, `forbidden`, `bad_request` (a path that leaves its location, a
 * name that not every system can have), `quota_exceeded` (the organization has no room left).
 */
export const files = {
  /**
   * Reads text (UTF-8).
   * @example const csv = await files.read('data/licenses.csv')
   */
  async read(path: string | FileRef, options: FileOptions = {}): Promise<string> {
    return (await files.readBytes(path, options)).toString('utf8')
  },
  /** Reads bytes. */
  async readBytes(path: string | FileRef, options: FileOptions = {}): Promise<Buffer> {
    return Buffer.from(await callPlatform('files.read', where(path, options)), 'base64')
  },
  /**
   * Writes text; folders are made as needed.
   * @example await files.write('reports/today.txt', text, { location: 'temp' })
   */
  async write(path: string, content: string, options: FileOptions = {}): Promise<void> {
    await files.writeBytes(path, Buffer.from(content, 'utf8'), options)
  },
  /** Writes bytes. */
  async writeBytes(path: string, content: Uint8Array, options: FileOptions = {}): Promise<void> {
    await callPlatform('files.write', {
      ...where(path, options),
      content: Buffer.from(content).toString('base64'),
    })
  },
  /**
   * Reads a file part by part, however large it is; in memory is one part of 1 MB.
   * @example for await (const part of files.readStream(upload)) size += part.length
   */
  async *readStream(path: string | FileRef, options: FileOptions = {}): AsyncGenerator<Buffer> {
    let stamp: string | null = null
    for (let offset = 0; ; ) {
      const answer = await callPlatform('files.readPart', {
        ...where(path, options),
        offset,
        length: PART_BYTES,
        stamp,
      })
      const part = answer as { content: string; size: number; stamp: string }
      const content = Buffer.from(part.content, 'base64')
      stamp = part.stamp
      offset += content.byteLength
      if (content.byteLength > 0) yield content
      if (offset >= part.size || content.byteLength === 0) return
    }
  },
  /**
   * Writes what comes in, part by part. The file appears when it is complete; if the write is interrupted, nothing changes.
   * @example await files.writeStream('export.csv', lines(), { location: 'temp' })
   */
  async writeStream(
    path: string,
    parts: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
    options: FileOptions = {},
  ): Promise<FileInfo> {
    const stream = await callPlatform('files.openWrite', where(path, options))
    try {
      for await (const part of parts) {
        const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part)
        for (let at = 0; at < bytes.length; at += PART_BYTES)
          await callPlatform('files.writePart', {
            stream,
            content: bytes.subarray(at, at + PART_BYTES).toString('base64'),
          })
      }
    } catch (error) {
      await callPlatform('files.dropWrite', { stream }).catch(() => {})
      throw error
    }
    return fileInfo(await callPlatform('files.closeWrite', { stream }))
  },
  /** Lists a folder; the location's root when `path` is absent. */
  async list(path = '', options: ListOptions = {}): Promise<FileInfo[]> {
    const args = {
      ...where(path, options, { recursive: flag }),
      ...(options.recursive ? { recursive: true } : {}),
    }
    return (await callPlatform('files.list', args)).map(fileInfo)
  },
  /** Returns the details of a file or folder. */
  async stat(path: string | FileRef, options: FileOptions = {}): Promise<FileInfo> {
    return fileInfo(await callPlatform('files.stat', where(path, options)))
  },
  /**
   * Finds a text in files, ignoring case; returns the first match of each line. `truncated`: there are more.
   * @example const { items } = await files.search('acme', { location: 'uploads' })
   */
  async search(
    query: string,
    options: FileSearchOptions = {},
  ): Promise<{ items: FileMatch[]; truncated: boolean }> {
    const limit = options.limit === undefined ? {} : { limit: options.limit }
    return await callPlatform('files.search', {
      ...where(options.path ?? '', options, { path: anything, limit: anything }),
      query,
      ...limit,
    })
  },
  /**
   * Makes an address with which anyone may download (or write) this one file for a limited time, without an account.
   * @example const { url } = await files.signedUrl('invoice.pdf', { location: 'temp', expiresInSeconds: 600 })
   */
  async signedUrl(
    path: string | FileRef,
    options: SignedUrlOptions = {},
  ): Promise<{ url: string; expiresAt: Date }> {
    const answer = await callPlatform('files.signedUrl', {
      ...where(path, options, { method: anything, expiresInSeconds: anything, inline: flag }),
      method: options.method ?? 'GET',
      expiresInSeconds: options.expiresInSeconds ?? 3600,
      inline: options.inline ?? false,
    })
    return { url: answer.url, expiresAt: new Date(answer.expires_at) }
  },
  /** Deletes a file or an empty folder. */
  async delete(path: string | FileRef, options: FileOptions = {}): Promise<void> {
    await callPlatform('files.delete', where(path, options))
  },
  /** Returns whether a file or folder exists. */
  async exists(path: string | FileRef, options: FileOptions = {}): Promise<boolean> {
    return await callPlatform('files.exists', where(path, options))
  },
} as const
