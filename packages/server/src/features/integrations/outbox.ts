import { actingPath } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { outboxOf } from '../../platform/mail/mail-table.ts'
import type { Outbox } from '../../platform/mail/mailer.ts'

interface MailRow {
  id: string
  attempts: number
  email: string
  person: string
  integration_id: string
  name: string
  /** Whose connection it is; null: everybody's. */
  org_id: string | null
  org_name: string | null
  org_slug: string | null
  home_org_id: string
  problem: string | null
}

/** Emails to those who can connect an integration again that the service refuses. */
export const integrationOutbox = (db: Database, publicUrl: string): Outbox =>
  outboxOf<MailRow>(db, {
    table: 'integration_mails',
    columns: { dueAt: 'next_at', attempts: 'attempts', error: 'error' },
    select: `
      select m.id, m.attempts, u.email, u.name as person, i.id as integration_id, i.name, c.org_id,
        o.name as org_name, o.slug as org_slug, u.org_id as home_org_id, c.problem
      from taken m join users u on u.id = m.user_id join integration_connections c on c.id = m.connection_id
        join integrations i on i.id = c.integration_id left join organizations o on o.id = c.org_id`,
    sent: 'delete from integration_mails where id = $1',
    mails: async (rows) =>
      rows.map((row) => ({
        to: { name: row.person, address: row.email },
        // Another process was quicker.
        content: row.problem === null ? null : brokenConnectionEmail(row, publicUrl),
      })),
  })

/** The page for the organization whose connection it is, wherever the person is at home. */
const prefixOf = ({ org_id: id, org_slug: slug, home_org_id: home }: MailRow): string =>
  id === home ? '' : actingPath(id === null ? null : { id, slug: slug ?? '' })

const brokenConnectionEmail = (row: MailRow, publicUrl: string) => lines(row, `${publicUrl}${prefixOf(row)}`)

const lines = ({ person, name, org_name, problem, integration_id }: MailRow, pages: string) => ({
  subject: `Connect ${name} again`,
  text: [
    `Hello ${person},`,
    '',
    `the integration ${name}${org_name === null ? '' : ` of ${org_name}`} no longer accepts the access that it granted:`,
    problem?.replaceAll(/\s+/g, ' ') ?? '',
    '',
    'Workflows that need it fail until it is connected again:',
    `${pages}/integrations/${integration_id}`,
    '',
  ].join('\n'),
})
