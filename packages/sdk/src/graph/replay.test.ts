import type { FromChild, JournalEntry } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { type CurrentRun, currentRun } from '../current-run.ts'
import { FatalError, graph } from '../index.ts'
import { DurableCalls } from '../runtime/durable-calls.ts'

// Graphs made by chance, whose processes die at any message: whatever mixture of lists, branches, decisions and sleeps
// it is, no finished step runs again, and a replay gives what the run gave.

/** More by hand: `GRAPHS=2000 npx vitest run --project unit packages/sdk/src/graph/replay.test.ts --testTimeout 600000`. */
const GRAPHS = Number(process.env['GRAPHS'] ?? 50)

type Chance = (below: number) => number
/** The same numbers for the same seed. */
function chanceOf(seed: number): Chance {
  let state = seed * 2_654_435_761
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** What is stored, and what dies with a process. */
class Life {
  readonly entries = new Map<string, JournalEntry>()
  /** Bodies that ran although their step was stored as completed. */
  readonly again: string[] = []
  ran = 0
  readonly chance: Chance

  constructor(seed: number) {
    this.chance = chanceOf(seed)
  }

  /** A step's body: a few turns, then its work. */
  async work(key: string): Promise<void> {
    this.ran++
    if (this.entries.get(key.replace('run/', ''))?.status === 'completed') this.again.push(key)
    for (let turn = this.chance(4); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
  }

  /** One claim. It dies at the message `dieAt`, which is stored or lost. Null when it died or left to wait. */
  async claim(
    run: (input: unknown) => Promise<unknown>,
    dieAt: number,
  ): Promise<{ result: unknown } | { error: unknown } | null> {
    let messages = 0
    let isOver = false
    const left = Promise.withResolvers<null>()
    const leave = () => {
      isOver = true
      left.resolve(null)
    }
    const send = (message: FromChild) => {
      if (isOver) return
      const dies = ++messages === dieAt
      if (!dies || this.chance(2) === 0) this.#store(message)
      if (dies) return leave()
      if ('record' in message)
        setImmediate(() => {
          if (!isOver) durable.committed([message.record])
        })
      if (message.type === 'wait' && this.chance(2) === 0)
        setTimeout(() => {
          const entry = this.entries.get(message.key)
          if (!isOver && entry) void durable.resolved({ ...entry, status: 'completed' })
        }, 1)
    }
    const durable = new DurableCalls({
      run: 1,
      executionId: 'run',
      isDurable: true,
      signal: new AbortController().signal,
      journal: structuredClone([...this.entries.values()]),
      send,
      hasEnded: () => isOver,
      onNondeterministic: (error) => expect.fail(String(error)),
      onLearned: () => {},
      onQuiet: () => {
        // What it waits for comes while it is suspended.
        for (const [key, entry] of this.entries)
          if (entry.status === 'waiting')
            this.entries.set(key, { ...entry, status: 'completed', order: this.#nextOrder() })
        leave()
      },
    })
    const current = { context: {}, log: () => {}, call: async () => null, durable } as unknown as CurrentRun
    const ended = currentRun.run(current, () =>
      run({}).then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      ),
    )
    const outcome = await Promise.race([ended, left.promise])
    isOver = true
    return outcome
  }

  #nextOrder = () => Math.max(0, ...[...this.entries.values()].map((entry) => entry.order ?? 0)) + 1

  #store(message: FromChild): void {
    if (message.type !== 'step_started' && message.type !== 'step_ended' && message.type !== 'wait') return
    const { key, name, occurrence, branch, position, kind } = message
    const known = this.entries.get(key)
    const entry: JournalEntry = {
      ...{ key, name, occurrence, branch, position, kind },
      ...{ status: 'running', order: null, attempt: 1, attempts: [], output: null, error: null },
      ...{ dueAt: null, resume: null },
      ...known,
    }
    if (message.type === 'step_ended')
      Object.assign(entry, {
        status: message.error ? 'failed' : 'completed',
        order: message.order,
        output: message.output,
        error: message.error,
      })
    else if (message.type === 'wait' && entry.status === 'running') entry.status = 'waiting'
    this.entries.set(key, entry)
  }
}

// The types of a graph that is made at random are of no use.
interface Loose {
  (input: unknown): Promise<unknown>
  step(name: string, body: (ctx: { idempotencyKey: string }) => unknown): Loose
  if(condition: (ctx: never) => unknown, then: (then: Loose) => Loose, otherwise?: (o: Loose) => Loose): Loose
  forEach(
    name: string,
    items: (ctx: never) => unknown[],
    body: (each: Loose) => Loose,
    options: object,
  ): Loose
  parallel(name: string, branches: Record<string, (branch: Loose) => Loose>): Loose
  sleep(seconds: number): Loose
}

/** A graph by chance. Its conditions and lists depend on chance when it runs, too, which is what journals are for. */
function madeGraph(life: Life, chance: Chance, failures: boolean): Loose {
  let names = 0
  const name = (what: string) => `${what}${names++}`
  const grow = (chain: Loose, depth: number): Loose => {
    let grown = chain
    for (let nodes = 1 + chance(3); nodes > 0; nodes--) {
      const kind = depth > 2 ? 0 : chance(7)
      if (kind === 1)
        grown = grown.if(
          () => life.chance(2) === 0,
          (then) => grow(then, depth + 1),
          chance(2) ? (otherwise) => grow(otherwise, depth + 1) : undefined,
        )
      else if (kind === 2 || kind === 3)
        grown = grown.forEach(
          name('each'),
          () => Array.from({ length: life.chance(4) }, () => life.chance(100)),
          (each) => grow(each, depth + 1),
          { concurrency: 1 + chance(3), key: () => `k${life.chance(1e9)}` },
        )
      else if (kind === 4 || kind === 5)
        grown = grown.parallel(
          name('side'),
          Object.fromEntries(
            ['a', 'b', 'c']
              .slice(0, 1 + chance(3))
              .map((branch) => [branch, (part: Loose) => grow(part, depth + 1)]),
          ),
        )
      else if (kind === 6) grown = grown.sleep(60)
      else {
        const fails = failures && chance(8) === 0
        grown = grown.step(name('step'), async ({ idempotencyKey }) => {
          await life.work(idempotencyKey)
          if (fails) throw new FatalError(idempotencyKey)
          return life.chance(1000)
        })
      }
    }
    return grown
  }
  return grow(graph('made') as unknown as Loose, 0)
}

async function live(seed: number): Promise<void> {
  const life = new Life(seed)
  const run = madeGraph(life, chanceOf(seed + 1_000_000), seed % 3 === 0)
  let outcome: Awaited<ReturnType<Life['claim']>> = null
  for (let claims = 0; outcome === null; claims++) {
    if (claims > 500) throw new Error('It does not come to an end.')
    // After a while no process dies any more, so that the run ends.
    outcome = await life.claim(run, claims < 25 ? 1 + life.chance(25) : Number.POSITIVE_INFINITY)
  }
  expect(life.again).toEqual([])
  const { ran } = life
  // Another process, with all that is stored: the same end, and nothing is done for it.
  const replayed = await life.claim(run, Number.POSITIVE_INFINITY)
  expect(told(replayed)).toEqual(told(outcome))
  expect(life.ran).toBe(ran)
}

const told = (outcome: Awaited<ReturnType<Life['claim']>>) =>
  outcome && 'error' in outcome ? { error: String(outcome.error) } : outcome

test('whatever a graph is made of and wherever its process dies, no finished step runs again', async () => {
  await Promise.all(
    Array.from({ length: GRAPHS }, (_, seed) =>
      live(seed).catch((error: unknown) => {
        throw new Error(`Graph ${seed}: ${(error as Error).message}`, { cause: error })
      }),
    ),
  )
})
