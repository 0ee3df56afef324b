import { createWriteStream, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError, type FileLocation, type FileRef, limits } from '@bifrost/contract'
import { newId } from '../../platform/ids.ts'
import { demand, type OrgScope } from '../../platform/scope.ts'
import { filesBelow, type WorkspaceFiles } from './files.ts'

/** The three places of files; temp and uploads are the organisation's own. */
export interface FileLocations {
  readonly workspace: WorkspaceFiles
  at(scope: OrgScope, location: FileLocation): WorkspaceFiles
  upload(scope: OrgScope, body: NodeJS.ReadableStream, name: string, contentType: string): Promise<FileRef>
}

export function createFileLocations(options: {
  workspaceDir: string
  dataDir: string
  /** Other processes may use this data folder at this moment. */
  shared: boolean
}): FileLocations {
  const { workspaceDir } = options
  const filesDir = join(options.dataDir, 'files')
  // What a run left in temp is nobody's after a start; with others at work, it is what nobody has touched for long.
  if (options.shared) removeOld(join(filesDir, 'temp'))
  else rmSync(join(filesDir, 'temp'), { recursive: true, force: true })
  const workspace = filesBelow(workspaceDir)
  const folderOf = (scope: OrgScope, location: 'temp' | 'uploads') => {
    const folder = join(filesDir, location, scope.orgId)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return folder
  }
  return {
    workspace,
    at: (scope, location) => (location === 'workspace' ? workspace : filesBelow(folderOf(scope, location))),
    async upload(scope, body, name, contentType) {
      const id = `${newId()}/${storedName(name)}`
      const folder = folderOf(scope, 'uploads')
      mkdirSync(join(folder, id, '..'), { recursive: true })
      let size = 0
      const counted = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          size += chunk.byteLength
          if (size <= limits.fileBytesMax) done(null, chunk)
          else
            done(new AppError('body_too_large', `A file may have ${limits.fileBytesMax / 1024 / 1024} MB.`))
        },
      })
      try {
        await pipeline(body, counted, createWriteStream(join(folder, id), { flags: 'wx', mode: 0o600 }))
      } catch (error) {
        rmSync(join(folder, id, '..'), { recursive: true, force: true })
        throw error
      }
      return { id, name, size, content_type: contentType }
    },
  }
}

const TEMP_MS_MAX = 24 * 60 * 60 * 1000

/** Removes what lies in the folders of the organisations and was not changed for a day. */
function removeOld(temp: string): void {
  const entries = (folder: string) => {
    try {
      return readdirSync(folder).map((name) => join(folder, name))
    } catch {
      return []
    }
  }
  for (const path of entries(temp).flatMap(entries)) {
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY
    if (Date.now() - changed > TEMP_MS_MAX) rmSync(path, { recursive: true, force: true })
  }
}

const NAME_BYTES_MAX = 150

/** The name as a file may have it anywhere: without signs that mean something, and short enough for every file system. */
function storedName(name: string): string {
  let safe = name.replace(/[^\p{L}\p{N}._ -]/gu, '_').replace(/^\.+/, '_')
  while (Buffer.byteLength(safe) > NAME_BYTES_MAX) safe = safe.slice(0, -1)
  return safe || 'file'
}

/**
 * Code of the workspace is for developers; other files of it may be written by whoever runs a workflow that does so.
 * What counts is where the path leads: the text of a path has many forms, and a link has another name than its file.
 */
export async function demandSourceWrite(
  scope: OrgScope,
  location: FileLocation,
  files: WorkspaceFiles,
  path: string,
): Promise<void> {
  if (location === 'workspace' && SOURCE.test(await files.real(path))) demand(scope, 'file:write')
}

/** What is run, or decides what is run: sources, settings of tools, packages, and everything that hides. */
const SOURCE = /\.([cm]?[jt]sx?|jsonc?|py|node|wasm)$|(^|\/)(\.|node_modules(\/|$))/i
