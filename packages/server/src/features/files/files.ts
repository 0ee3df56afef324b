import { constants, createWriteStream, type Stats } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError, type FileInfo, limits } from '@bifrost/contract'
import { newId } from '../../platform/ids.ts'
import { stampOf } from '../../workspace/stamps.ts'
import type { FileWitness } from '../../workspace/unvetted-files.ts'
import { nameProblem } from './names.ts'

/** Files below one folder. Nothing outside can be reached, neither by `..` nor by a link. */
export interface WorkspaceFiles {
  read(path: string): Promise<Buffer>
  write(path: string, content: Buffer): Promise<FileInfo>
  /** Writes as bytes come in; nothing is held in memory, and what breaks off leaves nothing. */
  writeStream(path: string, content: Readable, ...through: Transform[]): Promise<FileInfo>
  /** A part of a file; shorter at its end. */
  readPart(path: string, offset: number, length: number): Promise<FilePart>
  /** A plain file that may be read, for a caller that sends it. */
  open(path: string): Promise<OpenFile>
  delete(path: string): Promise<void>
  /** Deletes a folder with all that is in it. */
  deleteTree(path: string): Promise<void>
  list(path: string, recursive: boolean): Promise<FileInfo[]>
  exists(path: string): Promise<boolean>
  makeDirectory(path: string): Promise<FileInfo>
  move(from: string, to: string): Promise<FileInfo>
  info(path: string): Promise<FileInfo>
  /** Refuses what may not be written. */
  requireWrite(path: string): Promise<void>
  /** Where a path leads, relative to the folder: one form for every way to write it, and links followed. */
  real(path: string): Promise<string>
}

export type { FileLocations } from './locations.ts'
export { type Consent, changeProtected } from './protection.ts'

export interface FilePart {
  content: Buffer
  size: number
  /** Changes when the file does. */
  stamp: string
}

export interface OpenFile extends FileInfo {
  absolute: string
}

/** `list`: to know that it is there; `folder`: to write or move a folder with all that is in it. */
export type FileAccess = 'list' | 'read' | 'write' | 'folder'

/** What a caller may do with a path; paths are relative to the root, with every link followed. */
export interface FileRules {
  /** Throws what the caller is told. */
  requireAllowed(path: string, access: FileAccess): void
  /** Whether a listing shows it. */
  shows(path: string): boolean
}

function nothingWhenGone(error: unknown): null {
  const { code } = (error ?? {}) as { code?: unknown }
  if (code === 'ENOENT' || code === 'not_found') return null
  throw error
}

const ENTRIES_MAX = 20_000
const everything: FileRules = { requireAllowed: () => {}, shows: () => true }

export function filesBelow(
  root: string,
  rules: FileRules = everything,
  witness: FileWitness | null = null,
): WorkspaceFiles {
  const absoluteRoot = resolve(root)
  const pathOf = async (absolute: string): Promise<string> =>
    shown(relative(await realpath(absoluteRoot), absolute))

  /** The absolute path, after every link on the way was followed and found to stay inside. */
  const inside = async (path: string, access: FileAccess): Promise<string> => {
    const real = await place(path)
    rules.requireAllowed(await pathOf(real), access)
    return real
  }

  /** The same for what may be a folder: what is in it is written, too. */
  const insideTree = async (path: string): Promise<string> => {
    const real = await inside(path, 'write')
    if ((await stat(real).catch(() => null))?.isDirectory()) await inside(path, 'folder')
    return real
  }

  /** The same for something new, whose name has to be one that every system can have. */
  const insideNew = async (path: string): Promise<string> => {
    const real = await inside(path, 'write')
    if (await stat(real).catch(() => null)) return real
    const problem = nameProblem(await pathOf(real))
    if (problem) throw new AppError('bad_request', problem)
    return real
  }

  const place = async (path: string): Promise<string> => {
    if (path.includes('\0')) throw outside(path)
    const below = path.replace(/^[/\\]+/, '')
    const asGiven = resolve(absoluteRoot, below)
    // One text has several spellings in Unicode; new files have one of them.
    const composed = resolve(absoluteRoot, below.normalize('NFC'))
    const wanted = asGiven !== composed && (await stat(asGiven).catch(() => null)) ? asGiven : composed
    const realRoot = await realpath(absoluteRoot)
    if (!isBelow(absoluteRoot, wanted)) throw outside(path)
    // What does not exist yet is judged by the nearest folder that does.
    for (let existing = wanted; ; existing = dirname(existing)) {
      const real = await realpath(existing).catch(() => null)
      if (real === null) {
        if (existing === absoluteRoot || existing === dirname(existing)) throw outside(path)
        continue
      }
      if (!isBelow(realRoot, real)) throw outside(path)
      return join(real, relative(existing, wanted))
    }
  }

  const infoOf = async (absolute: string): Promise<FileInfo> => {
    const found = await stat(absolute)
    const path = await pathOf(absolute)
    return {
      path,
      name: path.split('/').at(-1) ?? '',
      is_directory: found.isDirectory(),
      size: found.isDirectory() ? 0 : found.size,
      modified_at: found.mtime.toISOString(),
    }
  }

  const list = async (path: string, recursive: boolean): Promise<FileInfo[]> => {
    const folder = await inside(path, 'list')
    const below = await pathOf(folder)
    const entries = await readdir(folder, { withFileTypes: true })
    const found: FileInfo[] = []
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isSymbolicLink() || entry.name === 'node_modules' || found.length >= ENTRIES_MAX) continue
      if (!rules.shows(below ? `${below}/${entry.name}` : entry.name)) continue
      // One that went away meanwhile is not there.
      const info = await infoOf(join(folder, entry.name)).catch(nothingWhenGone)
      if (!info) continue
      found.push(info)
      if (recursive && info.is_directory)
        found.push(...((await list(info.path, true).catch(nothingWhenGone)) ?? []))
    }
    return found
  }

  const opened = async <T>(
    path: string,
    work: (file: FileHandle, found: Stats) => Promise<T>,
  ): Promise<T> => {
    const absolute = await inside(path, 'read')
    // Waiting for a pipe that no process writes to would block a thread forever.
    const file = await open(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const found = await file.stat()
      if (found.isDirectory()) throw new AppError('bad_request', `${path} is a folder.`)
      if (!found.isFile()) throw new AppError('bad_request', `${path} is not a plain file.`)
      return await work(file, found)
    } finally {
      await file.close()
    }
  }

  /** Whole or not at all: a reader meanwhile sees the old file. */
  const written = async (path: string, fill: (unfinished: string) => Promise<void>): Promise<FileInfo> => {
    const absolute = await insideNew(path)
    if (absolute === (await realpath(absoluteRoot)))
      throw new AppError('bad_request', 'Specify the path of a file.')
    await mkdir(dirname(absolute), { recursive: true })
    const unfinished = join(dirname(absolute), unfinishedName())
    const place = await pathOf(absolute)
    try {
      await fill(unfinished)
      await witness?.placing(place, stampOf(unfinished) ?? '')
      await rename(unfinished, absolute)
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
    await witness?.changed(place)
    return infoOf(absolute)
  }

  return withPlainErrors({
    read: (path) =>
      opened(path, async (file, { size }) => {
        if (size > limits.fileBytesMax) throw tooLarge(path)
        return file.readFile()
      }),
    readPart: (path, offset, length) =>
      opened(path, async (file, { size, mtimeMs }) => {
        const wanted = Math.max(0, Math.min(length, size - offset))
        const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, offset)
        return { content: buffer.subarray(0, bytesRead), size, stamp: `${size}-${mtimeMs}` }
      }),
    open: (path) =>
      opened(path, async () => {
        const absolute = await inside(path, 'read')
        return { ...(await infoOf(absolute)), absolute }
      }),
    async write(path, content) {
      if (content.byteLength > limits.fileBytesMax) throw tooLarge(path)
      return written(path, async (unfinished) => {
        const file = await open(unfinished, 'wx', NEW_FILE)
        try {
          await file.writeFile(content)
        } finally {
          await file.close()
        }
      })
    },
    writeStream: (path, content, ...through) =>
      written(path, (unfinished) =>
        pipeline(content, ...through, createWriteStream(unfinished, { flags: 'wx', mode: NEW_FILE })),
      ),
    async delete(path) {
      const absolute = await inside(path, 'write')
      const found = await stat(absolute).catch(() => null)
      if (!found) throw notFound(path)
      if (found.isDirectory()) {
        if (absolute === (await realpath(absoluteRoot)))
          throw new AppError('bad_request', 'The root cannot be deleted.')
        await rmdir(absolute)
      } else await rm(absolute)
      await witness?.changed(await pathOf(absolute))
    },
    async deleteTree(path) {
      const absolute = await insideTree(path)
      if (absolute === (await realpath(absoluteRoot)))
        throw new AppError('bad_request', 'The root cannot be deleted.')
      await rm(absolute, { recursive: true })
      await witness?.changed(await pathOf(absolute))
    },
    list,
    exists: async (path) => {
      const absolute = await inside(path, 'list').catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not_found') return null
        throw error
      })
      return absolute !== null && (await stat(absolute).catch(() => null)) !== null
    },
    async makeDirectory(path) {
      const absolute = await insideNew(path)
      await mkdir(absolute, { recursive: true })
      return infoOf(absolute)
    },
    async move(from, to) {
      const source = await insideTree(from)
      const target = await insideNew(to)
      const found = await stat(source).catch(() => null)
      if (!found) throw notFound(from)
      if (await stat(target).catch(() => null)) throw new AppError('conflict', `${to} exists.`)
      await mkdir(dirname(target), { recursive: true })
      const places = [await pathOf(source), await pathOf(target)] as const
      await witness?.moving(...places, found.isDirectory() ? null : stampOf(source))
      await rename(source, target)
      await witness?.moved(...places)
      return infoOf(target)
    },
    async info(path) {
      const absolute = await inside(path, 'list')
      if (!(await stat(absolute).catch(() => null))) throw notFound(path)
      return infoOf(absolute)
    },
    async requireWrite(path) {
      await inside(path, 'write')
    },
    async real(path) {
      return pathOf(await place(path))
    },
  })
}

/** What the system says about a path, in words and with the status that belongs to it. */
function withPlainErrors(files: WorkspaceFiles): WorkspaceFiles {
  const methods = Object.entries(files).map(([name, method]) => [
    name,
    async (path: string, ...rest: unknown[]) => {
      try {
        return await (method as (path: string, ...rest: unknown[]) => Promise<unknown>)(path, ...rest)
      } catch (error) {
        throw plainError(error, path)
      }
    },
  ])
  return Object.fromEntries(methods) as WorkspaceFiles
}

function plainError(error: unknown, path: string): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return notFound(path)
    case 'EEXIST':
      return new AppError('bad_request', `${path} is below a file, not a folder.`)
    case 'EISDIR':
      return new AppError('bad_request', `${path} is a folder.`)
    case 'ENOTEMPTY':
      return new AppError('conflict', `The folder ${path} is not empty.`)
    case 'EINVAL':
      return new AppError('bad_request', `${path} cannot be moved into itself.`)
    case 'ELOOP':
      return new AppError('bad_request', `${path} is a broken link.`)
    case 'ENAMETOOLONG':
      return new AppError('bad_request', 'The name is longer than the file system allows.')
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AppError('forbidden', `The file system does not allow it: ${path}.`)
    case 'ENOSPC':
      return new AppError('unavailable', 'The disk is full.')
    default:
      return error
  }
}

const NEW_FILE = 0o640

/** What a file is called until all of it is there. */
const unfinishedName = () => `.${newId()}.tmp`
export const isUnfinished = (name: string): boolean => /^\.[0-9a-f-]{36}\.tmp$/.test(name)

const shown = (path: string) => path.split(sep).join('/')

const isBelow = (root: string, path: string) => path === root || path.startsWith(root + sep)

const outside = (path: string) =>
  new AppError('bad_request', `The path ${JSON.stringify(path)} is outside of its location.`)
const notFound = (path: string) => new AppError('not_found', `There is no file ${path}.`)
const tooLarge = (path: string) =>
  new AppError('body_too_large', `${path} is larger than ${limits.fileBytesMax / 1024 / 1024} MB.`)
