import { StateMachine } from './state-machine.ts'
import { pulseStates } from './states.ts'

/** A child that has not turned for so long is no place for further runs, also when it turns again. */
const HELD_MS = 500

export class Pulse {
  readonly #state = new StateMachine('The pulse of a child', pulseStates, 'answering')
  #askedMs = 0
  /** The run that said, from inside a long synchronous stretch, that it holds the child. */
  busyRun: number | null = null
  /** Something in the child does not yield: until its runs have ended, others go elsewhere. */
  isHeld = false

  /** It has not answered for a while: the child gets no new work. */
  get isBlocked(): boolean {
    return this.#state.is('blocked')
  }

  /** True: the child is to be asked now. One that still owes an answer is not asked again. */
  ask(): boolean {
    if (this.#state.is('answering')) {
      this.#state.become('asked')
      this.#askedMs = performance.now()
      return true
    }
    if (this.#state.is('asked')) this.#state.become('blocked')
    if (performance.now() - this.#askedMs > HELD_MS) this.isHeld = true
    return false
  }

  /** A child that speaks for itself may answer what it was not asked. */
  answered(): void {
    if (!this.#state.is('answering')) this.#state.become('answering')
    this.busyRun = null
  }

  busy(run: number): void {
    this.busyRun = run
    this.isHeld = true
  }

  /** The run has left the child; `isLast`: no other is in it. */
  left(run: number, isLast: boolean): void {
    if (isLast) this.isHeld = false
    if (this.busyRun === run) this.busyRun = null
  }
}
