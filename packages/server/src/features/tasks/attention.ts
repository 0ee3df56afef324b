import type { Engine, Job } from '../../engine/engine.ts'

const ROWS_MAX = 200

/** Reminds of tasks that are due, and escalates unanswered ones to another person. */
export const taskJob = (engine: Engine): Job => ({
  name: 'tasks',
  run: async () => {
    const reminded = await remind(engine)
    const escalated = await escalate(engine)
    if (reminded + escalated > 0) engine.notifier.publish('tasks')
  },
  nextMs: () => nextMs(engine),
})

const said = (action: string) =>
  `activity || jsonb_build_array(jsonb_build_object('at', engine_now(), 'by', null, 'text', null, 'action', '${action}'))`

async function remind({ db }: Engine): Promise<number> {
  const rows = await db.query(
    `update tasks set reminded_at = engine_now(), notice = 'reminder', activity = ${said('reminded')}
     where id in (
       select id from tasks where status in ('open', 'claimed') and reminded_at is null and due_at <= engine_now()
       order by due_at limit ${ROWS_MAX} for update skip locked
     ) returning id`,
  )
  return rows.length
}

/** A person who claimed it and did not answer has it no longer. */
async function escalate({ db }: Engine): Promise<number> {
  const rows = await db.query(
    `update tasks set status = 'open', claimed_by = null, assignee_user = escalate_user, assignee_role = escalate_role,
       escalate_at = null, notice = 'escalated', activity = ${said('escalated')}
     where id in (
       select id from tasks where status in ('open', 'claimed') and escalate_at <= engine_now()
       order by escalate_at limit ${ROWS_MAX} for update skip locked
     ) returning id`,
  )
  return rows.length
}

async function nextMs({ db }: Engine): Promise<number | null> {
  const [row] = await db.query<{ wait_ms: number | null }>(
    `select extract(epoch from least(
       (select min(due_at) from tasks where status in ('open', 'claimed') and reminded_at is null),
       (select min(escalate_at) from tasks where status in ('open', 'claimed'))
     ) - engine_now())::float8 * 1000 as wait_ms`,
  )
  return row?.wait_ms ?? null
}
