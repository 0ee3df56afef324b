import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, limits, type Route } from '@bifrost/contract'
import { workBegan } from '../event-loop-watchdog.ts'
import { FairGate } from '../fair-gate.ts'
import { LoopShare } from '../loop-share.ts'
import { type OrgScope, shareHolderOf } from '../scope.ts'

/** Counts what is under way, by who does it; refuses what would be too much. */
class Counters {
  readonly #counts = new Map<string, number>()

  /** False: it does not fit, and nothing was counted. */
  add(key: string, amount: number, max: number): boolean {
    const count = (this.#counts.get(key) ?? 0) + amount
    if (count > max) return false
    this.#counts.set(key, count)
    return true
  }

  remove(key: string, amount: number): void {
    const count = (this.#counts.get(key) ?? 0) - amount
    if (count > 0) this.#counts.set(key, count)
    else this.#counts.delete(key)
  }
}

const RETRY_AFTER_SECONDS = 2
/** Bodies and answers up to here are not counted. */
const UNCOUNTED_BYTES = 64 * 1024

/** An answer that is under way. */
interface Ending {
  once(event: 'close', listener: () => void): unknown
}

/** An answer whose connection can be given up. */
interface Leaving extends Ending {
  setTimeout(ms: number, listener: () => void): unknown
  destroy(): unknown
}

const tooMuch = (what: string, retryAfter = RETRY_AFTER_SECONDS) =>
  new AppError('rate_limited', `${what}; try again in ${retryAfter} s, with less at once.`, {
    retry_after_seconds: retryAfter,
  })

/** Whose share it is: the customer's, and of a request without a sign-in the address's. */
const keyOf = (scope: OrgScope | null, address: string): string => (scope && shareHolderOf(scope)) ?? address

/** Counts an amount until the answer has left, or its connection is gone; refuses what would be too much. */
function holdUntilClosed(
  counters: Counters,
  key: string,
  amount: number,
  max: number,
  response: Ending,
  refusal: string,
): void {
  if (!counters.add(key, amount, max)) throw tooMuch(refusal)
  response.once('close', () => counters.remove(key, amount))
}

/**
 * What one customer, with all organizations below it, may have under way at the edge, so that none of them takes the
 * process from the others: requests at work (more of them wait, then they are refused) and the event loop's time for
 * them, requests that only wait for a run's end, files that come and go, streams, and bytes of bodies and answers in memory.
 */
export class RequestShares {
  readonly #work = new FairGate({
    // Together they are limited by what they use; here no request delays another.
    placesMax: Number.MAX_SAFE_INTEGER,
    perKeyMax: limits.requestsAtWorkMax,
    perKeyShare: limits.requestsAtWorkMax,
    reservedPlaces: 0,
    waitingPerKeyMax: limits.requestsWaitingMax,
    waitMs: limits.requestWaitMs,
    refusal: 'Your organization has too many open requests',
  })
  readonly #loop = new LoopShare()
  readonly #open = new Counters()
  readonly #bodies = new Counters()
  readonly #answers = new Counters()

  /** Handles a request within the share of who sent it. */
  async handle<T>(
    {
      route,
      scope,
      address,
      response,
    }: { route: Route; scope: OrgScope | null; address: string; response: Ending },
    work: () => Promise<T>,
  ): Promise<T> {
    const key = keyOf(scope, address)
    this.#loop.came(key)
    if (route.transport === 'events') return this.#stream(key, scope?.userId ?? address, work)
    if (route.transport) {
      // The handler has done its part when the file begins to leave.
      const refusal = 'Too many files are being transferred'
      holdUntilClosed(this.#open, `files/${key}`, 1, limits.transfersAtOnceMax, response, refusal)
      return work()
    }
    if (route.waits)
      return this.#counted(
        `waits/${key}`,
        limits.requestsOpenMax,
        'Too many requests are waiting for runs to end',
        work,
      )
    const wait = this.#work.enter(key)
    if (wait) await wait
    try {
      const pauseMs = this.#loop.isContended(key) ? this.#loop.pauseMs(key) : 0
      if (pauseMs > 0) await sleep(pauseMs)
      const began = workBegan()
      const answer = work()
      this.#loop.spend(key, workBegan() - began)
      return await answer
    } finally {
      this.#work.leave(key)
    }
  }

  /** Notes how long the event loop was at work on something of a request beside its handler, such as the text of its answer. */
  worked(scope: OrgScope | null, address: string, began: number): void {
    this.#loop.spend(keyOf(scope, address), workBegan() - began)
  }

  /** Counts a body before it is read, until its request is answered. Small ones cost nothing. */
  body(scope: OrgScope | null, address: string, bytes: number, response: Ending): void {
    if (bytes <= UNCOUNTED_BYTES) return
    const refusal = 'Your organization is sending too many large requests at once'
    holdUntilClosed(this.#bodies, keyOf(scope, address), bytes, limits.bodyBytesAtOnceMax, response, refusal)
  }

  /**
   * Counts an answer until it has left: one that is not read stays in memory. One of which nothing is taken for long is
   * given up.
   */
  answer(scope: OrgScope | null, address: string, bytes: number, response: Leaving): void {
    if (bytes <= UNCOUNTED_BYTES) return
    const refusal = 'Your organization has too many large answers that are not being read'
    holdUntilClosed(
      this.#answers,
      keyOf(scope, address),
      bytes,
      limits.answerBytesAtOnceMax,
      response,
      refusal,
    )
    response.setTimeout(limits.answerIdleTimeoutMs, () => response.destroy())
  }

  #stream<T>(key: string, person: string, work: () => Promise<T>): Promise<T> {
    return this.#counted(
      `streams/${key}`,
      limits.streamsPerOrganizationMax,
      'Your organization has too many streams open',
      () =>
        this.#counted(
          `streams/${key}/${person}`,
          limits.streamsPerPersonMax,
          'You have too many streams open',
          work,
        ),
    )
  }

  async #counted<T>(key: string, max: number, refusal: string, work: () => Promise<T>): Promise<T> {
    if (!this.#open.add(key, 1, max)) throw tooMuch(refusal)
    try {
      return await work()
    } finally {
      this.#open.remove(key, 1)
    }
  }
}
