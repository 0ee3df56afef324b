import { AppError, FileLocation, limits } from '@bifrost/contract'
import { z } from 'zod'
import { type CallingRun, parseArguments, type SdkMethod } from '../../engine/sdk-method.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { searchFiles } from './editor.ts'
import { demandSourceWrite, type FileLocations } from './locations.ts'
import type { Signing } from './signing.ts'
import { StreamedWrites } from './streamed-writes.ts'

const Where = z.object({ path: z.string().max(1000), location: FileLocation })
const List = Where.extend({ recursive: z.boolean().optional() })
const Write = Where.extend({ content: z.base64() })
const Part = Where.extend({
  offset: z.int().min(0),
  length: z.int().min(1).max(limits.filePartBytesMax),
  /** Of the part before: the file must still be the same. */
  stamp: z.string().max(100).nullable(),
})
const Search = Where.extend({
  query: z.string().min(1).max(200),
  limit: z.int().min(1).max(500).optional(),
})
const Sign = Where.extend({
  method: z.enum(['GET', 'PUT']),
  expiresInSeconds: z.int().min(1).max(limits.signedUrlSecondsMax),
  inline: z.boolean(),
})
const Open = z.object({ stream: z.uuid() })
const Append = Open.extend({ content: z.base64() })

/** Who may go on with a stream. */
const callerOf = ({ orgId, userId }: OrgScope, { executionId }: CallingRun): string =>
  executionId ?? `${orgId}/${userId}`

/** `files.*` as user code calls it; bytes travel as base64. */
export function fileSdk(locations: FileLocations, signing: Signing): Record<string, SdkMethod> {
  const streams = new StreamedWrites()
  const at = (scope: OrgScope, { location }: { location: FileLocation }, { codePath }: CallingRun) =>
    // Code outside a run is its caller's own.
    codePath === null ? locations.at(scope, location) : locations.atRun(scope, location, codePath)
  const writable = async (scope: OrgScope, where: z.infer<typeof Where>, run: CallingRun) => {
    const files = await at(scope, where, run)
    await demandSourceWrite(scope, where.location, files, where.path)
    return files
  }

  return {
    'files.read': async (scope, args, run) => {
      const where = parseArguments('files', Where, args)
      return (await (await at(scope, where, run)).read(where.path)).toString('base64')
    },
    'files.readPart': async (scope, args, run) => {
      const where = parseArguments('files', Part, args)
      const files = await at(scope, where, run)
      const { content, size, stamp } = await files.readPart(where.path, where.offset, where.length)
      if (where.stamp !== null && where.stamp !== stamp)
        throw new AppError('conflict', `${where.path} was changed while it was read.`)
      return { content: content.toString('base64'), size, stamp }
    },
    'files.write': async (scope, args, run) => {
      const where = parseArguments('files', Write, args)
      const files = await writable(scope, where, run)
      return files.write(where.path, Buffer.from(where.content, 'base64'))
    },
    'files.openWrite': async (scope, args, run) => {
      const where = parseArguments('files', Where, args)
      const files = await writable(scope, where, run)
      await files.demandWrite(where.path)
      return streams.open(callerOf(scope, run), (content) => files.writeStream(where.path, content))
    },
    'files.writePart': async (scope, args, run) => {
      const { stream, content } = parseArguments('files', Append, args)
      await streams.append(callerOf(scope, run), stream, Buffer.from(content, 'base64'))
      return null
    },
    'files.closeWrite': (scope, args, run) =>
      streams.close(callerOf(scope, run), parseArguments('files', Open, args).stream),
    'files.dropWrite': async (scope, args, run) => {
      await streams.drop(callerOf(scope, run), parseArguments('files', Open, args).stream)
      return null
    },
    'files.list': async (scope, args, run) => {
      const where = parseArguments('files', List, args)
      return (await at(scope, where, run)).list(where.path, where.recursive ?? false)
    },
    'files.delete': async (scope, args, run) => {
      const where = parseArguments('files', Where, args)
      await (await writable(scope, where, run)).delete(where.path)
      return null
    },
    'files.exists': async (scope, args, run) => {
      const where = parseArguments('files', Where, args)
      return (await at(scope, where, run)).exists(where.path)
    },
    'files.stat': async (scope, args, run) => {
      const where = parseArguments('files', Where, args)
      return (await at(scope, where, run)).info(where.path)
    },
    'files.search': async (scope, args, run) => {
      const where = parseArguments('files', Search, args)
      return searchFiles(await at(scope, where, run), where)
    },
    'files.signedUrl': async (scope, args, run) => {
      const { expiresInSeconds, ...where } = parseArguments('files', Sign, args)
      return signing.sign(scope, await at(scope, where, run), { ...where, seconds: expiresInSeconds })
    },
  }
}
