import { constants } from 'node:fs'
import { mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { AppError, type FileInfo, limits } from '@bifrost/contract'

/** Files below one folder. Nothing outside can be reached, neither by `..` nor by a link. */
export interface WorkspaceFiles {
  read(path: string): Promise<Buffer>
  write(path: string, content: Buffer): Promise<FileInfo>
  delete(path: string): Promise<void>
  /** Deletes a folder with all that is in it. */
  deleteTree(path: string): Promise<void>
  list(path: string, recursive: boolean): Promise<FileInfo[]>
  exists(path: string): Promise<boolean>
  makeDirectory(path: string): Promise<FileInfo>
  move(from: string, to: string): Promise<FileInfo>
  info(path: string): Promise<FileInfo>
  /** Where a path leads, relative to the folder: one form for every way to write it, and links followed. */
  real(path: string): Promise<string>
}

const ENTRIES_MAX = 20_000

export function filesBelow(root: string): WorkspaceFiles {
  const absoluteRoot = resolve(root)

  /** The absolute path, after every link on the way was followed and found to stay inside. */
  const inside = async (path: string): Promise<string> => {
    if (path.includes('\0')) throw outside(path)
    const wanted = resolve(absoluteRoot, path.replace(/^[/\\]+/, ''))
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
    const path = relative(await realpath(absoluteRoot), absolute)
      .split(sep)
      .join('/')
    return {
      path,
      name: path.split('/').at(-1) ?? '',
      is_directory: found.isDirectory(),
      size: found.isDirectory() ? 0 : found.size,
      modified_at: found.mtime.toISOString(),
    }
  }

  const list = async (path: string, recursive: boolean): Promise<FileInfo[]> => {
    const folder = await inside(path)
    const entries = await readdir(folder, { withFileTypes: true })
    const found: FileInfo[] = []
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isSymbolicLink() || entry.name === 'node_modules' || found.length >= ENTRIES_MAX) continue
      const info = await infoOf(join(folder, entry.name))
      found.push(info)
      if (recursive && info.is_directory) found.push(...(await list(info.path, true)))
    }
    return found
  }

  return withPlainErrors({
    async read(path) {
      const absolute = await inside(path)
      // A pipe that nobody writes to would hold a thread for ever, were it waited for.
      const file = await open(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      try {
        const found = await file.stat()
        if (found.isDirectory()) throw new AppError('bad_request', `${path} is a folder.`)
        if (!found.isFile()) throw new AppError('bad_request', `${path} is not a plain file.`)
        if (found.size > limits.fileBytesMax) throw tooLarge(path)
        return await file.readFile()
      } finally {
        await file.close()
      }
    },
    async write(path, content) {
      if (content.byteLength > limits.fileBytesMax) throw tooLarge(path)
      const absolute = await inside(path)
      if (absolute === (await realpath(absoluteRoot)))
        throw new AppError('bad_request', 'Give the path of a file.')
      await mkdir(dirname(absolute), { recursive: true })
      // Whole or not at all: whoever reads meanwhile sees the old file.
      const unfinished = join(dirname(absolute), `.${process.pid}-${performance.now()}.tmp`)
      const file = await open(unfinished, 'wx')
      try {
        await file.writeFile(content)
        await file.close()
        await rename(unfinished, absolute)
      } catch (error) {
        await rm(unfinished, { force: true })
        throw error
      }
      return infoOf(absolute)
    },
    async delete(path) {
      const absolute = await inside(path)
      const found = await stat(absolute).catch(() => null)
      if (!found) throw notFound(path)
      if (!found.isDirectory()) return rm(absolute)
      if (absolute === (await realpath(absoluteRoot)))
        throw new AppError('bad_request', 'The root cannot be deleted.')
      await rmdir(absolute)
    },
    async deleteTree(path) {
      const absolute = await inside(path)
      if (absolute === (await realpath(absoluteRoot)))
        throw new AppError('bad_request', 'The root cannot be deleted.')
      await rm(absolute, { recursive: true })
    },
    list,
    exists: async (path) => (await stat(await inside(path)).catch(() => null)) !== null,
    async makeDirectory(path) {
      const absolute = await inside(path)
      await mkdir(absolute, { recursive: true })
      return infoOf(absolute)
    },
    async move(from, to) {
      const source = await inside(from)
      const target = await inside(to)
      if (!(await stat(source).catch(() => null))) throw notFound(from)
      if (await stat(target).catch(() => null)) throw new AppError('conflict', `${to} exists.`)
      await mkdir(dirname(target), { recursive: true })
      await rename(source, target)
      return infoOf(target)
    },
    async info(path) {
      const absolute = await inside(path)
      if (!(await stat(absolute).catch(() => null))) throw notFound(path)
      return infoOf(absolute)
    },
    async real(path) {
      return relative(await realpath(absoluteRoot), await inside(path))
        .split(sep)
        .join('/')
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
      return new AppError('bad_request', `${path} lies below something that is no folder.`)
    case 'EISDIR':
      return new AppError('bad_request', `${path} is a folder.`)
    case 'ENOTEMPTY':
      return new AppError('conflict', `The folder ${path} is not empty.`)
    case 'EINVAL':
      return new AppError('bad_request', `${path} cannot be moved into itself.`)
    case 'ELOOP':
      return new AppError('bad_request', `${path} is a link that leads nowhere.`)
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

const isBelow = (root: string, path: string) => path === root || path.startsWith(root + sep)

const outside = (path: string) =>
  new AppError('bad_request', `The path ${JSON.stringify(path)} leaves its location.`)
const notFound = (path: string) => new AppError('not_found', `There is no file ${path}.`)
const tooLarge = (path: string) =>
  new AppError('body_too_large', `${path} is larger than ${limits.fileBytesMax / 1024 / 1024} MB.`)
