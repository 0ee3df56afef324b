// Stands for a mail service. It is busy now and then, and does not hand a mailbox over to a user who cannot sign in.

import { FatalError } from 'bifrost'
import type { DirectoryUser } from './directory.ts'

export interface HandOver {
  /** The mail service does a hand-over once per key, however often it is asked. */
  idempotencyKey: string
  /** Answers as a service does that moves too many mailboxes already. */
  isBusy: boolean
}

export async function handOverMailbox(
  from: DirectoryUser,
  to: DirectoryUser,
  { isBusy }: HandOver,
): Promise<{ mailbox: string; owner: string }> {
  // To ask again changes nothing about this one, so it ends the retries.
  if (!to.enabled) throw new FatalError(`${to.name} cannot sign in, and so cannot take over a mailbox.`)
  if (isBusy) throw new Error('mail.example answered 429 Too Many Requests')
  return { mailbox: from.email, owner: to.email }
}
