import type { Statement } from './backends.ts'
import type { Random } from './random.ts'
import type { StatementFate } from './simulated-database.ts'
import type { Process, World, WorldEvent } from './world.ts'

/** What may go wrong, and how often. */
export interface LuckOptions {
  /** Per event of a process. */
  crash: number
  freeze: number
  /** Per statement. */
  refused: number
  unheard: number
  slow: number
  lostNotifications: number
  clockSkewMs: number
}

/** Bad luck, while there is any. */
export class Luck {
  readonly #world: World
  readonly #random: Random
  readonly #options: LuckOptions
  /** From some moment on all goes well, to see whether everything comes to its end. */
  bad = true

  constructor(world: World, options: LuckOptions) {
    this.#world = world
    this.#random = world.random
    this.#options = options
  }

  static options(random: Random): LuckOptions {
    const often = (probability: number, share = 0.5) =>
      random.chance(share) ? probability * random.next() : 0
    return {
      crash: often(0.004),
      freeze: often(0.001),
      refused: often(0.02),
      unheard: often(0.02),
      slow: often(0.05),
      lostNotifications: random.pick([0, 0.1, 0.5, 1]),
      clockSkewMs: random.chance(0.2) ? 2000 : 0,
    }
  }

  #chance(of: number): boolean {
    return this.bad && of > 0 && this.#random.chance(of)
  }

  /** A moment on the way, seldom a long one. */
  #delayMs(): number {
    if (this.#chance(this.#options.slow))
      return this.#random.chance(0.2) ? this.#random.between(1000, 14_000) : this.#random.between(5, 500)
    return this.#random.between(0.05, 1.5)
  }

  statement(_statement: Statement): StatementFate {
    const fault = this.#chance(this.#options.refused)
      ? 'refused'
      : this.#chance(this.#options.unheard)
        ? 'unheard'
        : null
    return { thereMs: this.#delayMs(), backMs: this.#delayMs(), fault }
  }

  pipeMs(): number {
    return this.#delayMs()
  }

  hearsItself(): boolean {
    return !this.#chance(this.#options.lostNotifications)
  }

  /** When a notification comes: not at all, once, or twice. */
  notification(): number[] {
    if (this.#chance(this.#options.lostNotifications)) return []
    return this.bad && this.#random.chance(0.1) ? [this.#delayMs(), this.#delayMs()] : [this.#delayMs()]
  }

  clockOffsetMs(): number {
    return this.bad && this.#options.clockSkewMs > 0
      ? this.#random.between(-this.#options.clockSkewMs, this.#options.clockSkewMs)
      : 0
  }

  /** Before something happens in a process, that process may end or stand still. */
  strike({ owner, what }: WorldEvent): void {
    if (!owner || !this.bad) return
    if (this.#chance(this.#options.crash)) owner.end(`it dies before: ${what}`)
    else if (this.#chance(this.#options.freeze)) this.#freeze(owner)
  }

  #freeze(owner: Process): void {
    const ms = this.#random.chance(0.5) ? this.#random.between(9000, 25_000) : this.#random.between(50, 3000)
    this.#world.say(owner.name, `STANDS STILL for ${Math.round(ms)} ms`)
    owner.frozenUntilMs = this.#world.nowMs + ms
  }
}
