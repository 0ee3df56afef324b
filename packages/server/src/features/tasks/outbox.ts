import type { Database } from '../../platform/database.ts'
import { outboxOf } from '../../platform/mail/mail-table.ts'
import type { Outbox } from '../../platform/mail/mailer.ts'
import { taskEmail } from './task-email.ts'

/** Why a person gets an email. */
export type MailReason = 'assigned' | 'reminder' | 'escalated' | 'sent_back'

/** An email about a task, with all that it tells. */
export interface OutboxMail {
  id: string
  reason: MailReason
  attempts: number
  email: string
  person: string
  task_id: string
  title: string
  description: string | null
  workflow_name: string
  due_at: Date | null
  /** The comment of the person when the run was sent back. */
  comment: string | null
  /** The task is over: no one has to be told. */
  is_over: boolean
}

const ROWS_MAX = 100
const RECIPIENTS_MAX = 100

/** Emails to people about their tasks. */
export const taskOutbox = (db: Database, publicUrl: string): Outbox =>
  outboxOf<OutboxMail>(db, {
    table: 'mail_outbox',
    columns: { dueAt: 'next_at', attempts: 'attempts', error: 'error' },
    isOpen: 'sent_at is null',
    fill: () => fillOutbox(db),
    select: `
      select m.id, m.reason, m.attempts, u.email, u.name as person, t.id as task_id, t.title, t.description,
        e.workflow_name, t.due_at, t.status not in ('open', 'claimed') as is_over,
        (select value ->> 'text' from jsonb_array_elements(t.activity) with ordinality
         where value ->> 'action' = 'sent_back' order by ordinality desc limit 1) as comment
      from taken m join tasks t on t.id = m.task_id join users u on u.id = m.user_id
        join executions e on e.id = t.execution_id`,
    // What is sent is no longer of use.
    sent: 'delete from mail_outbox where id = $1',
    mails: async (rows) =>
      rows.map((row) => ({
        to: { name: row.person, address: row.email },
        content: row.is_over ? null : taskEmail(row, publicUrl),
      })),
  })

/** Makes one mail for each person who is to hear of a task; tasks for everybody send no emails. */
async function fillOutbox(db: Database): Promise<void> {
  await db.query(
    `with noticed as (
       select id, org_id, notice, claimed_by, assignee_user, assignee_role from tasks where notice is not null
       order by id limit ${ROWS_MAX} for update skip locked
     ), told as (
       insert into mail_outbox (id, org_id, task_id, user_id, reason, next_at, created_at)
       select gen_random_uuid(), n.org_id, n.id, u.id, n.notice, now(), now()
       from noticed n cross join lateral (
         select id from users where org_id = n.org_id and is_active and (
           case when n.claimed_by is not null then id = n.claimed_by
           else id = n.assignee_user or role = n.assignee_role end
         ) order by id limit ${RECIPIENTS_MAX}
       ) u
     )
     update tasks set notice = null where id in (select id from noticed)`,
  )
}
