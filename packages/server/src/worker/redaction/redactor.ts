import { AppError, limits } from '@bifrost/contract'
import { requireSearchable } from '../../platform/secrets/secret-parts.ts'
import { encodingsOf } from './encodings.ts'
import { addSpan, CUT_SIGN, indexedLengthOf, type Spans, TextIndex } from './text-index.ts'

const MARK = '[REDACTED]'
/** Shorter texts have not been cut, unless they say so. */
const CUT_LENGTH_MIN = 1000
/** What follows the sign of a cut, when that is not the end. */
const CUT_NOTE = /^ \(\d{1,15} more characters\)/
const CUT_NOTE_LENGTH_MAX = 40

/** The secrets that the runs of one process have read, and the text that may not show them. */
export class Redactor {
  readonly #secrets = new Set<string>()
  readonly #encodings = new Set<string>()
  /** Each at least twice as large as the next, so that a further secret costs little however many there are. */
  #indexes: { texts: string[]; index: TextIndex }[] = []
  /** Known, and in no index yet: some are read and nothing is written before the next. */
  #fresh: string[] = []

  /** Characters of its secrets. */
  #length = 0
  /** Characters that the indexes have to know, which is what they cost. */
  #indexedLength = 0

  /** The parts of secrets that it knows. */
  get secrets(): readonly string[] {
    return [...this.#secrets]
  }

  get isEmpty(): boolean {
    return this.#secrets.size === 0
  }

  /** It knows so much that a new process is better than one that has to search for more. */
  get isFull(): boolean {
    return (
      this.#secrets.size > limits.secretPartsPerProcessMax / 2 ||
      this.#length > limits.secretLengthPerProcessMax / 2 ||
      this.#indexedLength > limits.secretIndexPerProcessMax / 2
    )
  }

  /** Throws when a secret is too large to be searched for, or the process has read too many. */
  add(secret: unknown): void {
    const fresh = new Set(requireSearchable(secret).filter((part) => !this.#secrets.has(part)))
    if (fresh.size === 0) return
    const length = fresh.values().reduce((sum, part) => sum + part.length, this.#length)
    const encodings = new Set([...fresh].flatMap((part) => [...encodingsOf(part)]))
    const unknown = [...encodings].filter((text) => !this.#encodings.has(text))
    const indexed = unknown.reduce((sum, text) => sum + indexedLengthOf(text), this.#indexedLength)
    if (
      this.#secrets.size + fresh.size > limits.secretPartsPerProcessMax ||
      length > limits.secretLengthPerProcessMax ||
      indexed > limits.secretIndexPerProcessMax
    )
      throw new AppError(
        'quota_exceeded',
        'The runs of this process have read more secrets than can be hidden in what they write: read fewer in one run, or start a run for each customer.',
      )
    for (const part of fresh) this.#secrets.add(part)
    for (const text of unknown) this.#encodings.add(text)
    this.#fresh.push(...unknown)
    this.#length = length
    this.#indexedLength = indexed
  }

  /** Plain text. The encodings of a secret inside a JSON string are looked for, too. */
  text(text: string): string {
    return this.isEmpty ? text : replaced(text, this.#find(text))
  }

  /** JSON text that stays JSON: a secret may read like a number, or like the punctuation between two members. */
  json(text: string): string {
    if (this.isEmpty || (!text.includes(CUT_SIGN) && this.#find(text).length === 0)) return text
    try {
      return JSON.stringify(this.#value(JSON.parse(text)))
    } catch {
      return this.text(text)
    }
  }

  /** A JSON value; the same one when there is nothing to hide. */
  value<T>(value: T): T {
    return this.isEmpty ? value : (this.#value(value) as T)
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

  #find(text: string): Spans {
    this.#indexFresh()
    // Long texts are cut before they come here, and that may have been in the middle of a secret.
    const isEndCut = text.length >= CUT_LENGTH_MIN || text.includes(CUT_SIGN)
    const isCut = (place: number) => (place === text.length ? isEndCut : isCutAt(text, place))
    const [first, ...rest] = this.#indexes.map(({ index }) => index.find(text, isCut))
    return rest.length === 0 ? (first ?? []) : united([first ?? [], ...rest])
  }

  #indexFresh(): void {
    if (this.#fresh.length === 0) return
    let texts = this.#fresh
    this.#fresh = []
    for (let last = this.#indexes.at(-1); last; last = this.#indexes.at(-1)) {
      if (last.texts.length > 2 * texts.length) break
      texts = [...last.texts, ...texts]
      this.#indexes.pop()
    }
    this.#indexes.push({ texts, index: new TextIndex(texts) })
  }
}

function isCutAt(text: string, place: number): boolean {
  if (text[place] !== CUT_SIGN) return false
  const after = text.slice(place + 1, place + 1 + CUT_NOTE_LENGTH_MAX)
  return after === '' || CUT_NOTE.test(after)
}

function united(found: readonly Spans[]): Spans {
  const all = found.flatMap((spans) =>
    Array.from({ length: spans.length / 2 }, (_, index) => [
      spans[2 * index] ?? 0,
      spans[2 * index + 1] ?? 0,
    ]),
  )
  const spans: Spans = []
  for (const [from = 0, to = 0] of all.sort(([a = 0], [b = 0]) => a - b)) addSpan(spans, from, to)
  return spans
}

function replaced(text: string, spans: Spans): string {
  if (spans.length === 0) return text
  const parts: string[] = []
  let from = 0
  for (let index = 0; index < spans.length; index += 2) {
    parts.push(text.slice(from, spans[index]), MARK)
    from = spans[index + 1] ?? 0
  }
  parts.push(text.slice(from))
  return parts.join('')
}
