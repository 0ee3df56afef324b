import type { Step } from '@bifrost/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  axisOf,
  covered,
  inOrder,
  placeOn,
  segmentsOf,
  stepLook,
  ticksOf,
  timeInSteps,
  titlesOf,
} from './step-timeline.ts'

const zero = Date.parse('2026-11-21T12:00:00Z')
const ms = (seconds: number) => zero + seconds * 1000
const at = (seconds: number) => new Date(ms(seconds)).toISOString()

const live = { created_at: at(0), scheduled_at: null, started_at: at(1), ended_at: null }
const ended = (seconds: number) => ({ ...live, ended_at: at(seconds) })

const attempt = (number: number, from: number, to: number, message: string | null = null) => ({
  attempt: number,
  started_at: at(from),
  ended_at: at(to),
  error: message === null ? null : { type: 'Error', message },
})

function step(key: string, from: number, to: number | null, more: Partial<Step> = {}): Step {
  const [name = '', occurrence] = key.split('/').at(-1)?.split('#') ?? []
  return {
    key,
    name,
    occurrence: Number(occurrence),
    kind: 'step',
    status: to === null ? 'running' : 'completed',
    attempt: 1,
    attempts: to === null ? [] : [attempt(1, from, to)],
    started_at: at(from),
    ended_at: to === null ? null : at(to),
    duration_ms: to === null ? null : (to - from) * 1000,
    due_at: null,
    output: null,
    error: null,
    ...more,
  }
}

const asleep = (key: string, from: number, to: number | null) =>
  step(key, from, to, { kind: 'sleep', status: to === null ? 'waiting' : 'completed', attempts: [] })

/** The segments as look, start and end in seconds. */
const drawn = (one: Step, run: Parameters<typeof segmentsOf>[1], now: number) =>
  segmentsOf(one, run, ms(now)).map(({ look, from, to }) => [look, (from - zero) / 1000, (to - zero) / 1000])

test('a step is drawn by its attempts and the pauses between them', () => {
  const tried = step('a#1', 2, 9, {
    attempts: [attempt(1, 2, 3, 'no'), attempt(2, 5, 6, 'no'), attempt(3, 6, 9)],
  })
  expect(drawn(tried, ended(10), 99)).toEqual([
    ['failed', 2, 3],
    ['pause', 3, 5],
    ['failed', 5, 6],
    ['done', 6, 9],
  ])
})

test('a running step reaches to now', () => {
  expect(drawn(step('a#1', 2, null), live, 7)).toEqual([['running', 2, 7]])
  expect(drawn(asleep('sleep#1', 3, null), live, 8)).toEqual([['sleep', 3, 8]])
  const retrying = step('a#1', 2, null, { status: 'retrying', attempts: [attempt(1, 2, 4, 'no')] })
  expect(drawn(retrying, live, 9)).toEqual([
    ['failed', 2, 4],
    ['pause', 4, 9],
  ])
})

test('what was under way when the run ended stopped with it, and grows no more', () => {
  expect(drawn(asleep('sleep#1', 3, null), ended(5), 90)).toEqual([['stopped', 3, 5]])
  expect(drawn(step('a#1', 2, null), ended(5), 90)).toEqual([['stopped', 2, 5]])
  expect(stepLook(step('a#1', 2, null), ended(5))).toBe('stopped')
  expect(stepLook(step('a#1', 2, null), live)).toBe('running')
  expect(stepLook(step('a#1', 2, 3), ended(5))).toBe('completed')
})

test('a reader’s clock that is behind draws nothing backwards', () => {
  expect(drawn(step('a#1', 2, null), live, -50)).toEqual([['running', 2, 2]])
  expect(axisOf(live, [step('a#1', 2, 4)], ms(-50))).toEqual({ from: ms(0), to: ms(4) })
})

test('the line of time begins when the run was due, and ends with it or now', () => {
  expect(axisOf(live, [], ms(7))).toEqual({ from: ms(0), to: ms(7) })
  expect(axisOf(ended(5), [step('a#1', 2, 4)], ms(70))).toEqual({ from: ms(0), to: ms(5) })
  expect(axisOf({ ...live, scheduled_at: at(60) }, [], ms(65))).toEqual({ from: ms(60), to: ms(65) })
  expect(axisOf({ ...ended(0), created_at: at(0) }, [], ms(7))).toEqual({ from: ms(0), to: ms(0) + 1 })
})

test('a span has its place in percent, and never lies outside', () => {
  const axis = { from: ms(0), to: ms(10) }
  expect(placeOn(axis, { from: ms(2), to: ms(5) })).toEqual({ left: 20, width: 30 })
  expect(placeOn(axis, { from: ms(-5), to: ms(50) })).toEqual({ left: 0, width: 100 })
  expect(placeOn(axis, { from: ms(50), to: ms(60) })).toEqual({ left: 100, width: 0 })
})

test('the marks on the line of time are round, few, and clear of its end', () => {
  expect(ticksOf({ from: 0, to: 11_300 })).toEqual([5_000, 10_000])
  expect(ticksOf({ from: 0, to: 1_000 })).toEqual([500])
  expect(ticksOf({ from: 0, to: 3 * 86_400_000 })).toEqual([86_400_000, 2 * 86_400_000])
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 * 86_400_000 }), (length) => {
      const ticks = ticksOf({ from: 0, to: length })
      expect(ticks.length).toBeLessThanOrEqual(4)
      expect(ticks.every((tick) => tick > 0 && tick < length)).toBe(true)
    }),
  )
})

test('spans that overlap are counted once', () => {
  const span = (from: number, to: number) => ({ from, to })
  expect(covered([])).toBe(0)
  expect(covered([span(5, 8), span(0, 3), span(2, 4), span(2, 3)])).toBe(7)
  const spans = fc.array(fc.tuple(fc.nat(60), fc.nat(20)).map(([from, length]) => span(from, from + length)))
  fc.assert(
    fc.property(spans, (some) => {
      const units = new Set(
        some.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, unit) => from + unit)),
      )
      expect(covered(some)).toBe(units.size)
    }),
  )
})

test('the time of a run is split into queued, ran and waited; to wait beside a step that works is work', () => {
  const steps = [step('a#1', 1, 3), asleep('sleep#1', 3, 9), step('b#1', 4, 6), step('c#1', 9, 10)]
  expect(timeInSteps(ended(11), steps, ms(99))).toEqual({ queuedMs: 1000, ranMs: 6000, waitedMs: 4000 })
})

test('a run that sleeps waits on, and one that was not begun is queued', () => {
  const steps = [step('a#1', 1, 3), asleep('sleep#1', 3, null)]
  expect(timeInSteps(live, steps, ms(13))).toEqual({ queuedMs: 1000, ranMs: 2000, waitedMs: 10_000 })
  expect(timeInSteps({ ...live, started_at: null }, [], ms(4))).toEqual({
    queuedMs: 4000,
    ranMs: null,
    waitedMs: 0,
  })
})

test('a pause between attempts is waiting, an attempt that the end cut short was work', () => {
  const paused = step('a#1', 1, 6, { attempts: [attempt(1, 1, 2, 'no'), attempt(2, 5, 6)] })
  expect(timeInSteps(ended(6), [paused], ms(9))).toMatchObject({ ranMs: 2000, waitedMs: 3000 })
  expect(timeInSteps(ended(6), [step('b#1', 1, null)], ms(9))).toMatchObject({ ranMs: 5000, waitedMs: 0 })
})

test('steps stand in the order they began', () => {
  const order = inOrder([step('late#1', 5, 6), step('first#1', 1, 9), step('same#1', 5, 7)])
  expect(order.map(({ key }) => key)).toEqual(['first#1', 'late#1', 'same#1'])
})

test('an occurrence is told only where the name comes again, and what is undone is called as it was when done', () => {
  const steps = [
    step('book#1', 1, 2),
    step('send#1', 2, 3),
    step('send#2', 3, 4),
    step('each[o-7]/send#1', 3, 4, { name: 'send' }),
    step('undo send#2#1', 5, 6, { name: 'undo send#2', occurrence: 1, kind: 'undo' }),
    step('undo book#1#1', 6, 7, { name: 'undo book#1', occurrence: 1, kind: 'undo' }),
  ]
  const titles = [...titlesOf(steps).values()].map(
    ({ branch, name, occurrence }) => `${branch}${name}${occurrence === null ? '' : ` #${occurrence}`}`,
  )
  expect(titles).toEqual(['book', 'send #1', 'send #2', 'each[o-7]/send', 'send #2', 'book'])
})

test('what only waits is drawn as a wait from its beginning to its end, and does not count as work', () => {
  const asked = step('approve#1', 2, 8, { kind: 'screen', attempts: [] })
  expect(drawn(asked, ended(9), 20)).toEqual([['sleep', 2, 8]])
  expect(drawn({ ...asked, status: 'failed' }, ended(9), 20)).toEqual([['failed', 2, 8]])
  const waiting = step('paid#1', 2, null, { kind: 'event', status: 'waiting' })
  expect(drawn(waiting, live, 5)).toEqual([['sleep', 2, 5]])
  expect(drawn(waiting, ended(6), 20)).toEqual([['stopped', 2, 6]])
  expect(timeInSteps(ended(9), [asked], ms(20))).toEqual({ queuedMs: 1000, ranMs: 2000, waitedMs: 6000 })
})
