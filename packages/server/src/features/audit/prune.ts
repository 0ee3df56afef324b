import type { Query } from '../../platform/database.ts'

const PRUNE_AT_ONCE = 5000

/** Older rows go, in batches so small that no one waits for long. Only the platform itself can do this. */
export async function pruneAudit(query: Query, days: number): Promise<void> {
  let gone: unknown[]
  do
    gone = await query(
      `delete from audit_log where id in (
         select id from audit_log where at < now() - make_interval(days => $1) limit ${PRUNE_AT_ONCE})
       returning 1`,
      [days],
    )
  while (gone.length === PRUNE_AT_ONCE)
}
