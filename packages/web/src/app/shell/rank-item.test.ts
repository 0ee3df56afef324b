import { expect, test } from 'vitest'
import { rankItem } from './rank-item.ts'

test('a name comes before its beginning, that before its middle, that before a keyword', () => {
  const ranks = [
    rankItem('workflow hello', 'Hello'),
    rankItem('workflow helloAgain', 'hello'),
    rankItem('workflow sayHello', 'hello'),
    rankItem('page Home', 'dash', ['start', 'dashboard']),
  ]
  expect(ranks).toEqual(ranks.toSorted((a, b) => b - a))
  expect(Math.min(...ranks)).toBeGreaterThan(0)
  expect(new Set(ranks).size).toBe(ranks.length)
})

test('every word must occur, and its letters in a row', () => {
  expect(rankItem('workflow onboardUser', 'user onb')).toBeGreaterThan(0)
  expect(rankItem('workflow onboardUser', 'user license')).toBe(0)
  expect(rankItem('page History', 'hello', ['runs', 'executions', 'logs'])).toBe(0)
})
