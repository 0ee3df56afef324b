import type { FromChild, JournalEntry } from '@bifrost/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DurableCalls } from './durable-calls.ts'

type StepEnded = Extract<FromChild, { type: 'step_ended' }>

/** Steps by name, one after the other in an arm, the arms side by side. */
type Arms = string[][]

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Numbers from 0 up to `below` that a seed decides. */
function chance(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Played {
  /** What the code learned, in its order. */
  learned: string[]
  /** Bodies that ran, by key. */
  ran: string[]
  journal: JournalEntry[]
  done: boolean
}

/**
 * One claim of a run: bodies take as long as chance wants, and their records are committed in any order. After so many
 * commits the process is gone.
 */
async function play(
  arms: Arms,
  before: readonly JournalEntry[],
  { seed, commits }: { seed: number; commits: number },
): Promise<Played> {
  const next = chance(seed)
  const journal = new Map(before.map((entry) => [entry.key, entry]))
  const learned: string[] = []
  const ran: string[] = []
  const underWay: StepEnded[] = []
  let gone = false
  const calls = new DurableCalls({
    run: 1,
    executionId: 'e',
    isDurable: true,
    signal: new AbortController().signal,
    journal: [...before],
    send: (message) => {
      if (message.type === 'step_ended') underWay.push(message)
    },
    hasEnded: () => gone,
    onNondeterministic: (error) => {
      throw error
    },
    onLearned: () => {},
    onQuiet: () => {},
  })
  const perform = async (name: string): Promise<void> => {
    const { place, known } = calls.next('step', name)
    if (known) {
      await calls.replay(known)
      learned.push(`${place.key}=${known.output}`)
      return
    }
    const output = await calls.work(place.name, async () => {
      for (let turns = next(4); turns > 0; turns--) await turn()
      return String(next(1_000_000))
    })
    if (!gone) ran.push(place.key)
    await calls.record(place, { attempts: [], output, error: null, hasUndo: false })
    learned.push(`${place.key}=${output}`)
  }
  let done = false
  const code = Promise.all(
    arms.map(async (arm) => {
      for (const name of arm) await perform(name)
    }),
  ).then(() => {
    done = true
  })
  for (let left = commits, idle = 0; left > 0 && !done && idle < 50; ) {
    await turn()
    const at = next(underWay.length + 1)
    const message = underWay[at]
    idle = underWay.length === 0 ? idle + 1 : 0
    if (!message) continue
    underWay.splice(at, 1)
    const { key, name, occurrence, branch, position, kind, order, output } = message
    journal.set(key, {
      ...{ key, name, occurrence, branch, position, kind, order, output },
      status: 'completed',
      attempt: 1,
      attempts: [],
      error: null,
      dueAt: null,
      resume: null,
    })
    calls.committed([message.record])
    left--
  }
  gone = true
  if (done) await code
  return { learned: [...learned], ran, journal: [...journal.values()], done }
}

const arms = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'same'), { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 4,
})
const claim = fc.record({ seed: fc.integer(), commits: fc.integer({ min: 0, max: 8 }) })

test('whatever is committed in whatever order, and wherever the process ends, replay goes the same way', async () => {
  await fc.assert(
    fc.asyncProperty(
      arms,
      fc.array(claim, { minLength: 1, maxLength: 3 }),
      fc.integer(),
      async (code, lives, last) => {
        let journal: JournalEntry[] = []
        let learned: string[] = []
        for (const life of [...lives, { seed: last, commits: Number.POSITIVE_INFINITY }]) {
          // Where an entry stands in the list says nothing: its order does.
          const played = await play(code, journal.toReversed(), life)
          expect(played.learned.slice(0, learned.length)).toEqual(learned.slice(0, played.learned.length))
          const stored = new Set(journal.map((entry) => entry.key))
          expect(played.ran.filter((key) => stored.has(key))).toEqual([])
          if (played.learned.length > learned.length) learned = played.learned
          journal = played.journal
          if (played.done) break
        }
        expect(learned).toHaveLength(code.flat().length)
      },
    ),
    { numRuns: 300 },
  )
})

test('a run that is stopped while its wait is being stored is stopped there, and nothing is left unheard', async () => {
  const calls = new DurableCalls({
    run: 1,
    executionId: 'e',
    isDurable: true,
    signal: new AbortController().signal,
    journal: [],
    send: () => {},
    hasEnded: () => false,
    onNondeterministic: () => {},
    onLearned: () => {},
    onQuiet: () => {},
  })
  const unheard: unknown[] = []
  const hear = (error: unknown) => unheard.push(error)
  process.on('unhandledRejection', hear)
  const { place } = calls.next('sleep', 'sleep')
  const waiting = calls.wait(place, { kind: 'timer', dueAt: 0 }, [])
  calls.stop(new Error('stopped'))
  await turn()
  calls.committed([1])
  await expect(waiting).rejects.toThrow('stopped')
  process.off('unhandledRejection', hear)
  expect(unheard).toEqual([])
})
