import type { Engine } from '../types.ts'

/** A worker that does not renew its lease for this long has lost it: the lease expired. */
export const LEASE_SECONDS = 10
/** How often it says that it lives. */
export const RENEW_MS = 3000

/** How many workers live, this one included. */
const LIVING = `(select count(*)::int from workers o where o.lease_until > engine_now() and o.id <> $1) + 1 as living`

/** The worker begins; answers how many live now, or null when another one that lives has its id. */
export async function takeLease(engine: Engine, workerId: string): Promise<number | null> {
  const [row] = await engine.db.query<{ living: number }>(
    `insert into workers as w (id, started_at, lease_until)
     values ($1, engine_now(), engine_now() + interval '${LEASE_SECONDS} seconds')
     on conflict (id) do update set started_at = excluded.started_at, lease_until = excluded.lease_until
       where w.lease_until <= engine_now()
     returning ${LIVING}`,
    [workerId],
  )
  return row?.living ?? null
}

/** Says that this worker lives: one row, however many runs it has. Answers how many live. */
export async function renewLease(engine: Engine, workerId: string): Promise<number> {
  const [row] = await engine.db.prepared<{ living: number }>(
    'renew',
    `insert into workers (id, started_at, lease_until)
     values ($1, engine_now(), engine_now() + interval '${LEASE_SECONDS} seconds')
     on conflict (id) do update set lease_until = excluded.lease_until
     returning ${LIVING}`,
    [workerId],
  )
  return row?.living ?? 1
}

/** The worker leaves in order; whatever it still held is lost at once instead of after the lease. */
export async function endLease(engine: Engine, workerId: string): Promise<void> {
  await engine.db.query('delete from workers where id = $1', [workerId])
}

/** Forgets workers that have been dead for a day. */
export async function forgetWorkers(engine: Engine): Promise<void> {
  await engine.db.query(`delete from workers where lease_until < engine_now() - interval '1 day'`)
}
