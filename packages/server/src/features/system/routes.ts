import { routes } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { openApiDocument } from '../../platform/http/openapi.ts'
import type { Role } from '../../platform/roles.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { healthOf } from './health.ts'
import { readinessOf } from './readiness.ts'

export interface ProbeOptions {
  db: Database
  roles: readonly Role[]
  version: string
  /** Null: this process reads no files. */
  workspace: { isRead: boolean } | null
}

/** Every process answers these, also one without the API. What looks at nothing but the status must not be told that all is well. */
export const probeRoutes = ({ db, roles, version, workspace }: ProbeOptions): Implementation[] => [
  implement(routes.getHealth, async (_scope, _input, { reply }) => {
    const health = await healthOf(db, roles)
    if (health.status === 'degraded') reply.code(503)
    return { ...health, version }
  }),
  implement(routes.getReady, async (_scope, _input, { reply }) => {
    const readiness = await readinessOf(db, workspace)
    if (readiness.status === 'not_ready') reply.code(503)
    return readiness
  }),
]

/** `pathsOf`: what the document of a caller has besides the contract, such as the endpoints of their workflows. */
export function systemRoutes(
  options: ProbeOptions,
  pathsOf: (scope: OrgScope) => Promise<Record<string, unknown>>,
): Implementation[] {
  let document: Record<string, unknown> | undefined
  return [
    ...probeRoutes(options),
    implement(routes.getOpenApi, async (scope) => {
      document ??= openApiDocument(options.version)
      if (!scope) return document
      return { ...document, paths: { ...(document['paths'] as object), ...(await pathsOf(scope)) } }
    }),
  ]
}
