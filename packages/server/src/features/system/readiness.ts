import type { RouteAnswer, routes } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { migrationNames } from '../../platform/postgres/migrate.ts'

const MIGRATIONS = migrationNames()

export type Readiness = RouteAnswer<typeof routes.getReady>

/**
 * Whether a load balancer should send requests here. Other processes do not count: one without a worker accepts runs that wait.
 * A newer migration than this version knows does not count either, or a deploy would stop all processes of the version before.
 */
export async function readinessOf(db: Database, workspace: { isRead: boolean } | null): Promise<Readiness> {
  const builder = workspace ? (workspace.isRead ? 'ok' : 'reading') : null
  try {
    const rows = await db.query<{ name: string }>('select name from schema_migrations')
    const applied = new Set(rows.map(({ name }) => name))
    const migrations = MIGRATIONS.every((name) => applied.has(name)) ? 'ok' : 'pending'
    const isReady = migrations === 'ok' && builder !== 'reading'
    return { status: isReady ? 'ready' : 'not_ready', database: 'ok', migrations, builder }
  } catch {
    return { status: 'not_ready', database: 'down', migrations: null, builder }
  }
}
