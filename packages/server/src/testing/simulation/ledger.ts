import type { World } from './world.ts'

interface Claim {
  server: string
  atMs: number
}

/**
 * What really happened, written down outside of everything under test: which bodies ran and under which claim, what the
 * code was given, what clients were answered. It knows nothing of how the engine works.
 */
export class Ledger {
  readonly #world: World
  readonly #names = new Map<string, string>()
  /** By execution and claim. */
  readonly claims = new Map<string, Claim>()
  readonly #lastClaim = new Map<string, number>()
  readonly #lastOf = new Map<string, number>()
  /** When a step's output was committed, by execution and key. */
  readonly #committedMs = new Map<string, number>()
  readonly #values = new Map<string, string>()
  /** What the code of a run learned, in its order, by execution and attempt. */
  readonly #learned = new Map<string, string[]>()
  readonly #begun = new Map<string, string>()
  readonly accepted = new Map<string, { name: string; org: string }>()
  readonly byIdempotencyKey = new Map<string, Set<string>>()
  /** Answers that were accepted for a step that suspended itself, by execution and step. */
  readonly answers = new Map<string, string[]>()
  readonly counts = { bodies: 0, replays: 0, claims: 0 }
  #next = 1

  constructor(world: World) {
    this.#world = world
  }

  /** A short name for an id, the same at every repetition. */
  nameOf(id: string): string {
    const known = this.#names.get(id)
    if (known) return known
    const name = `e${this.#names.size + 1}`
    this.#names.set(id, name)
    return name
  }

  /** Text in which ids have their short names. */
  short(text: string): string {
    return text.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}/g, (id) =>
      this.nameOf(id),
    )
  }

  claimed(executionId: string, claim: number, server: string): void {
    const key = `${executionId}/${claim}`
    this.#world.say(server, `has claim ${claim} of ${this.nameOf(executionId)}`)
    this.counts.claims++
    if (this.claims.has(key))
      this.#world.violation(`claim ${claim} of ${this.nameOf(executionId)} was given out twice`)
    this.claims.set(key, { server, atMs: this.#world.nowMs })
    this.#lastClaim.set(executionId, claim)
    this.#lastOf.set(`${server}/${executionId}`, claim)
  }

  /** The claim under which this server has the run. */
  claimOf(server: string, executionId: string): number {
    return this.#lastOf.get(`${server}/${executionId}`) ?? 0
  }

  lastClaim(executionId: string): number {
    return this.#lastClaim.get(executionId) ?? 0
  }

  /** The code of a run begins. One that has no steps may begin once per attempt. */
  codeBegins(
    executionId: string,
    { attempt, claim }: { attempt: number; claim: number },
    durable: boolean,
  ): void {
    const name = this.nameOf(executionId)
    if (!this.claims.has(`${executionId}/${claim}`))
      this.#world.violation(`${name} runs under claim ${claim}, which no worker was given`)
    const key = `${executionId}/${attempt}`
    if (!durable && this.#begun.has(key))
      this.#world.violation(`the code of ${name}, which has no steps, began twice in attempt ${attempt}`)
    this.#begun.set(key, `${claim}`)
  }

  hasBegun(executionId: string): boolean {
    return [...this.#begun.keys()].some((key) => key.startsWith(`${executionId}/`))
  }

  /** The body of a step begins; answers the value that it must return. */
  bodyBegins(place: string, executionId: string, claim: number): string {
    this.counts.bodies++
    const committedMs = this.#committedMs.get(place)
    const claimedMs = this.claims.get(`${executionId}/${claim}`)?.atMs ?? 0
    if (committedMs !== undefined && committedMs < claimedMs)
      this.#world.violation(
        `${this.short(place)} ran again under claim ${claim}: it was finished and stored before that claim was made`,
      )
    return `${place}=${this.#next++}`
  }

  committed(place: string): void {
    if (!this.#committedMs.has(place)) this.#committedMs.set(place, this.#world.nowMs)
  }

  /** The code of a run was given something by a durable call. */
  learns(
    executionId: string,
    { attempt, claim }: { attempt: number; claim: number },
    value: string,
    at: number,
  ): void {
    const name = this.nameOf(executionId)
    // An output is for ever; an error is that of the attempt, since the next one tries the step again.
    const place = /[0-9a-f-]{36}\/[^=]+(?==)/.exec(value)?.[0]
    if (place !== undefined) {
      const key = value.startsWith('error ') ? `${place} in attempt ${attempt}` : place
      const before = this.#values.get(key)
      if (!place.startsWith(executionId))
        this.#world.violation(`${name} was given what belongs to another run: ${this.short(value)}`)
      else if (before === undefined) this.#values.set(key, value)
      else if (before !== value)
        this.#world.violation(
          `${this.short(place)} gave ${this.short(before)} first and ${this.short(value)} under claim ${claim}`,
        )
    }
    const learned = this.#learned.get(`${executionId}/${attempt}`) ?? []
    this.#learned.set(`${executionId}/${attempt}`, learned)
    const known = learned[at]
    if (known === undefined) learned[at] = value
    else if (known === value) this.counts.replays++
    else
      this.#world.violation(
        `${name} learned ${this.short(known)} as number ${at} at first, and ${this.short(value)} under claim ${claim}`,
      )
  }

  clientAccepted(executionId: string, name: string, org: string, key: string | null): void {
    this.accepted.set(executionId, { name, org })
    if (key === null) return
    const ids = this.byIdempotencyKey.get(key) ?? new Set()
    this.byIdempotencyKey.set(key, ids.add(executionId))
    if (ids.size > 1) this.#world.violation(`the idempotency key ${key} started ${ids.size} runs`)
  }
}
