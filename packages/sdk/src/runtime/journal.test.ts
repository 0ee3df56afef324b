import type { JournalEntry } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { Journal } from './journal.ts'

const entry = (key: string, position: number, order: number, branch = ''): JournalEntry => ({
  key,
  name: key.split('#')[0] ?? '',
  occurrence: 1,
  branch,
  position,
  kind: 'step',
  status: 'completed',
  order,
  attempt: 1,
  attempts: [],
  output: '1',
  error: null,
  dueAt: null,
  resume: null,
})

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('places', () => {
  test('a name that comes again has the next occurrence', () => {
    const journal = new Journal([])
    expect(['send', 'send', 'other', 'send'].map((name) => journal.next('step', name).place.key)).toEqual([
      'send#1',
      'send#2',
      'other#1',
      'send#3',
    ])
  })

  test('branches count on their own, whatever order they run in', async () => {
    const journal = new Journal([])
    const arm = (name: string, pause: number) =>
      journal.inBranch(name, async () => {
        await turns(pause)
        return journal.next('step', 'send').place
      })
    const [slow, fast] = await Promise.all([arm('a', 5), arm('b', 1)])
    expect(slow).toMatchObject({ key: 'a/send#1', branch: 'a/', position: 0 })
    expect(fast).toMatchObject({ key: 'b/send#1', branch: 'b/', position: 0 })
  })

  test('names that are too long together are refused before anything is sent', () => {
    const journal = new Journal([])
    const nested = (depth: number): unknown =>
      journal.inBranch('x'.repeat(100), () => (depth === 0 ? null : nested(depth - 1)))
    expect(nested(6)).toBeNull()
    expect(() => nested(7)).toThrow(/Shorten names and keys/)
  })

  test('what is undone is known by its key alone: a step may be stored after the undoing began', () => {
    const undone = (name: string, position: number): JournalEntry => ({
      ...entry(`undo/${name}#1`, position, 1, 'undo/'),
      name,
      kind: 'undo',
    })
    const journal = new Journal([undone('undo load#1', 0)])
    const { place, known } = journal.inBranch('undo', () => journal.next('undo', 'undo save#1'))
    expect({ known, position: place.position }).toEqual({ known: null, position: -1 })
    expect(journal.inBranch('undo', () => journal.next('undo', 'undo load#1')).known?.output).toBe('1')
  })

  test('another name, or another kind, at a recorded place names both', () => {
    const journal = new Journal([entry('fetch#1', 0, 1), entry('save#1', 1, 2)])
    expect(journal.next('step', 'fetch').known?.output).toBe('1')
    expect(() => journal.next('step', 'send')).toThrow(/"save#1".*"send#1"/)
    expect(() => new Journal([entry('fetch#1', 0, 1)]).next('sleep', 'fetch')).toThrow(
      /fetch#1 \(step\).*\(sleep\)/,
    )
  })

  test('a gap that a crash left is no contradiction', () => {
    const journal = new Journal([entry('b#1', 1, 1)])
    expect(journal.next('step', 'a').known).toBeNull()
    expect(journal.next('step', 'b').known?.key).toBe('b#1')
  })
})

describe('outcomes are handed over one at a time, in the recorded order', () => {
  test('asked for in another order than recorded', async () => {
    const journal = new Journal([])
    const seen: number[] = []
    for (const order of [3, 1, 2]) journal.deliver(order, () => seen.push(order))
    await turns(1)
    expect(seen).toEqual([1])
    await turns(2)
    expect(seen).toEqual([1, 2, 3])
  })

  test('the code runs until it has nothing to do before it learns the next', async () => {
    const journal = new Journal([])
    const seen: string[] = []
    const follow = async (name: string, hops: number) => {
      for (let hop = 0; hop < hops; hop++) await null
      seen.push(name)
    }
    journal.deliver(1, () => void follow('many hops', 50))
    journal.deliver(2, () => void follow('no hop', 0))
    await turns(3)
    expect(seen).toEqual(['many hops', 'no hop'])
  })

  test('what was recorded later waits for what is still under way', async () => {
    const journal = new Journal([])
    const [first, second] = [journal.takeOrder(), journal.takeOrder()]
    const seen: number[] = []
    journal.deliver(second, () => seen.push(second))
    await turns(3)
    expect(seen).toEqual([])
    journal.deliver(first, () => seen.push(first))
    await turns(3)
    expect(seen).toEqual([first, second])
  })

  test('new outcomes come after all that replay knows', () => {
    expect(new Journal([entry('a#1', 0, 7)]).takeOrder()).toBe(8)
  })
})
