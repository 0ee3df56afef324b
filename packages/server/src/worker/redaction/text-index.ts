/** So much of a longer text is in the tree; the rest is compared where that much was found. */
const ANCHOR_LENGTH = 32
/** So much of the beginning of a text, at a place where the searched one was cut, is taken for it. */
const BEGINNING_LENGTH_MIN = 4
/** Characters that are compared beyond anchors, as a multiple of the searched text. */
const COMPARED_FACTOR = 4
const COMPARED_MIN = 64 * 1024

/** What a text costs an index, in time to build and in memory. */
export const indexedLengthOf = (text: string): number => Math.min(text.length, ANCHOR_LENGTH)

/** Where something was found: from, to (exclusive), from, to … in order, and no two overlap. */
export type Spans = number[]

/**
 * Finds any number of texts in another one in a single pass, by the automaton of Aho and Corasick. The time depends on
 * the length of the searched text alone, not on how many texts there are or how alike they are.
 *
 * Source: A. Aho, M. Corasick, "Efficient string matching: an aid to bibliographic search", 1975.
 */
export class TextIndex {
  readonly #edges: Edges
  /** The longest proper suffix of a node's text that is a node, too. */
  readonly #fallback: Int32Array
  readonly #depth: Int32Array
  /** The length of the longest whole text that ends at a node. */
  readonly #found: Int32Array
  /** Texts that are longer than their anchor, by its node. */
  readonly #long = new Map<number, string[]>()

  constructor(texts: readonly string[]) {
    let lengths = 1
    for (const text of texts) lengths += indexedLengthOf(text)
    this.#edges = new Edges(lengths)
    this.#fallback = new Int32Array(lengths)
    this.#depth = new Int32Array(lengths)
    this.#found = new Int32Array(lengths)
    this.#addAll(texts, new Int32Array(lengths), new Uint16Array(lengths))
  }

  #addAll(texts: readonly string[], parents: Int32Array, codes: Uint16Array): void {
    let count = 1
    for (const text of texts) {
      let node = 0
      const length = indexedLengthOf(text)
      for (let at = 0; at < length; at++) {
        const code = text.charCodeAt(at)
        let next = this.#edges.get(node, code)
        if (next === 0) {
          next = count++
          this.#edges.set(node, code, next)
          parents[next] = node
          codes[next] = code
          this.#depth[next] = at + 1
        }
        node = next
      }
      if (text.length === length) this.#found[node] = length
      else this.#long.set(node, [...(this.#long.get(node) ?? []), text])
    }
    this.#link(count, parents, codes)
  }

  /** Shallow nodes first: the fallback of a node is never as deep as the node. */
  #link(count: number, parents: Int32Array, codes: Uint16Array): void {
    const byDepth: number[][] = Array.from({ length: ANCHOR_LENGTH + 1 }, () => [])
    for (let node = 1; node < count; node++) byDepth[at(this.#depth, node)]?.push(node)
    for (const nodes of byDepth.slice(1))
      for (const node of nodes) {
        const parent = at(parents, node)
        const fallback = parent === 0 ? 0 : this.#step(at(this.#fallback, parent), at(codes, node))
        this.#fallback[node] = fallback
        if (at(this.#found, node) === 0) this.#found[node] = at(this.#found, fallback)
      }
  }

  #step(from: number, code: number): number {
    let node = from
    for (;;) {
      const next = this.#edges.get(node, code)
      if (next !== 0 || node === 0) return next
      node = at(this.#fallback, node)
    }
  }

  /** `isCut` says of a place whether text is missing there: the beginning of a text before it counts as the text. */
  find(text: string, isCut: (place: number) => boolean): Spans {
    const spans: Spans = []
    const compared = { left: Math.max(COMPARED_MIN, text.length * COMPARED_FACTOR) }
    let node = 0
    for (let place = 0; place < text.length; place++) {
      const code = text.charCodeAt(place)
      if (code === CUT_CODE && node !== 0 && isCut(place)) this.#beginning(node, place, spans)
      node = this.#step(node, code)
      if (node === 0) continue
      const length = at(this.#found, node)
      if (length > 0) addSpan(spans, place + 1 - length, place + 1)
      if (at(this.#depth, node) !== ANCHOR_LENGTH) continue
      const long = this.#long.get(node)
      if (long) compareLong(text, place + 1 - ANCHOR_LENGTH, long, isCut, compared, spans)
    }
    if (node !== 0 && isCut(text.length)) this.#beginning(node, text.length, spans)
    return spans
  }

  #beginning(node: number, place: number, spans: Spans): void {
    const depth = at(this.#depth, node)
    if (depth >= BEGINNING_LENGTH_MIN) addSpan(spans, place - depth, place)
  }
}

/** The sign that stands where a text was cut. */
export const CUT_SIGN = '…'
const CUT_CODE = CUT_SIGN.charCodeAt(0)

/** Where an anchor was found: which of the long texts stand there as a whole, or up to a cut. */
function compareLong(
  text: string,
  start: number,
  long: readonly string[],
  isCut: (place: number) => boolean,
  compared: { left: number },
  spans: Spans,
): void {
  for (const wanted of long) {
    let length = ANCHOR_LENGTH
    const end = Math.min(wanted.length, text.length - start)
    while (length < end && text.charCodeAt(start + length) === wanted.charCodeAt(length)) length++
    compared.left -= length - ANCHOR_LENGTH
    // Texts that repeat themselves could be compared for ever: beyond the budget, an anchor counts as the whole.
    if (length === wanted.length || isCut(start + length)) addSpan(spans, start, start + length)
    else if (compared.left < 0) {
      addSpan(spans, start, start + end)
      return
    }
  }
}

/** Adds a span that ends no earlier than its anchor was found; those that it overlaps become one with it. */
export function addSpan(spans: Spans, from: number, to: number): void {
  let start = from
  let end = to
  for (let last = spans.length; last > 0; last = spans.length) {
    const lastStart = spans[last - 2] ?? 0
    const lastEnd = spans[last - 1] ?? 0
    if (lastEnd <= start) break
    start = Math.min(start, lastStart)
    end = Math.max(end, lastEnd)
    spans.length = last - 2
  }
  spans.push(start, end)
}

/** A number of an array at a place that exists. */
const at = (numbers: Int32Array | Uint16Array, place: number): number => numbers[place] ?? 0

/** The edges of all nodes in one table with open addressing: a Map of this size takes five times the memory. */
class Edges {
  readonly #mask: number
  readonly #from: Int32Array
  readonly #code: Uint16Array
  /** 0: the place is free. No edge leads to the root. */
  readonly #to: Int32Array

  constructor(count: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(4, count * 2)))
    this.#mask = size - 1
    this.#from = new Int32Array(size)
    this.#code = new Uint16Array(size)
    this.#to = new Int32Array(size)
  }

  get(from: number, code: number): number {
    return at(this.#to, this.#place(from, code))
  }

  set(from: number, code: number, to: number): void {
    const place = this.#place(from, code)
    this.#from[place] = from
    this.#code[place] = code
    this.#to[place] = to
  }

  #place(from: number, code: number): number {
    // Two odd constants spread the bits; see D. Knuth, "The Art of Computer Programming", vol. 3, 6.4.
    let place = Math.imul(from, 0x9e3779b1) ^ Math.imul(code + 1, 0x85ebca6b)
    place = (place ^ (place >>> 15)) & this.#mask
    while (at(this.#to, place) !== 0 && (at(this.#from, place) !== from || at(this.#code, place) !== code))
      place = (place + 1) & this.#mask
    return place
  }
}
