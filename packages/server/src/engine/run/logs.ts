import type { Database } from '../../platform/database.ts'
import { storedLine } from '../../platform/stored-text.ts'
import type { LogItem } from '../types.ts'

// Only the claim that owns the run may write to its log.
const INSERT = `
insert into execution_logs (execution_id, seq, org_id, level, created_at, message)
select i.execution_id, i.seq, i.org_id, i.level, to_timestamp(i.at / 1000.0), i.message
from unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::float8[], $6::text[], $7::int[], $8::uuid[])
  as i (execution_id, seq, org_id, level, at, message, claim, worker_id)
join queue q on q.execution_id = i.execution_id and q.claim = i.claim and (q.worker_id = i.worker_id) is true
on conflict do nothing`

export async function insertLogs(db: Database, items: LogItem[]): Promise<undefined[]> {
  await db.prepared('log', INSERT, [
    items.map((item) => item.executionId),
    items.map((item) => item.seq),
    items.map((item) => item.orgId),
    items.map((item) => item.level),
    items.map((item) => item.at),
    items.map((item) => storedLine(item.message)),
    items.map((item) => item.claim),
    items.map((item) => item.workerId),
  ])
  return items.map(() => undefined)
}
