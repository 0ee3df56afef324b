import type { Database } from '../../platform/database.ts'
import { outboxOf } from '../../platform/mail/mail-table.ts'
import type { Outbox } from '../../platform/mail/mailer.ts'
import { hashToken, newToken } from '../../platform/tokens.ts'
import { invitationLink } from './invitations.ts'

interface InvitationMail {
  id: string
  attempts: number
  email: string
  name: string | null
  org_name: string
  inviter: string
  days: number
}

/** Emails to people who are invited. The link of an email is made when it is sent, and stored nowhere but as a hash. */
export const invitationOutbox = (db: Database, publicUrl: string): Outbox =>
  outboxOf<InvitationMail>(db, {
    table: 'invitations',
    columns: { dueAt: 'mail_next_at', attempts: 'mail_attempts', error: 'mail_error' },
    isOpen: 'expires_at > now()',
    select: `
      select i.id, i.mail_attempts as attempts, i.email, i.name, o.name as org_name, u.name as inviter,
        ceil(extract(epoch from i.expires_at - now()) / 86400)::int as days
      from taken i join organizations o on o.id = i.org_id join users u on u.id = i.invited_by`,
    sent: 'update invitations set mail_next_at = null, mail_error = null, mailed_at = now() where id = $1',
    async mails(rows) {
      const tokens = rows.map(() => newToken('bfi'))
      await db.query(
        `update invitations i set mail_token_hash = t.hash from unnest($1::uuid[], $2::bytea[]) as t (id, hash)
         where i.id = t.id`,
        [rows.map((row) => row.id), tokens.map(hashToken)],
      )
      return rows.map((row, index) => ({
        to: { name: row.name ?? row.email, address: row.email },
        content: invitationEmail(row, invitationLink(publicUrl, tokens[index] ?? '')),
      }))
    },
  })

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ')

function invitationEmail(mail: InvitationMail, link: string): { subject: string; text: string } {
  const organization = oneLine(mail.org_name)
  const lines = [
    `Hello${mail.name ? ` ${oneLine(mail.name)}` : ''},`,
    '',
    `${oneLine(mail.inviter)} invites you to ${organization} on Bifrost. Open this link and choose a password:`,
    '',
    link,
    '',
    `It works once, within ${mail.days === 1 ? 'a day' : `${mail.days} days`}. If you did not expect it, ignore this email.`,
    '',
  ]
  return { subject: `Invitation to ${organization}`, text: lines.join('\n') }
}
