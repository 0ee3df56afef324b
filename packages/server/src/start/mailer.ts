import { Mailer, type Outbox } from '../platform/mail/mailer.ts'
import type { Platform } from './platform.ts'

/** What sends emails; null where nothing does. */
export function createMailer(
  { config: { mailFrom, smtpUrl }, log, notifier, roles }: Platform,
  outboxes: readonly Outbox[],
): Mailer | null {
  if (!roles.includes('scheduler') || smtpUrl === null || mailFrom === null) return null
  return new Mailer({ notifier, log, smtpUrl, from: mailFrom, outboxes })
}
