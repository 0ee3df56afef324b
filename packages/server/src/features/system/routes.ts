import { routes } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { openApiDocument } from '../../platform/http/openapi.ts'

export function systemRoutes(db: Database, version: string): Implementation[] {
  let document: Record<string, unknown> | undefined
  return [
    implement(routes.getHealth, async () => {
      const database = await db.query('select 1').then(
        () => 'ok' as const,
        () => 'down' as const,
      )
      return { status: database === 'ok' ? ('ok' as const) : ('degraded' as const), version, database }
    }),
    implement(routes.getOpenApi, () => {
      document ??= openApiDocument(version)
      return document
    }),
  ]
}
