import { routes } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { openApiDocument } from '../../platform/http/openapi.ts'
import type { OrgScope } from '../../platform/scope.ts'

/** `pathsOf`: what somebody's document has besides the contract, such as the endpoints of their workflows. */
export function systemRoutes(
  db: Database,
  version: string,
  pathsOf: (scope: OrgScope) => Promise<Record<string, unknown>>,
): Implementation[] {
  let document: Record<string, unknown> | undefined
  return [
    implement(routes.getHealth, async () => {
      const database = await db.query('select 1').then(
        () => 'ok' as const,
        () => 'down' as const,
      )
      return { status: database === 'ok' ? ('ok' as const) : ('degraded' as const), version, database }
    }),
    implement(routes.getOpenApi, async (scope) => {
      document ??= openApiDocument(version)
      if (!scope) return document
      return { ...document, paths: { ...(document['paths'] as object), ...(await pathsOf(scope)) } }
    }),
  ]
}
