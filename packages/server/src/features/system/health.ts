import type { RouteAnswer, routes } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { Role } from '../../platform/roles.ts'

export type Health = Omit<RouteAnswer<typeof routes.getHealth>, 'version'>

/** Whether the database answers, and whether a worker and a scheduler live: in this process, or in another one of it. */
export async function healthOf(db: Database, roles: readonly Role[]): Promise<Health> {
  try {
    const [row] = await db.query<{ worker: boolean; scheduler: boolean }>(
      `select exists (select from workers where lease_until > engine_now()) as worker,
         exists (select from processes where 'scheduler' = any (roles) and lease_until > now()) as scheduler`,
    )
    return {
      status: 'ok',
      database: 'ok',
      worker: row?.worker ? 'ok' : 'down',
      scheduler: row?.scheduler || roles.includes('scheduler') ? 'ok' : 'down',
    }
  } catch {
    return { status: 'degraded', database: 'down', worker: null, scheduler: null }
  }
}
