/** Secrets shorter than this are not looked for: they would blot out ordinary text. */
const SECRET_LENGTH_MIN = 4
const MARK = '[REDACTED]'

/** The secrets that one run has read, and the text that may not show them. */
export class Redactor {
  #pattern: RegExp | null = null
  readonly #forms = new Set<string>()

  add(secret: unknown): void {
    if (typeof secret === 'string') this.#addText(secret)
    else if (typeof secret === 'object' && secret !== null)
      for (const part of Object.values(secret)) this.add(part)
  }

  /** Plain text, or JSON text: the forms that a secret has inside a JSON string are looked for, too. */
  text(text: string): string {
    return this.#pattern ? text.replace(this.#pattern, MARK) : text
  }

  #addText(secret: string): void {
    if (secret.length < SECRET_LENGTH_MIN) return
    const base64 = Buffer.from(secret).toString('base64')
    const forms = [
      secret,
      base64,
      base64.replace(/=+$/, ''),
      Buffer.from(secret).toString('base64url'),
      encodeURIComponent(secret),
      new URLSearchParams({ '': secret }).toString().slice(1),
    ]
    for (const form of forms) {
      this.#forms.add(form)
      this.#forms.add(JSON.stringify(form).slice(1, -1))
    }
    // The longest first, so that one form is not left half shown by a shorter one.
    const sorted = [...this.#forms].sort((a, b) => b.length - a.length)
    this.#pattern = new RegExp(
      sorted.map((form) => form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'),
      'g',
    )
  }
}
