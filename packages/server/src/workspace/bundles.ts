import { inSlices } from '../platform/slices.ts'
import { stampOf } from './stamps.ts'
import type { BundleInput } from './types.ts'

/** What is known of a bundle: its code version, and the files that it was made of. */
export interface KnownBundle {
  version: string
  durable: boolean
  inputs: BundleInput[]
}

interface HeldBundle extends KnownBundle {
  /** When its files were last found to be the same. */
  checkedMs: number
  /** How long that counts. */
  freshMs: number
  checking: Promise<boolean> | null
}

/** Under load a bundle's files are looked at this often, not at every run. */
const FRESH_MS = 20
/** So many files are looked at without a break; that takes less than half a millisecond. */
const INPUTS_AT_ONCE = 64
/** Looking at many files is followed by a pause of so many times its duration. */
const REST_FACTOR = 20
/** After so many looks, each overtaken by a save, the bundle counts as changed. */
const LOOKS_MAX = 5

/** The bundles of one owner, and whether they are still what their files say. */
export class Bundles {
  readonly #held = new Map<string, HeldBundle>()
  /** When something was saved that may be part of them. */
  readonly #doubtedMs: () => number
  /** The bundles of many files are looked at one after the other: they are their owner's own, and so is the wait. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(doubtedMs: () => number) {
    this.#doubtedMs = doubtedMs
  }

  /** `checkedMs`: when its files were what it is made of. */
  set(
    path: string,
    { version, durable, inputs }: KnownBundle,
    checkedMs = Number.NEGATIVE_INFINITY,
  ): KnownBundle {
    const held = { version, durable, inputs, checkedMs, freshMs: FRESH_MS, checking: null }
    this.#held.set(path, held)
    return held
  }

  delete(path: string): void {
    this.#held.delete(path)
  }

  clear(): void {
    this.#held.clear()
  }

  paths(): string[] {
    return [...this.#held.keys()]
  }

  stored(): Record<string, KnownBundle> {
    return Object.fromEntries(
      [...this.#held].map(([path, { version, durable, inputs }]) => [path, { version, durable, inputs }]),
    )
  }

  /** The bundle, unless one of its files has changed since it was made. Mostly at once: each run asks for it. */
  fresh(path: string): KnownBundle | null | Promise<KnownBundle | null> {
    const held = this.#held.get(path)
    if (!held) return null
    const now = performance.now()
    if (this.#isFresh(held, now)) return held
    if (held.inputs.length > INPUTS_AT_ONCE) return this.#checked(held, now)
    if (!held.inputs.every(isSame)) return null
    held.checkedMs = now
    return held
  }

  #isFresh(held: HeldBundle, now: number): boolean {
    return now - held.checkedMs < held.freshMs && held.checkedMs >= this.#doubtedMs()
  }

  async #checked(held: HeldBundle, askedMs: number): Promise<KnownBundle | null> {
    // The look that is under way may have begun before the save that this run comes after.
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      if (this.#isFresh(held, askedMs)) return held
      held.checking ??= this.#check(held).finally(() => {
        held.checking = null
      })
      if (!(await held.checking)) return null
    }
    return null
  }

  #check(held: HeldBundle): Promise<boolean> {
    const check = this.#turn.then(async () => {
      const began = performance.now()
      const slices = inSlices()
      for (const input of held.inputs) {
        if (!isSame(input)) return false
        await slices.pause()
      }
      held.checkedMs = began
      held.freshMs = Math.max(FRESH_MS, (performance.now() - began) * REST_FACTOR)
      return true
    })
    this.#turn = check
    return check
  }
}

const isSame = ({ path, size, mtimeMs }: BundleInput): boolean =>
  stampOf(path) === (size < 0 ? null : `${size}-${mtimeMs}`)
