import type { StepRoi } from '@bifrost/contract'
import type { Roi } from '../types.ts'

/**
 * What a run saves, as its code adjusts it. A step is not run again when the run comes back after a wait, so what it added
 * is kept with the step; the rest of the code runs again, and adds the same again.
 */
export class RoiCount {
  readonly roi: Roi
  readonly #now: Roi

  /** `addInStep`: the code of a step has changed it by so much. */
  constructor({ timeSaved, value }: Roi, addInStep: (added: StepRoi) => void) {
    const now = { timeSaved, value }
    this.#now = now
    // Not an object with setters: each run would have one of its own shape, which costs it more than the rest of its start.
    this.roi = new Proxy(now, {
      set: (_, name, value: unknown) => {
        if (name !== 'timeSaved' && name !== 'value') return false
        if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
          throw new TypeError(
            `context.roi.${name} must be a number that is not negative; it is ${typeof value === 'string' ? JSON.stringify(value) : String(value)}.`,
          )
        addInStep({ timeSaved: 0, value: 0, [name]: value - now[name] })
        now[name] = value
        return true
      },
    })
  }

  add({ timeSaved, value }: StepRoi): void {
    this.#now.timeSaved = Math.max(0, this.#now.timeSaved + timeSaved)
    this.#now.value = Math.max(0, this.#now.value + value)
  }
}
