import { formsOf, partsOf } from './secret-forms.ts'

const MARK = '[REDACTED]'
/** Shorter texts have not been cut, unless they say so. */
const CUT_LENGTH_MIN = 1000
/** So much of the beginning of a secret, at the place where a text was cut, is taken for one. */
const BEGINNING_LENGTH_MIN = 4
/** What says that a text was cut. */
const CUT = /…(?= \(\d+ more characters\)|$)/g

/** The secrets that the runs of one process have read, and the text that may not show them. */
export class Redactor {
  #pattern: RegExp | null = null
  readonly #secrets = new Set<string>()
  readonly #forms = new Set<string>()

  /** How many secrets it knows. */
  get size(): number {
    return this.#secrets.size
  }

  add(secret: unknown): void {
    const fresh = partsOf(secret).filter((part) => !this.#secrets.has(part))
    if (fresh.length === 0) return
    for (const part of fresh) {
      this.#secrets.add(part)
      for (const form of formsOf(part)) this.#forms.add(form)
    }
    // The longest first, so that one form is not left half shown by a shorter one.
    const sorted = [...this.#forms].sort((a, b) => b.length - a.length)
    this.#pattern = new RegExp(
      sorted.map((form) => form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'),
      'g',
    )
  }

  /** Plain text. The forms that a secret has inside a JSON string are looked for, too. */
  text(text: string): string {
    if (!this.#pattern) return text
    const shown = text.replace(this.#pattern, MARK)
    return shown.length >= CUT_LENGTH_MIN || shown.includes('…') ? this.#withoutBeginnings(shown) : shown
  }

  /** JSON text that stays JSON: a secret may read like a number, or like the punctuation between two members. */
  json(text: string): string {
    if (!this.#pattern || !(text.search(this.#pattern) !== -1 || text.includes('…'))) return text
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

  /** Long texts are cut before they come here, and that may have been in the middle of a secret. */
  #withoutBeginnings(text: string): string {
    const ends = [...text.matchAll(CUT)].map(({ index }) => index)
    let shown = ''
    let from = 0
    for (const end of [...new Set([...ends, text.length])]) {
      const part = text.slice(from, end)
      const length = this.#beginningAtEnd(part)
      shown += length === 0 ? part : part.slice(0, -length) + MARK
      from = end
    }
    return shown
  }

  #beginningAtEnd(text: string): number {
    let longest = 0
    for (const form of this.#forms)
      for (let length = Math.min(form.length - 1, text.length); length > longest; length--)
        if (length >= BEGINNING_LENGTH_MIN && text.endsWith(form.slice(0, length))) longest = length
    return longest
  }
}
