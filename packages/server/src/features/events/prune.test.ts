import { expect, test } from 'vitest'
import type { OrgScope } from '../../platform/scope.ts'
import { useEngine } from '../../testing/engine.ts'
import { pruneEvents } from './prune.ts'

const under = useEngine()

async function insertEvent(scope: OrgScope): Promise<{ id: string }> {
  const id = under().engine.newId()
  await under().db.query(
    `insert into events (id, org_id, name, payload, created_at) values ($1, $2, 'order.paid', '{}', engine_now())`,
    [id, scope.orgId],
  )
  return { id }
}

test('the log forgets what is old, with what it did, and keeps what is still to come', async () => {
  const { db } = under()
  const scope = await under().organization()
  const [old, open, young] = [
    await insertEvent(scope),
    await insertEvent(scope),
    await insertEvent(scope),
  ] as const
  for (const event of [old, open])
    await db.query(`update events set created_at = now() - interval '31 days' where id = $1`, [event.id])
  await db.query(
    `insert into event_deliveries (id, org_id, event_id, seq, kind, status, workflow_name, is_open, created_at, updated_at)
     select gen_random_uuid(), org_id, id, seq, 'start', case when id = $2 then 'queued' else 'declined' end, 'work', id = $2,
       now(), now() from events where org_id = $1`,
    [scope.orgId, open.id],
  )
  expect(await pruneEvents(db.query, 30)).toBe(1)
  const left = await db.query(
    'select v.id, count(d.id)::int as deliveries from events v left join event_deliveries d on d.event_id = v.id where v.org_id = $1 group by v.id order by v.seq',
    [scope.orgId],
  )
  expect(left).toEqual([
    { id: open.id, deliveries: 1 },
    { id: young.id, deliveries: 1 },
  ])
  const [gone] = await db.query('select count(*)::int as count from event_deliveries where event_id = $1', [
    old.id,
  ])
  expect(gone).toEqual({ count: 0 })
})
