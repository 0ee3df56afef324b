import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { asFileName, type FileLocation, type FileRef, limits } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { organizationFolder } from '../../platform/file-owner.ts'
import { newId } from '../../platform/ids.ts'
import { may, type OrgScope } from '../../platform/scope.ts'
import type { UnvettedFiles } from '../../workspace/unvetted-files.ts'
import { filesBelow, type WorkspaceFiles } from './files.ts'
import { SourceCount, withSourceLimit } from './source-count.ts'
import { FileUsage, tooLarge } from './usage.ts'
import { createFolderOwners, only, rulesOf, rulesOfRun, seesWhole } from './views.ts'

/** The three places of files; temp and uploads are the organization's own, and so is its folder of the workspace. */
export interface FileLocations {
  /** As a caller of the API may use it. */
  at(scope: OrgScope, location: FileLocation): Promise<WorkspaceFiles>
  /** As a run may use it, whose code lies there. */
  atRun(scope: OrgScope, location: FileLocation, codePath: string): Promise<WorkspaceFiles>
  /** Where the person's new workspace files go; empty: anywhere. */
  ownFolder(scope: OrgScope): Promise<string>
  upload(scope: OrgScope, body: Readable, name: string, contentType: string): Promise<FileRef>
  /** Refuses early what there is no room for, so that the client need not send it. */
  requireRoom(scope: OrgScope, bytes: number): Promise<void>
  /** One file, which a caller was given. */
  granted(file: { orgId: string; location: FileLocation; path: string }): Promise<WorkspaceFiles>
  /** Whether the person may read a workspace path, which need not exist any more. */
  mayRead(scope: OrgScope, path: string): Promise<boolean>
  /** Whether a workspace path is one that the person may know of. */
  shows(scope: OrgScope): Promise<(path: string) => boolean>
  /** How many bytes the organization keeps. */
  usedBytes(orgId: string): Promise<number>
  /** How many it may keep; null: as many as there is room for. */
  bytesMax(orgId: string): Promise<number | null>
}

export interface FileLocationOptions {
  db: Database
  unvetted: UnvettedFiles
  workspaceDir: string
  dataDir: string
  /** Other processes may use this data folder at this moment. */
  shared: boolean
  /** How many bytes an organization may keep. */
  bytesMax?: (orgId: string) => Promise<number | null>
}

export function createFileLocations(options: FileLocationOptions): FileLocations {
  const { workspaceDir, unvetted, bytesMax = async () => limits.fileQuotaBytesDefault } = options
  const filesDir = join(options.dataDir, 'files')
  // What a run left in temp is not needed after a start; with other processes at work, what was not touched for long is not needed.
  if (options.shared) removeOld(join(filesDir, 'temp'))
  else rmSync(join(filesDir, 'temp'), { recursive: true, force: true })
  const owners = createFolderOwners(options.db)
  const folderOf = (orgId: string, location: 'temp' | 'uploads') => {
    const folder = join(filesDir, location, orgId)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return folder
  }
  const usage = new FileUsage({
    bytesMax,
    foldersOf: async (orgId) => [
      join(filesDir, 'temp', orgId),
      join(filesDir, 'uploads', orgId),
      join(workspaceDir, organizationFolder((await owners(orgId)).slug)),
    ],
  })
  // Global files count for no organization.
  const unlimited = new FileUsage({ foldersOf: async () => [], bytesMax: async () => null })
  const sources = new SourceCount(workspaceDir)
  const inWorkspace = (files: WorkspaceFiles, room: FileUsage, orgId: string) =>
    counted(withSourceLimit(files, sources), room, orgId)
  const inOwn = (scope: OrgScope, location: 'temp' | 'uploads') =>
    counted(filesBelow(folderOf(scope.orgId, location)), usage, scope.orgId)

  return {
    async at(scope, location) {
      if (location !== 'workspace') return inOwn(scope, location)
      const owner = await owners(scope.orgId)
      // A person who may write there must find a folder, even before there is a file.
      if (!seesWhole(scope) && may(scope, 'file:write'))
        mkdirSync(join(workspaceDir, organizationFolder(owner.slug)), { recursive: true })
      const rules = rulesOf(scope, owner)
      const files = filesBelow(workspaceDir, rules, unvetted.witness(scope))
      return inWorkspace(files, seesWhole(scope) ? unlimited : usage, scope.orgId)
    },
    async atRun(scope, location, codePath) {
      if (location !== 'workspace') return inOwn(scope, location)
      const owner = await owners(scope.orgId)
      const isEverybodys = owner.isProvider || scope.owner === null
      const files = filesBelow(workspaceDir, rulesOfRun(scope, owner, codePath), unvetted.witness(scope))
      return inWorkspace(files, isEverybodys ? unlimited : usage, scope.orgId)
    },
    async ownFolder(scope) {
      return seesWhole(scope) ? '' : organizationFolder((await owners(scope.orgId)).slug)
    },
    async upload(scope, body, name, contentType) {
      const id = `${newId()}/${storedName(name)}`
      const { size } = await inOwn(scope, 'uploads').writeStream(id, body)
      // A parameter takes no other names, and the file is there by now.
      return { id, name: asFileName(name), size, content_type: contentType }
    },
    async requireRoom({ orgId }, bytes) {
      if (bytes > limits.fileStreamBytesMax) throw tooLarge(limits.fileStreamBytesMax)
      await usage.requireRoom(orgId, bytes)
    },
    async granted({ orgId, location, path }) {
      const root = location === 'workspace' ? workspaceDir : folderOf(orgId, location)
      return counted(filesBelow(root, only(path)), usage, orgId)
    },
    async mayRead(scope, path) {
      try {
        rulesOf(scope, await owners(scope.orgId)).requireAllowed(path, 'read')
        return true
      } catch {
        return false
      }
    },
    async shows(scope) {
      return rulesOf(scope, await owners(scope.orgId)).shows
    },
    bytesMax,
    usedBytes: (orgId) => usage.bytes(orgId),
  }
}

/** The same files, as far as the organization has room for them. */
function counted(files: WorkspaceFiles, usage: FileUsage, orgId: string): WorkspaceFiles {
  const sizeOf = async (path: string) => (await files.info(path).catch(() => null))?.size ?? 0
  return {
    ...files,
    async write(path, content) {
      const before = await sizeOf(path)
      await usage.hold(orgId, content.byteLength)
      try {
        const info = await files.write(path, content)
        usage.note(orgId, info.size - before)
        return info
      } finally {
        usage.release(orgId, content.byteLength)
      }
    },
    async writeStream(path, content) {
      // It may break off before anybody reads it.
      let broken: Error | undefined
      content.on('error', (error) => {
        broken = error
      })
      const before = await sizeOf(path)
      const { stream, end } = usage.counter(orgId, limits.fileStreamBytesMax)
      try {
        const info = await files.writeStream(path, content, stream)
        usage.note(orgId, info.size - before)
        return info
      } catch (error) {
        throw broken ?? error
      } finally {
        end()
      }
    },
    async delete(path) {
      const size = await sizeOf(path)
      await files.delete(path)
      usage.note(orgId, -size)
    },
    async deleteTree(path) {
      const sizes = await files.list(path, true).catch(() => [])
      const size = await sizeOf(path)
      await files.deleteTree(path)
      usage.note(orgId, -sizes.reduce((sum, one) => sum + one.size, size))
    },
  }
}

const TEMP_MS_MAX = 24 * 60 * 60 * 1000

/** Removes what lies in the folders of the organizations and was not changed for a day. */
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
