import MagicString, { type SourceMap } from 'magic-string'

/** Text to insert; it may be filled in after its place in the order is taken. */
export interface Insertion {
  text: string
}

/**
 * Insertions into a source, none of which holds a line break, so that lines stay what the author sees. At one offset,
 * what closes nodes that end there comes before what opens nodes that start there.
 */
export class Edits {
  readonly #opening = new Map<number, Insertion[]>()
  readonly #closing = new Map<number, Insertion[]>()
  readonly #removals: [start: number, end: number][] = []
  readonly #statementStarts = new Set<number>()

  /** Call it before walking the node, so that outer insertions come first. */
  open(offset: number, text = ''): Insertion {
    const insertion = { text }
    add(this.#opening, offset, insertion)
    return insertion
  }

  /** Call it after walking the node, so that inner insertions come first. */
  close(offset: number, text: string): void {
    add(this.#closing, offset, { text })
  }

  remove(start: number, end: number): void {
    this.#removals.push([start, end])
  }

  /**
   * A statement in a list begins here. Should an insertion begin it with a parenthesis, a line before that lacks its
   * semicolon would become a call of it.
   */
  statementStart(offset: number): void {
    this.#statementStarts.add(offset)
  }

  /** The edited source and its map. `before` and `after` were parsed around the source, and are not part of it. */
  apply(
    source: string,
    { before, after, prefix, prefixAt, sourceName }: Around,
  ): { code: string; map: SourceMap } {
    const out = new MagicString(source)
    const at = (offset: number) => Math.min(Math.max(offset - before.length, 0), source.length)
    for (const [start, end] of this.#removals) out.remove(at(start), at(end))
    for (const offset of new Set([...this.#closing.keys(), ...this.#opening.keys()])) {
      const closing = join(this.#closing.get(offset))
      const opening = join(this.#opening.get(offset))
      const guard = opening.startsWith('(') && this.#statementStarts.has(offset) ? ';' : ''
      out.appendLeft(at(offset), closing + guard + opening)
    }
    if (prefixAt > 0) out.prependRight(prefixAt, prefix)
    out.prepend(prefixAt > 0 ? before : prefix + before)
    out.append(after)
    return { code: out.toString(), map: out.generateMap({ source: sourceName, hires: 'boundary' }) }
  }
}

/** What surrounds a source. */
export interface Around {
  before: string
  after: string
  /** Put at the start of the first line, or at `prefixAt` when a `#!` line must stay first. */
  prefix: string
  prefixAt: number
  sourceName: string
}

function add(to: Map<number, Insertion[]>, offset: number, insertion: Insertion): void {
  const list = to.get(offset)
  if (list) list.push(insertion)
  else to.set(offset, [insertion])
}

const join = (insertions: Insertion[] | undefined): string =>
  insertions?.map((insertion) => insertion.text).join('') ?? ''
