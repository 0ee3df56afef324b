import { AppError, type FileLocation, limits, routes, validationError } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'
import type { Database } from '../../platform/database.ts'
import { FairGate } from '../../platform/fair-gate.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { type OrgScope, requirePermission, shareHolderOf } from '../../platform/scope.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import { fileAudit } from './audited.ts'
import { decodeBase64, NOT_BASE64 } from './base64.ts'
import { checkedAtEnd, sentBy } from './checked-at-end.ts'
import { searchFiles } from './editor.ts'
import { editorRoutes } from './editor-routes.ts'
import type { FileLocations } from './locations.ts'
import { type Consent, changeProtected, type FileChange } from './protection.ts'
import { sendFile } from './send-file.ts'
import type { Signing } from './signing.ts'

/** Files of one organization that are read whole at once. */
const READS_AT_ONCE = 4

export interface FileRouteOptions {
  db: Database
  locations: FileLocations
  workspace: Workspace
  signing: Signing
}

export function fileRoutes({ db, locations, workspace, signing }: FileRouteOptions): Implementation[] {
  const note = fileAudit(db)
  const at = (scope: OrgScope, { location }: { location?: FileLocation | undefined }) =>
    locations.at(scope, location ?? 'workspace')
  const whereOf = ({ path, location }: { path: string; location?: FileLocation | undefined }) => ({
    path,
    location: location ?? 'workspace',
  })
  /** Only the workspace has workflows. */
  const change = <T>(
    where: { location?: FileLocation | undefined },
    what: FileChange,
    consent: Consent,
    make: () => Promise<T>,
  ) =>
    (where.location ?? 'workspace') === 'workspace' ? changeProtected(workspace, what, consent, make) : make()

  // What is read whole is in memory several times over until the answer has left.
  const reads = new FairGate({
    placesMax: Number.MAX_SAFE_INTEGER,
    perKeyMax: READS_AT_ONCE,
    perKeyShare: READS_AT_ONCE,
    reservedPlaces: 0,
    waitingPerKeyMax: limits.requestsAtWorkMax,
    waitMs: limits.requestWaitMs,
    refusal: 'Your organization is reading too many files at once',
  })

  return [
    implement(routes.readFile, async (scope, { body }) => {
      const files = await at(scope, body)
      const { is_directory: isFolder, size } = await files.info(body.path)
      if (!isFolder && size > limits.bodyBytesMax)
        throw new AppError(
          'body_too_large',
          `${body.path} is larger than ${limits.bodyBytesMax / 1024 / 1024} MB: download it instead, with GET ${routes.downloadFile.path}.`,
        )
      const content = await reads.use(shareHolderOf(scope), () => files.read(body.path))
      const asBase64 = body.as_base64 ?? false
      return {
        path: body.path,
        content: content.toString(asBase64 ? 'base64' : 'utf8'),
        is_base64: asBase64,
        size: content.byteLength,
      }
    }),
    // A caller of this may write sources, too: the route has the same permission.
    implement(routes.writeFile, async (scope, { body }) => {
      const files = await at(scope, body)
      const content = body.is_base64 ? bytesOf(body.content) : Buffer.from(body.content)
      await files.requireWrite(body.path)
      const path = await files.real(body.path)
      const info = await change(body, { kind: 'save', path, text: content.toString('utf8') }, body, () =>
        files.write(body.path, content),
      )
      await note(scope, 'file.write', { ...whereOf(body), path: info.path }, { size: info.size })
      return info
    }),
    implement(routes.deleteFile, async (scope, { body }) => {
      const files = await at(scope, body)
      await files.requireWrite(body.path)
      const path = await files.real(body.path)
      await change(body, { kind: 'delete', path }, body, () => files.delete(body.path))
      await note(scope, 'file.delete', { ...whereOf(body), path })
      return null
    }),
    implement(routes.listFiles, async (scope, { body }) => ({
      items: await (await at(scope, body)).list(body.path ?? '', body.recursive ?? false),
    })),
    implement(routes.fileExists, async (scope, { body }) => ({
      exists: await (await at(scope, body)).exists(body.path),
    })),
    implement(routes.fileInfo, async (scope, { body }) => (await at(scope, body)).info(body.path)),
    implement(routes.makeFolder, async (scope, { body }) => {
      const info = await (await at(scope, body)).makeDirectory(body.path)
      await note(scope, 'file.create_folder', { ...whereOf(body), path: info.path })
      return info
    }),
    implement(routes.searchFiles, async (scope, { body }) => searchFiles(await at(scope, body), body)),
    implement(routes.fileUsage, async (scope) => ({
      bytes: await locations.usedBytes(scope.orgId),
      bytes_max: await locations.bytesMax(scope.orgId),
      own_folder: await locations.ownFolder(scope),
    })),
    implement(routes.downloadFile, async (scope, { query }, exchange) =>
      sendFile(await (await at(scope, query)).open(query.path), exchange),
    ),
    implement(routes.putFile, async (scope, { query }, { request }) => {
      await locations.requireRoom(scope, announced(request))
      const files = await at(scope, query)
      await files.requireWrite(query.path)
      const path = await files.real(query.path)
      // What it will define is not known before all of it is there.
      const info = await change(query, { kind: 'stream', path }, {}, () =>
        files.writeStream(query.path, sentBy(db, scope, request.raw)),
      )
      await note(scope, 'file.write', { ...whereOf(query), path: info.path }, { size: info.size })
      return info
    }),
    implement(routes.uploadFile, async (scope, { query }, { request }) => {
      await locations.requireRoom(scope, announced(request))
      const type = query.content_type || 'application/octet-stream'
      const file = await locations.upload(scope, sentBy(db, scope, request.raw), query.name, type)
      await note(scope, 'file.upload', { location: 'uploads', path: file.id }, { size: file.size })
      return file
    }),
    implement(routes.signFile, async (scope, { body }) => {
      const method = body.method ?? 'GET'
      if (method === 'PUT') requirePermission(scope, 'file:write')
      const seconds = body.expires_in_seconds ?? SIGNED_SECONDS
      const where = whereOf(body)
      const signed = await signing.sign(scope, await at(scope, body), {
        ...where,
        method,
        seconds,
        inline: body.inline ?? false,
        codePath: null,
      })
      await note(scope, 'file.sign', where, { method, expires_at: signed.expires_at })
      return signed
    }),
    implement(routes.signedDownload, async (_nobody, { query }, exchange) => {
      const { files, grant } = await signing.open(query.token, 'GET')
      return sendFile(await files.open(grant.path), exchange, { inline: grant.inline })
    }),
    implement(routes.signedUpload, async (_nobody, { query }, { request }) => {
      const { files, grant, scope } = await signing.open(query.token, 'PUT')
      await locations.requireRoom(scope, announced(request))
      const body = checkedAtEnd(request.raw, () => signing.open(query.token, 'PUT'))
      const info = await files.writeStream(grant.path, body)
      await note(scope, 'file.write', grant, { size: info.size, signed: true })
      return info
    }),
    ...editorRoutes({ locations, workspace, note }),
  ]
}

function bytesOf(base64: string): Buffer {
  const bytes = decodeBase64(base64)
  if (!bytes) throw validationError([{ field: 'content', message: NOT_BASE64 }])
  return bytes
}

const SIGNED_SECONDS = 3600

/** How many bytes the caller says will come. */
function announced(request: FastifyRequest): number {
  const bytes = Number(request.headers['content-length'] ?? 0)
  if (!Number.isSafeInteger(bytes)) throw new AppError('bad_request', 'The Content-Length is not valid.')
  return Math.min(bytes, limits.fileStreamBytesMax + 1)
}
