/** Of so many places the last ones go only to customers that hold none: one in nine. */
const RESERVE_PART = 9

/**
 * Who may take how many of the places that customers share (see `shareHolderOf`). One may take a further place as long as it holds fewer
 * than are free beyond the reserve; one that holds none may take any free place. So one organization alone gets four
 * ninths, a second one half of what that leaves, and so on: however many hold what they can, a place is left for the next.
 */
export class FairShares {
  readonly #placesMax: () => number
  readonly #held = new Map<string, number>()
  #taken = 0

  constructor(placesMax: () => number) {
    this.#placesMax = placesMax
  }

  /** Places that are held. */
  get taken(): number {
    return this.#taken
  }

  /** Customers that hold places. */
  get holders(): Iterable<string> {
    return this.#held.keys()
  }

  get reserve(): number {
    return Math.floor(this.#placesMax() / RESERVE_PART)
  }

  /** The most that one ever holds: what it has when it is alone. */
  get mostOfOne(): number {
    return Math.max(1, Math.ceil((this.#placesMax() - this.reserve) / 2))
  }

  held(holder: string): number {
    return this.#held.get(holder) ?? 0
  }

  take(holder: string): void {
    this.#taken++
    this.#held.set(holder, this.held(holder) + 1)
  }

  leave(holder: string): void {
    const left = this.held(holder) - 1
    this.#taken--
    if (left > 0) this.#held.set(holder, left)
    else this.#held.delete(holder)
  }

  /** How many more places it may take, if no other takes one meanwhile; `aside`: free places that do not count. */
  left(holder: string, aside = 0): number {
    const free = this.#placesMax() - this.#taken - aside
    if (free <= 0) return 0
    const held = this.held(holder)
    // With each place it takes it holds one more, and one less is free.
    const share = Math.max(0, Math.ceil((free - this.reserve - held) / 2))
    return held === 0 ? Math.max(1, share) : share
  }

  mayTake(holder: string, aside = 0): boolean {
    return this.left(holder, aside) > 0
  }
}
