/** Which states may follow which. */
export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>

/**
 * One named state at a time. A change that the table does not have is a mistake in this code, not in what a child or an
 * author sent: it throws, and nothing has changed.
 */
export class StateMachine<State extends string> {
  readonly #what: string
  readonly #transitions: Transitions<State>
  #state: State

  constructor(what: string, transitions: Transitions<State>, initial: State) {
    this.#what = what
    this.#transitions = transitions
    this.#state = initial
  }

  get state(): State {
    return this.#state
  }

  is(...states: readonly State[]): boolean {
    return states.includes(this.#state)
  }

  become(next: State): void {
    if (!this.#transitions[this.#state].includes(next))
      throw new Error(`${this.#what} cannot become ${next}: it is ${this.#state}.`)
    this.#state = next
  }
}
