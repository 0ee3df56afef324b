import type { Query } from '../../platform/database.ts'

/** Rows that one statement deletes at most, so that no lock is long. */
const ROWS_MAX = 5000

/**
 * Forgets events older than so many days, with what they did; those with something still to come stay. Returns how many
 * it was.
 */
export async function pruneEvents(query: Query, days: number): Promise<number> {
  for (let pruned = 0; ; ) {
    const rows = await query(
      `delete from events where id in (
         select v.id from events v where v.created_at < engine_now() - make_interval(days => $1)
           and not exists (select from event_deliveries d where d.event_id = v.id and d.is_open)
         order by v.created_at limit ${ROWS_MAX}
       ) returning id`,
      [days],
    )
    pruned += rows.length
    if (rows.length < ROWS_MAX) return pruned
  }
}
