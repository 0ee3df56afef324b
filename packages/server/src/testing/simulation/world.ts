import { AsyncLocalStorage } from 'node:async_hooks'
import { Random } from './random.ts'

/** A process of the simulation: a server or a child. What it began ends with it. */
export class Process {
  readonly name: string
  readonly world: World
  alive = true
  /** Until then nothing of it happens: the machine under it stands still. */
  frozenUntilMs = 0
  /** How far its clock is from that of the database. */
  clockOffsetMs = 0
  readonly #onEnd = new Set<() => void>()

  constructor(world: World, name: string) {
    this.world = world
    this.name = name
  }

  /** Returns a function that removes the listener. */
  onEnd(listener: () => void): () => void {
    this.#onEnd.add(listener)
    return () => this.#onEnd.delete(listener)
  }

  end(why: string): void {
    if (!this.alive) return
    this.alive = false
    this.world.say(this.name, `ENDS: ${why}`)
    for (const listener of [...this.#onEnd]) listener()
  }

  /** Runs `work` as code of this process. */
  run<T>(work: () => T): T {
    return current.run(this, work)
  }
}

const current = new AsyncLocalStorage<Process | undefined>()

/** Whose code runs; undefined outside of the simulation. */
export const currentProcess = (): Process | undefined => current.getStore()

export interface WorldEvent {
  atMs: number
  /** Of two events of one moment the one that was planned first comes first. */
  order: number
  owner: Process | null
  what: string
  happen(): void | Promise<void>
  cancelled: boolean
}

/** A moment far from every edge of calendars; virtual time begins here. */
const BEGIN_MS = Date.UTC(2030, 0, 15, 9, 0, 0)
const TRACE_LINES_MAX = 200_000

const turn = setImmediate

/**
 * Virtual time and everything that is going to happen in it. One event at a time, each until all code that it woke has
 * nothing left to do; then the next. What the events are and when they come is decided by the seed alone.
 */
export class World {
  readonly random: Random
  readonly trace: string[] = []
  nowMs = BEGIN_MS
  /** What breaks the rules, as it is seen. The first one ends the run. */
  readonly violations: string[] = []
  events = 0
  #queue: WorldEvent[] = []
  #order = 0

  constructor(seed: number) {
    this.random = new Random(seed)
  }

  get sinceBeginMs(): number {
    return this.nowMs - BEGIN_MS
  }

  say(who: string, what: string): void {
    if (this.trace.length < TRACE_LINES_MAX)
      this.trace.push(`${(this.sinceBeginMs / 1000).toFixed(4).padStart(9)} ${who.padEnd(6)} ${what}`)
  }

  violation(what: string): void {
    this.say('RULE', `BROKEN: ${what}`)
    this.violations.push(what)
  }

  plan(owner: Process | null, delayMs: number, what: string, happen: () => void | Promise<void>): WorldEvent {
    const event: WorldEvent = {
      atMs: this.nowMs + Math.max(0, delayMs),
      order: this.#order++,
      owner,
      what,
      happen,
      cancelled: false,
    }
    this.#push(event)
    return event
  }

  /** Lets the next event happen; false when nothing is going to. */
  async step(beforeEvent: (event: WorldEvent) => void): Promise<boolean> {
    const event = this.#pop()
    if (!event) return false
    if (!this.#mayHappen(event)) return true
    this.nowMs = Math.max(this.nowMs, event.atMs)
    this.events++
    beforeEvent(event)
    if (!this.#mayHappen(event)) return true
    if (event.owner) event.owner.run(() => event.happen())
    else await event.happen()
    // All promises that it settled are followed to their end before anything else happens.
    await new Promise((resolve) => turn(resolve))
    return true
  }

  /** What a process that has ended had planned never happens; of one that stands still it comes later. */
  #mayHappen(event: WorldEvent): boolean {
    const { owner } = event
    if (event.cancelled) return false
    if (!owner) return true
    if (!owner.alive) return false
    if (owner.frozenUntilMs <= event.atMs) return true
    event.atMs = owner.frozenUntilMs
    this.#push(event)
    return false
  }

  #push(event: WorldEvent): void {
    const heap = this.#queue
    heap.push(event)
    for (let index = heap.length - 1; index > 0; ) {
      const parent = (index - 1) >> 1
      if (!before(heap[index] as WorldEvent, heap[parent] as WorldEvent)) return
      swap(heap, index, parent)
      index = parent
    }
  }

  #pop(): WorldEvent | undefined {
    const heap = this.#queue
    const first = heap[0]
    const last = heap.pop()
    if (!first || !last || first === last) return first
    heap[0] = last
    for (let index = 0; ; ) {
      let least = index
      for (const child of [2 * index + 1, 2 * index + 2])
        if (child < heap.length && before(heap[child] as WorldEvent, heap[least] as WorldEvent)) least = child
      if (least === index) return first
      swap(heap, index, least)
      index = least
    }
  }
}

const before = (a: WorldEvent, b: WorldEvent) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

function swap(heap: WorldEvent[], a: number, b: number): void {
  const held = heap[a] as WorldEvent
  heap[a] = heap[b] as WorldEvent
  heap[b] = held
}
