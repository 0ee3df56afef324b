import { limits } from '@bifrost/contract'

/** How much of the event loop's time one customer may take in the long run: for messages of children, and for requests. */
const SHARE = 0.6

/** So long after another customer came, a customer who takes much of the time has to leave them some. */
const CONTENDED_MS = 10_000

interface Spent {
  ms: number
  atMs: number
}

/**
 * The event loop is one for all. Whose messages or requests took a while have to wait for a moment, so that everybody else
 * comes in between; what a child writes meanwhile waits in its pipe, and then the child waits.
 */
export class LoopShare {
  readonly #spent = new Map<string, Spent>()
  readonly #nowMs: () => number
  /** Who came last, and who came last of all the others. */
  #last = { key: '', atMs: Number.NEGATIVE_INFINITY }
  #other = { key: '', atMs: Number.NEGATIVE_INFINITY }

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** Notes work of a key; answers for how long it has to pause, 0 as a rule. */
  spend(key: string, ms: number): number {
    const nowMs = this.#nowMs()
    const spent = this.#spent.get(key)
    const before = spent ? Math.max(0, spent.ms - (nowMs - spent.atMs) * SHARE) : 0
    const now = before + ms
    if (spent) {
      spent.ms = now
      spent.atMs = nowMs
    } else {
      if (this.#spent.size >= limits.loopSharesMax) this.#forgetOld(nowMs)
      this.#spent.set(key, { ms: now, atMs: nowMs })
    }
    return pauseFor(now)
  }

  /** Notes that a key has something to do. */
  came(key: string): void {
    const atMs = this.#nowMs()
    if (this.#last.key === key) {
      this.#last.atMs = atMs
      return
    }
    this.#other = this.#last
    this.#last = { key, atMs }
  }

  /** Whether another key came of late: alone, a key may take all of the time. */
  isContended(key: string): boolean {
    const other = this.#last.key === key ? this.#other : this.#last
    return this.#nowMs() - other.atMs < CONTENDED_MS
  }

  /** For how long a key has to pause at this moment. */
  pauseMs(key: string): number {
    const spent = this.#spent.get(key)
    return spent ? pauseFor(spent.ms - (this.#nowMs() - spent.atMs) * SHARE) : 0
  }

  /** Those who have nothing to pause for any more. */
  #forgetOld(nowMs: number): void {
    for (const [key, spent] of this.#spent)
      if (spent.ms <= (nowMs - spent.atMs) * SHARE) this.#spent.delete(key)
  }
}

const pauseFor = (spentMs: number): number =>
  spentMs > limits.loopBurstMs ? (spentMs - limits.loopBurstMs) / SHARE : 0
