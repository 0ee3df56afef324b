import { AsyncLocalStorage } from 'node:async_hooks'
import { type JournalEntry, limits, type StepKind, type StepPlace } from '@bifrost/contract'
import { NonDeterministicWorkflowError } from './nondeterministic.ts'
import { platformTimers } from './platform-timers.ts'

/** A part of a run whose durable calls are numbered on their own: an item of forEach, an arm of parallel. */
interface Branch {
  path: string
  position: number
  occurrences: Map<string, number>
}

/** With the longest name of a step below it, it is a key that the journal takes. */
const BRANCH_LENGTH_MAX = 790

const newBranch = (path: string): Branch => ({ path, position: 0, occurrences: new Map() })

interface Delivery {
  order: number
  settle(): void
}

/**
 * What a run has done, and in which order its code learned of it.
 *
 * Replay is right only if the code goes the same way again. So outcomes are handed over one at a time, in the recorded
 * order, and the code may run until it has nothing left to do before it learns the next one. The first time goes by the
 * same rule; otherwise two steps that end together would continue in an order that replay cannot know.
 */
export class Journal {
  readonly #entries: Map<string, JournalEntry>
  readonly #byPosition = new Map<string, string>()
  readonly #branches = new AsyncLocalStorage<Branch>()
  readonly #root = newBranch('')
  readonly #rejoined = new Set<string>()
  #deliveries: Delivery[] = []
  #pumping = false
  #nextOrder: number
  /** The last of what is known at the start; until the code has learned it, it does what it did before. */
  readonly #knownUntil: number
  #learnedUntil = 0
  #count = 0
  /** Orders of records on their way to the server: nothing that was recorded later is handed over before them. */
  readonly #underWay = new Set<number>()

  constructor(entries: readonly JournalEntry[]) {
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]))
    for (const entry of entries)
      if (entry.position >= 0) this.#byPosition.set(`${entry.branch}@${entry.position}`, entry.key)
    this.#knownUntil = entries.reduce((max, entry) => Math.max(max, entry.order ?? 0), 0)
    this.#nextOrder = this.#knownUntil + 1
  }

  /** The code goes a way that it has gone before: what it says, it has said. */
  get isReplaying(): boolean {
    return this.#learnedUntil < this.#knownUntil
  }

  /** Outcomes that wait for their turn. */
  get deliveries(): number {
    return this.#deliveries.length
  }

  /** Gives the next durable call of this branch its place. Throws when the journal has another one there. */
  next(kind: StepKind, name: string): { place: StepPlace; known: JournalEntry | null } {
    if (++this.#count > limits.stepsPerRunMax)
      throw new RangeError(`A run may have ${limits.stepsPerRunMax} steps; split it into several workflows.`)
    const branch = this.#branches.getStore() ?? this.#root
    const occurrence = (branch.occurrences.get(name) ?? 0) + 1
    branch.occurrences.set(name, occurrence)
    // What was done, and is undone, may be more than at the last time: a record that had been on its way is stored now.
    const position = kind === 'undo' ? -1 : branch.position++
    const key = `${branch.path}${name}#${occurrence}`
    const place = { key, name, occurrence, branch: branch.path, position, kind }
    const recorded = position < 0 ? undefined : this.#byPosition.get(`${branch.path}@${position}`)
    if (recorded !== undefined && recorded !== key) throw new NonDeterministicWorkflowError(recorded, key)
    const known = this.#entries.get(key) ?? null
    if (known && known.kind !== kind)
      throw new NonDeterministicWorkflowError(`${key} (${known.kind})`, `${key} (${kind})`)
    return { place, known }
  }

  /** Whether the journal says that the run waits at this place. Said once: what waits there again is a new wait. */
  takeWaiting(key: string): boolean {
    const status = this.#entries.get(key)?.status
    if (status !== 'waiting' && status !== 'retrying') return false
    const isFirst = !this.#rejoined.has(key)
    this.#rejoined.add(key)
    return isFirst
  }

  /** Runs `work` in a branch of the present one. */
  inBranch<T>(name: string, work: () => T): T {
    const parent = this.#branches.getStore() ?? this.#root
    const path = `${parent.path}${name}/`
    // What is longer could not be stored, and would end all runs of the process.
    if (path.length > BRANCH_LENGTH_MAX)
      throw new RangeError(
        `The names of lists and branches around a step may have ${BRANCH_LENGTH_MAX} characters together: ${path.slice(0, 200)}… Shorten names and keys.`,
      )
    return this.#branches.run(newBranch(path), work)
  }

  /** The order of an outcome that is new. It counts as under way until it is delivered. */
  takeOrder(): number {
    const order = this.#nextOrder++
    this.#underWay.add(order)
    return order
  }

  /** The record was refused: no delivery waits for this order any more. */
  release(order: number): void {
    this.#underWay.delete(order)
    this.#pump()
  }

  /** Hands an outcome to the code when its turn has come. */
  deliver(order: number, settle: () => void): void {
    this.#underWay.delete(order)
    this.#deliveries.push({ order, settle })
    this.#pump()
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    // A turn later, when the code has done all it could with what it learned before.
    platformTimers.setImmediate(() => {
      this.#pumping = false
      const next = this.#takeFirst()
      if (!next) return
      this.#learnedUntil = Math.max(this.#learnedUntil, next.order)
      next.settle()
      if (this.#deliveries.length > 0) this.#pump()
    })
  }

  #takeFirst(): Delivery | null {
    let first = 0
    for (let index = 1; index < this.#deliveries.length; index++)
      if ((this.#deliveries[index] as Delivery).order < (this.#deliveries[first] as Delivery).order)
        first = index
    const candidate = this.#deliveries[first]
    if (!candidate) return null
    for (const order of this.#underWay) if (order < candidate.order) return null
    this.#deliveries.splice(first, 1)
    return candidate
  }
}
