import type { Database } from '../database.ts'
import { MAIL_ATTEMPTS_MAX, type Mail, mailPauseSeconds, type Outbox } from './mailer.ts'

/** Where emails of one kind wait: a table of their own, or columns of what they are about. All texts are SQL. */
export interface MailTable<Row extends { id: string; attempts: number }> {
  table: string
  /** What the columns are called that say when an email is due, how often it was tried, and why it failed. */
  columns: { dueAt: string; attempts: string; error: string }
  /** Which rows may still be sent; all that are due when absent. */
  isOpen?: string
  /** What an email needs, of the rows `taken`; its `id` and its `attempts` among it. */
  select: string
  /** What becomes of a row, whose id is $1, when its email was sent. */
  sent: string
  /** What comes before emails are taken: more of them may be due. */
  fill?(): Promise<unknown>
  mails(rows: Row[]): Promise<Pick<Mail, 'to' | 'content'>[]>
}

/** The emails of such a table. Each process takes others, and one that is not sent in two minutes is free again. */
export function outboxOf<Row extends { id: string; attempts: number }>(
  db: Database,
  { table, columns: { dueAt, attempts, error }, isOpen, select, sent, fill, mails }: MailTable<Row>,
): Outbox {
  const take = `
    with taken as (
      update ${table} set ${attempts} = ${attempts} + 1, ${dueAt} = now() + interval '2 minutes'
      where id in (
        select id from ${table} where ${dueAt} <= now() and ${attempts} < ${MAIL_ATTEMPTS_MAX} ${isOpen ? `and ${isOpen}` : ''}
        order by ${dueAt} limit $1 for update skip locked
      ) returning *
    )
    ${select}`
  return {
    async take(count) {
      await fill?.()
      const rows = await db.query<Row>(take, [count])
      const made = await mails(rows)
      return rows.flatMap((row, index) => {
        const mail = made[index]
        return mail ? [{ id: row.id, attempts: row.attempts, ...mail }] : []
      })
    },
    async forget({ id }) {
      await db.query(sent, [id])
    },
    async postpone(mail, reason) {
      await db.query(
        `update ${table} set ${error} = $2, ${dueAt} = now() + make_interval(secs => $3) where id = $1`,
        [mail.id, reason, mailPauseSeconds(mail.attempts)],
      )
    },
  }
}
