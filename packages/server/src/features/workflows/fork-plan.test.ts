import { describe, expect, test } from 'vitest'
import { entryNamed, type ForkEntry, planFork } from './fork-plan.ts'

const entry = (key: string, ordinal: number | null, more: Partial<ForkEntry> = {}): ForkEntry => ({
  key,
  name: key.replace(/^.*\//, '').split('#')[0] ?? '',
  kind: 'step',
  status: ordinal === null ? 'running' : 'completed',
  ordinal,
  ...more,
})
const plan = (entries: ForkEntry[], from: string, given: string[] = []) => {
  const found = entryNamed(entries, from)
  if (!found) throw new Error(`no ${from}`)
  return planFork(entries, found, new Set(given))
}

describe('what a fork keeps', () => {
  const line = [entry('a#1', 1), entry('b#1', 2), entry('b#2', 3), entry('c#1', 4)]

  test('what came before, in the order in which the code learned it', () => {
    expect(plan(line, 'b#2')).toEqual({ kept: ['a#1', 'b#1'], again: ['b#2', 'c#1'] })
    expect(plan(line, 'a').kept).toEqual([])
  })

  test('a name means its first occurrence', () => {
    expect(plan(line, 'b').kept).toEqual(['a#1'])
    expect(entryNamed(line, 'd')).toBeUndefined()
  })

  test('of branches, what was learned before the step was', () => {
    // The second item was asked for first, and its outcome came last.
    const branches = [
      entry('load#1', 1),
      entry('each[2]/pay#1', 4),
      entry('each[1]/pay#1', 2),
      entry('each[1]/ship#1', 3),
    ]
    expect(plan(branches, 'each[1]/ship#1').kept).toEqual(['load#1', 'each[1]/pay#1'])
    expect(plan(branches, 'each[2]/pay#1').kept).toEqual(['load#1', 'each[1]/pay#1', 'each[1]/ship#1'])
  })

  test('before a step without an outcome, all outcomes', () => {
    expect(plan([...line, entry('d#1', null)], 'd#1')).toEqual({
      kept: ['a#1', 'b#1', 'b#2', 'c#1'],
      again: ['d#1'],
    })
  })

  test('a failure that the code caught is kept, and nothing that has no outcome', () => {
    const entries = [entry('a#1', 1, { status: 'failed' }), entry('slow#1', null), entry('b#1', 2)]
    expect(plan(entries, 'b#1')).toEqual({ kept: ['a#1'], again: ['slow#1', 'b#1'] })
  })

  test('a step that was undone runs again, and all after it, unless its output is given', () => {
    const undo = entry('undo b#1#1', 5, { name: 'undo b#1', kind: 'undo' })
    expect(plan([...line, undo], 'c#1')).toEqual({ kept: ['a#1'], again: ['b#1', 'b#2', 'c#1'] })
    expect(plan([...line, undo], 'c#1', ['b#1']).kept).toEqual(['a#1', 'b#1', 'b#2'])
  })
})
