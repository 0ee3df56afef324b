/** Secrets shorter than this are not looked for: they would blot out ordinary text. */
const SECRET_LENGTH_MIN = 4
const MARK = '[REDACTED]'

/** Fewer characters of base64 than this are found in ordinary text. */
const BASE64_LENGTH_MIN = 6

/** The secrets that one run has read, and the text that may not show them. */
export class Redactor {
  #pattern: RegExp | null = null
  readonly #forms = new Set<string>()

  add(secret: unknown): void {
    if (typeof secret === 'string') this.#addText(secret)
    else if (typeof secret === 'object' && secret !== null)
      for (const part of Object.values(secret)) this.add(part)
  }

  /** Plain text. The forms that a secret has inside a JSON string are looked for, too. */
  text(text: string): string {
    return this.#pattern ? text.replace(this.#pattern, MARK) : text
  }

  /** JSON text that stays JSON: a secret may read like a number, or like the punctuation between two members. */
  json(text: string): string {
    if (!this.#pattern || text.search(this.#pattern) === -1) return text
    try {
      return JSON.stringify(this.#value(JSON.parse(text)))
    } catch {
      return this.text(text)
    }
  }

  /** A JSON value; the same one when there is nothing to hide. */
  value<T>(value: T): T {
    return this.#pattern ? (this.#value(value) as T) : value
  }

  #value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value)
    if (typeof value === 'number') {
      const text = String(value)
      return this.text(text) === text ? value : MARK
    }
    if (Array.isArray(value)) return value.map((item) => this.#value(item))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.#value(item)]))
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
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('hex').toUpperCase(),
      ...insideBase64(secret),
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

/**
 * The middle of a secret in base64 when one or two bytes of something else stand before it in a group of three, such
 * as the user name of Basic authentication. The signs at both ends hold bits of the neighbours and are not looked for.
 */
function insideBase64(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const middle = text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
    if (middle.length < BASE64_LENGTH_MIN) return []
    return [middle, middle.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
