import { requireRun } from './current-run.ts'
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

/** Which place a path means; `workspace` when absent. */
export interface FileOptions {
  location?: FileLocation
}

interface WireFileInfo {
  path: string
  name: string
  is_directory: boolean
  size: number
  modified_at: string
}

const call = (method: string, args: Record<string, unknown>) =>
  requireRun(`files.${method}`).call(`files.${method}`, args)

const where = (path: string | FileRef, options: FileOptions) =>
  typeof path === 'string'
    ? { path, location: options.location ?? 'workspace' }
    : { path: path.id, location: 'uploads' as const }

const fileInfo = ({ is_directory, modified_at, ...rest }: WireFileInfo): FileInfo => ({
  ...rest,
  isDirectory: is_directory,
  modifiedAt: new Date(modified_at),
})

/**
 * Files of the run's organisation, through the server: paths cannot leave their location. Up to 100 MB per file.
 * Errors: `not_found`, `forbidden`, `bad_request` (a path that leaves its location).
 */
export const files = {
  /**
   * Reads text (UTF-8).
   * @example const csv = await files.read('data/licences.csv')
   */
  async read(path: string | FileRef, options: FileOptions = {}): Promise<string> {
    return (await files.readBytes(path, options)).toString('utf8')
  },
  /** Reads bytes. */
  async readBytes(path: string | FileRef, options: FileOptions = {}): Promise<Buffer> {
    return Buffer.from((await call('read', where(path, options))) as string, 'base64')
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
    await call('write', { ...where(path, options), content: Buffer.from(content).toString('base64') })
  },
  /** Lists a folder; the location's root when `path` is absent. */
  async list(path = '', options: FileOptions = {}): Promise<FileInfo[]> {
    return ((await call('list', where(path, options))) as WireFileInfo[]).map(fileInfo)
  },
  /** Deletes a file or an empty folder. */
  async delete(path: string | FileRef, options: FileOptions = {}): Promise<void> {
    await call('delete', where(path, options))
  },
  /** Whether there is such a file or folder. */
  async exists(path: string | FileRef, options: FileOptions = {}): Promise<boolean> {
    return (await call('exists', where(path, options))) as boolean
  },
} as const
