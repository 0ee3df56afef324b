import { AppError, type FileLocation } from '@bifrost/contract'
import { type OrgScope, requirePermission } from '../../platform/scope.ts'
import { requireOfKey } from '../../tenancy/limited-keys.ts'
import type { CallingRun, SdkModule } from '../../tenancy/sdk-method.ts'
import { searchFiles } from './editor.ts'
import type { FileLocations } from './locations.ts'
import type { Signing } from './signing.ts'
import { StreamedWrites } from './streamed-writes.ts'

/** Who may continue with a stream. */
const callerOf = ({ orgId, userId }: OrgScope, { executionId }: CallingRun): string =>
  executionId ?? `${orgId}/${userId}`

/** `files.*` as user code calls it; bytes travel as base64. */
export function fileSdk(locations: FileLocations, signing: Signing): SdkModule<'files'> {
  const streams = new StreamedWrites()
  const at = (scope: OrgScope, { location }: { location: FileLocation }, { codePath }: CallingRun) =>
    // Code outside a run is its caller's own.
    codePath === null ? locations.at(scope, location) : locations.atRun(scope, location, codePath)

  return {
    'files.read': async (scope, where, run) => {
      return (await (await at(scope, where, run)).read(where.path)).toString('base64')
    },
    'files.readPart': async (scope, where, run) => {
      const files = await at(scope, where, run)
      const { content, size, stamp } = await files.readPart(where.path, where.offset, where.length)
      if (where.stamp !== null && where.stamp !== stamp)
        throw new AppError('conflict', `${where.path} was changed while it was read.`)
      return { content: content.toString('base64'), size, stamp }
    },
    'files.write': async (scope, where, run) => {
      const files = await at(scope, where, run)
      return files.write(where.path, Buffer.from(where.content, 'base64'))
    },
    'files.openWrite': async (scope, where, run) => {
      const files = await at(scope, where, run)
      await files.requireWrite(where.path)
      return streams.open(callerOf(scope, run), (content) => files.writeStream(where.path, content))
    },
    'files.writePart': async (scope, { stream, content }, run) => {
      await streams.append(callerOf(scope, run), stream, Buffer.from(content, 'base64'))
      return null
    },
    'files.closeWrite': (scope, { stream }, run) => streams.close(callerOf(scope, run), stream),
    'files.dropWrite': async (scope, { stream }, run) => {
      await streams.drop(callerOf(scope, run), stream)
      return null
    },
    'files.list': async (scope, where, run) => {
      return (await at(scope, where, run)).list(where.path, where.recursive ?? false)
    },
    'files.delete': async (scope, where, run) => {
      await (await at(scope, where, run)).delete(where.path)
      return null
    },
    'files.exists': async (scope, where, run) => {
      return (await at(scope, where, run)).exists(where.path)
    },
    'files.stat': async (scope, where, run) => {
      return (await at(scope, where, run)).info(where.path)
    },
    'files.search': async (scope, where, run) => {
      return searchFiles(await at(scope, where, run), where)
    },
    'files.signedUrl': async (scope, { expiresInSeconds, ...where }, run) => {
      // In a run, the code decides; a program outside has the rights of its key.
      if (where.method === 'PUT') {
        if (run.codePath === null) requirePermission(scope, 'file:write')
        requireOfKey(scope, 'files.write', 'file:write', run.codePath !== null)
      }
      return signing.sign(scope, await at(scope, where, run), {
        ...where,
        seconds: expiresInSeconds,
        codePath: run.codePath,
      })
    },
  }
}
