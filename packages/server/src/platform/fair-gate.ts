import { AppError } from '@bifrost/contract'

export interface FairGateOptions {
  /** How many may be inside at once, all keys together. */
  placesMax: number
  /** How many places one key may hold, even when no other key wants one. */
  perKeyMax: number
  /** How many places one key may take while another key waits or holds one; at least 1. */
  perKeyShare: number
  /** Places that only a key takes that holds none yet. */
  reservedPlaces: number
  /** How many of one key may wait; a further one is refused. */
  waitingPerKeyMax: number
  /** Who has waited this long is refused; null: no one is. */
  waitMs: number | null
  /** A sentence that says why a caller is refused, without what to do. */
  refusal: string
}

interface Waiter {
  enter(): void
  timer: NodeJS.Timeout | null
}

const RETRY_AFTER_SECONDS = 2

/**
 * A limited number of places that customers share; the key says whose share it is (see `shareHolderOf`). No key holds
 * more than a share of them, the last places are kept for those who hold none, and those who wait are served in
 * turns, one customer after the other: how much one of them asks for changes nothing for the others. Who enters must
 * leave.
 */
export class FairGate {
  readonly #options: FairGateOptions
  readonly #held = new Map<string, number>()
  /** In the order in which their turn comes. */
  readonly #waiting = new Map<string, Set<Waiter>>()
  #inside = 0

  constructor(options: FairGateOptions) {
    this.#options = options
  }

  /** Null: entered at once. Otherwise resolves when there is a place, and rejects with `rate_limited`. */
  enter(key: string): Promise<void> | null {
    if (!this.#waiting.has(key) && this.#fits(key)) {
      this.#take(key)
      return null
    }
    return this.#wait(key)
  }

  leave(key: string): void {
    const left = (this.#held.get(key) ?? 0) - 1
    if (left > 0) this.#held.set(key, left)
    else this.#held.delete(key)
    this.#inside--
    if (this.#waiting.size > 0) this.#serve()
  }

  async use<T>(key: string, work: () => Promise<T>): Promise<T> {
    const wait = this.enter(key)
    if (wait) await wait
    try {
      return await work()
    } finally {
      this.leave(key)
    }
  }

  /** Another key holds a place or waits for one. */
  isContended(key: string): boolean {
    const others = (keys: Map<string, unknown>) => keys.size > (keys.has(key) ? 1 : 0)
    return others(this.#held) || others(this.#waiting)
  }

  #fits(key: string): boolean {
    const { placesMax, perKeyMax, perKeyShare, reservedPlaces } = this.#options
    const held = this.#held.get(key) ?? 0
    if (this.#inside >= placesMax || held >= perKeyMax) return false
    if (held === 0) return true
    if (this.#inside >= placesMax - reservedPlaces) return false
    return held < perKeyShare || !this.isContended(key)
  }

  #take(key: string): void {
    this.#held.set(key, (this.#held.get(key) ?? 0) + 1)
    this.#inside++
  }

  #wait(key: string): Promise<void> {
    const queue = this.#waiting.get(key) ?? new Set()
    if (queue.size >= this.#options.waitingPerKeyMax) return Promise.reject(this.#refused())
    this.#waiting.set(key, queue)
    const { waitMs } = this.#options
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        enter: resolve,
        timer: waitMs === null ? null : setTimeout(() => giveUp(), waitMs),
      }
      const giveUp = () => {
        queue.delete(waiter)
        if (queue.size === 0) this.#waiting.delete(key)
        reject(this.#refused())
      }
      queue.add(waiter)
    })
  }

  /** Lets in whose turn it is, as long as a place is free. */
  #serve(): void {
    for (const [key, queue] of [...this.#waiting]) {
      if (this.#inside >= this.#options.placesMax) return
      if (!this.#fits(key)) continue
      const [waiter] = queue
      if (!waiter) continue
      queue.delete(waiter)
      if (waiter.timer) clearTimeout(waiter.timer)
      // The key that was served is the last one of the next turn.
      this.#waiting.delete(key)
      if (queue.size > 0) this.#waiting.set(key, queue)
      this.#take(key)
      waiter.enter()
    }
  }

  #refused(): AppError {
    return new AppError(
      'rate_limited',
      `${this.#options.refusal}; try again in ${RETRY_AFTER_SECONDS} s, with less at once.`,
      { retry_after_seconds: RETRY_AFTER_SECONDS },
    )
  }
}
