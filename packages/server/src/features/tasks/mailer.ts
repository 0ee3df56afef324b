import nodemailer, { type Transporter } from 'nodemailer'
import type { Database } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import type { Notifier } from '../../platform/notify.ts'
import { letterOf } from './letters.ts'
import { fillOutbox, forgetMail, type OutboxMail, postponeMail, takeMails } from './outbox.ts'

export interface MailerOptions {
  db: Database
  notifier: Notifier
  log: Log
  smtpUrl: string
  from: string
  /** Where people reach the platform, without a slash at its end. */
  publicUrl: string
}

const LOOK_MS = 2000
const AT_ONCE = 10
const CONNECT_MS = 10_000
const SILENCE_MS = 30_000

/**
 * Writes to people about their tasks. What is to be sent is in the database first, and leaves it when the mail server has
 * taken it: a crash loses none, and may send one twice, under the same message id.
 */
export class Mailer {
  readonly #options: MailerOptions
  readonly #transport: Transporter
  #timer: NodeJS.Timeout | null = null
  #unsubscribe: (() => void) | null = null
  #pass: Promise<void> | null = null
  #again = false
  #stopping = false

  constructor(options: MailerOptions) {
    this.#options = options
    this.#transport = nodemailer.createTransport({
      url: options.smtpUrl,
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }

  start(): void {
    this.#unsubscribe = this.#options.notifier.subscribe('tasks', () => this.#look())
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    this.#look()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#unsubscribe?.()
    if (this.#timer) clearInterval(this.#timer)
    await this.#pass
    this.#transport.close()
  }

  #look(): void {
    if (this.#stopping) return
    if (this.#pass) {
      this.#again = true
      return
    }
    this.#pass = this.#sendAll()
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'the outbox could not be read'))
      .finally(() => {
        this.#pass = null
        if (!this.#again) return
        this.#again = false
        this.#look()
      })
  }

  async #sendAll(): Promise<void> {
    const { db } = this.#options
    await fillOutbox(db)
    while (!this.#stopping) {
      const mails = await takeMails(db, AT_ONCE)
      for (const mail of mails) await this.#send(mail)
      if (mails.length < AT_ONCE) return
    }
  }

  async #send(mail: OutboxMail): Promise<void> {
    const { db, from, publicUrl, log } = this.#options
    if (mail.is_over) return forgetMail(db, mail.id)
    try {
      await this.#transport.sendMail({
        from,
        to: { name: mail.person, address: mail.email },
        ...letterOf(mail, publicUrl),
        messageId: `<${mail.id}@bifrost>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
    } catch (error) {
      log.warn(
        { err: error, mail: mail.id, attempt: mail.attempts },
        'a mail was not taken; it is tried again',
      )
      return postponeMail(db, mail, (error as Error).message)
    }
    await forgetMail(db, mail.id)
  }
}
