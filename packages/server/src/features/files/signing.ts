import { AppError, type FileLocation, pathOf, routes, type SignedUrl } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { ownerSlug } from '../../platform/file-owner.ts'
import { may, type OrgScope } from '../../platform/scope.ts'
import { credentialNow, standingOf } from '../../tenancy/standing.ts'
import type { WorkspaceFiles } from './files.ts'
import type { FileLocations } from './locations.ts'
import type { FileGrant, GrantSigner } from './signed-address.ts'

export interface SignRequest {
  path: string
  location: FileLocation
  method: FileGrant['method']
  seconds: number
  inline: boolean
  /** Of a run: where its code lies. */
  codePath: string | null
}

/** Addresses of files that need no account. */
export interface Signing {
  /** `files`: as far as the person who asks may use them. */
  sign(scope: OrgScope, files: WorkspaceFiles, request: SignRequest): Promise<SignedUrl>
  /**
   * Throws `forbidden` unless the token counts, and who made it could make it now: with the same key or session, and the
   * permission that it takes.
   */
  open(
    token: string,
    method: FileGrant['method'],
  ): Promise<{ grant: FileGrant; files: WorkspaceFiles; scope: OrgScope }>
}

export function createSigning(options: {
  db: Database
  signer: GrantSigner
  locations: FileLocations
  /** Where people reach the platform. */
  publicUrl: string
}): Signing {
  const { db, signer, locations, publicUrl } = options
  /** Whether the same request, or the same code, would get as far now. */
  const mayStill = async (scope: OrgScope, { codePath, location, path, method }: FileGrant) => {
    if (codePath === null && !may(scope, method === 'GET' ? 'file:read' : 'file:write')) return false
    const slug = codePath === null ? null : ownerSlug(codePath)
    if (slug !== null) {
      const [owner] = await db.query(
        'select from organizations where slug = $1 and id = any($2) and is_active',
        [slug, scope.chain],
      )
      if (!owner) return false
    }
    const files =
      codePath === null
        ? await locations.at(scope, location)
        : await locations.atRun(scope, location, codePath)
    // Whether it is there is no question of rights: what reads it says so.
    return files.exists(path).then(
      () => true,
      (error: unknown) => {
        if (error instanceof AppError) return false
        throw error
      },
    )
  }
  return {
    async sign(scope, files, { path: asked, location, method, seconds, inline, codePath }) {
      if (method === 'PUT' && location === 'workspace')
        throw new AppError(
          'bad_request',
          'Only files in temp or uploads can be written through a signed address.',
        )
      const path = method === 'GET' ? (await files.open(asked)).path : await files.real(asked)
      const { orgId, userId, role } = scope
      // A run outlives the request that started it, and acts for its person.
      const credential = codePath === null ? scope.credential : null
      const ends = credential && (await credentialNow(db.query, credential, userId))?.endsAt
      const expires = Math.floor(
        Math.min(Date.now() + seconds * 1000, ends?.getTime() ?? Number.POSITIVE_INFINITY) / 1000,
      )
      const token = signer.sign({
        ...{ method, orgId, userId, role, credential, codePath, location, path, inline, expires },
      })
      return {
        url: publicUrl + pathOf(routes.signedDownload, {}, { token }),
        expires_at: new Date(expires * 1000).toISOString(),
      }
    },
    async open(token, method) {
      const grant = signer.read(token, method)
      const scope = await standingOf(db.query, grant)
      if (!scope || !(await mayStill(scope, grant))) throw refused()
      return { grant, scope, files: await locations.granted(grant) }
    },
  }
}

const refused = () => new AppError('forbidden', 'The signed address is invalid or has expired.')
