/** The longest pause between two turns. */
const REST_MS_MAX = 1000
/** A turn is followed by so many times what it cost: the event loop has most of its time for other things. */
const REST_FACTOR = 9

/**
 * Work that many ask for and one turn does for all of them. Each caller's turn begins after the call, so it sees what
 * was there before; and there is a pause between turns, so that a flood of calls is no flood of work.
 */
export class CoalescedWork {
  /** Answers how many milliseconds it kept this process busy. */
  readonly #work: () => Promise<number>
  #current: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null
  #beganMs: number | null = null
  #mayBeginMs = 0
  #endRest = () => {}
  #stopped = false

  constructor(work: () => Promise<number>) {
    this.#work = work
  }

  /** For how long the present turn has been at work; 0: none is. */
  get busyMs(): number {
    return this.#beganMs === null ? 0 : performance.now() - this.#beganMs
  }

  run(): Promise<void> {
    this.#next ??= this.#afterCurrent()
    return this.#next
  }

  /** Waits for a turn, unless the current one has taken longer than this. False: it did not wait. */
  async within(ms: number): Promise<boolean> {
    const left = ms - this.busyMs
    const turn = this.run()
    if (left === Number.POSITIVE_INFINITY) {
      await turn
      return true
    }
    if (left <= 0) {
      turn.catch(() => {})
      return false
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, left, false)
    })
    try {
      return await Promise.race([turn.then(() => true), late])
    } finally {
      clearTimeout(timer)
    }
  }

  /** No further turn begins; waits for the present one. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#endRest()
    await this.#next?.catch(() => {})
    await this.#current.catch(() => {})
  }

  async #afterCurrent(): Promise<void> {
    await this.#current.catch(() => {})
    const restMs = this.#mayBeginMs - performance.now()
    if (restMs > 0 && !this.#stopped)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, restMs)
        this.#endRest = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    this.#current = this.#next ?? this.#current
    this.#next = null
    if (this.#stopped) return
    this.#beganMs = performance.now()
    let costMs = 0
    try {
      costMs = await this.#work()
    } finally {
      this.#beganMs = null
      this.#mayBeginMs = performance.now() + Math.min(REST_MS_MAX, costMs * REST_FACTOR)
    }
  }
}
