import { backoffMs } from '@bifrost/contract'
import nodemailer, { type Transporter } from 'nodemailer'
import type { Log } from '../log.ts'
import type { Notifier } from '../notify.ts'

/** An email to be sent now, which no other process sends. */
export interface Mail {
  /** Stays the same however often it is tried. */
  id: string
  /** How often it was taken, this time included. */
  attempts: number
  to: { name: string; address: string }
  /** Null: there is no longer a reason to send it. */
  content: { subject: string; text: string } | null
}

/**
 * What one feature has to say to people. What is to be sent is in the database first, and leaves it when the mail server
 * has taken it: a crash loses none, and may send one twice, under the same message id.
 */
export interface Outbox {
  /** Takes mails whose time has come. Should this process end before it has sent them, another takes them after a while. */
  take(count: number): Promise<Mail[]>
  /** It was sent, or there is no longer a reason to. */
  forget(mail: Mail): Promise<void>
  postpone(mail: Mail, error: string): Promise<void>
}

export interface MailerOptions {
  notifier: Notifier
  log: Log
  smtpUrl: string
  from: string
  outboxes: readonly Outbox[]
}

const LOOK_MS = 2000
const AT_ONCE = 10
const CONNECT_MS = 10_000
const SILENCE_MS = 30_000
/** So often a mail is tried; with the growing pauses between, that is half a day. */
export const MAIL_ATTEMPTS_MAX = 16

/** How long to wait after an attempt that failed. */
export const mailPauseSeconds = (attempts: number): number =>
  backoffMs(attempts, { firstMs: 1000, maxMs: 3_600_000, factor: 4 }) / 1000

/** Sends what the outboxes hold. */
export class Mailer {
  readonly #options: MailerOptions
  readonly #transport: Transporter
  #timer: NodeJS.Timeout | null = null
  #unsubscribe: (() => void)[] = []
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
    const { notifier } = this.#options
    this.#unsubscribe = (['tasks', 'mail'] as const).map((topic) =>
      notifier.subscribe(topic, () => this.#look()),
    )
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    this.#look()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
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
    for (const outbox of this.#options.outboxes)
      while (!this.#stopping) {
        const mails = await outbox.take(AT_ONCE)
        for (const mail of mails) await this.#send(outbox, mail)
        if (mails.length < AT_ONCE) break
      }
  }

  async #send(outbox: Outbox, mail: Mail): Promise<void> {
    const { from, log } = this.#options
    const { id, attempts, to, content } = mail
    if (content === null) return outbox.forget(mail)
    try {
      await this.#transport.sendMail({
        from,
        to,
        ...content,
        messageId: `<${id}@bifrost>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
    } catch (error) {
      log.warn(
        { err: error, mail: id, attempt: attempts },
        'the mail server did not accept an email; sending is retried',
      )
      return outbox.postpone(mail, (error as Error).message.replaceAll('\0', '').slice(0, 1000))
    }
    await outbox.forget(mail)
  }
}
