import { AppError, type FileLocation, pathOf, routes, type SignedUrl } from '@bifrost/contract'
import { scopeOf } from '../../engine/scope-of.ts'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { WorkspaceFiles } from './files.ts'
import type { FileLocations } from './locations.ts'
import type { FileGrant, GrantSigner } from './signed-address.ts'

export interface SignRequest {
  path: string
  location: FileLocation
  method: FileGrant['method']
  seconds: number
  inline: boolean
}

/** Addresses of files that need no account. */
export interface Signing {
  /** `files`: as far as whoever asks may use them. */
  sign(scope: OrgScope, files: WorkspaceFiles, request: SignRequest): Promise<SignedUrl>
  /** Throws `forbidden` unless the token counts, and the person who made it is still somebody. */
  open(
    token: string,
    method: FileGrant['method'],
  ): Promise<{ grant: FileGrant; files: WorkspaceFiles; scope: OrgScope }>
}

export function createSigning(options: {
  db: Database
  signer: GrantSigner
  locations: FileLocations
  /** Where the platform is, for people; empty: the address has no host. */
  publicUrl: () => string
}): Signing {
  const { db, signer, locations, publicUrl } = options
  return {
    async sign(scope, files, { path: asked, location, method, seconds, inline }) {
      if (method === 'PUT' && location === 'workspace')
        throw new AppError('bad_request', 'An address to write to is one of temp or uploads.')
      const path = method === 'GET' ? (await files.open(asked)).path : await files.real(asked)
      const expires = Math.floor(Date.now() / 1000) + seconds
      const { orgId, userId } = scope
      const token = signer.sign({ method, orgId, userId, location, path, inline, expires })
      return {
        url: publicUrl() + pathOf(routes.signedDownload, {}, { token }),
        expires_at: new Date(expires * 1000).toISOString(),
      }
    },
    async open(token, method) {
      const grant = signer.read(token, method)
      const scope = await scopeOf(db.query, grant.orgId, grant.userId)
      if (!scope?.organization.isActive || scope.userId !== grant.userId)
        throw new AppError('forbidden', 'The address does not count, or no longer.')
      return { grant, scope, files: await locations.granted(grant) }
    },
  }
}
