import type { Database } from '../../platform/database.ts'
import { MAIL_ATTEMPTS_MAX, mailPauseSeconds, type Outbox } from '../../platform/mail/mailer.ts'

interface MailRow {
  id: string
  attempts: number
  email: string
  person: string
  integration_id: string
  name: string
  org_name: string | null
  problem: string | null
}

/** Letters to those who can connect an integration again that the other side refuses. */
export const integrationOutbox = (db: Database, publicUrl: string): Outbox => ({
  async take(count) {
    const rows = await db.query<MailRow & Record<string, unknown>>(
      `with taken as (
         update integration_mails set attempts = attempts + 1, next_at = now() + interval '2 minutes'
         where id in (
           select id from integration_mails where next_at <= now() and attempts < ${MAIL_ATTEMPTS_MAX}
           order by next_at limit $1 for update skip locked
         ) returning *
       )
       select m.id, m.attempts, u.email, u.name as person, i.id as integration_id, i.name, o.name as org_name, c.problem
       from taken m join users u on u.id = m.user_id join integration_connections c on c.id = m.connection_id
         join integrations i on i.id = c.integration_id left join organizations o on o.id = c.org_id`,
      [count],
    )
    return rows.map((row) => ({
      id: row.id,
      attempts: row.attempts,
      to: { name: row.person, address: row.email },
      // Somebody was quicker.
      letter: row.problem === null ? null : letterOf(row, publicUrl),
    }))
  },
  forget: async ({ id }) => {
    await db.query('delete from integration_mails where id = $1', [id])
  },
  postpone: async ({ id, attempts }, error) => {
    await db.query(
      'update integration_mails set error = $2, next_at = now() + make_interval(secs => $3) where id = $1',
      [id, error, mailPauseSeconds(attempts)],
    )
  },
})

const letterOf = ({ person, name, org_name, problem, integration_id }: MailRow, publicUrl: string) => ({
  subject: `Connect ${name} again`,
  text: [
    `Hello ${person},`,
    '',
    `the integration ${name}${org_name === null ? '' : ` of ${org_name}`} no longer takes the access that it gave:`,
    problem?.replaceAll(/\s+/g, ' ') ?? '',
    '',
    'Workflows that need it fail until somebody connects it again:',
    `${publicUrl}/integrations/${integration_id}`,
    '',
  ].join('\n'),
})
