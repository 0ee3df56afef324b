import { expect, test } from 'vitest'
import { deliveryCounts, readPayload } from './event-words.ts'

const none = { started: 0, woken: 0, cancelled: 0, declined: 0, failed: 0, waiting: 0 }

test('what needs attention is told first, and what did not happen is not told', () => {
  expect(deliveryCounts({ ...none, started: 2, failed: 1 }).map(({ text }) => text)).toEqual([
    '1 failed',
    '2 started',
  ])
  expect(deliveryCounts(none)).toEqual([])
})

test('a payload is JSON, or nothing; a mistake is told', () => {
  expect(readPayload('{"id": 7}')).toEqual({ ok: true, payload: { id: 7 } })
  expect(readPayload(' ')).toEqual({ ok: true, payload: null })
  expect(readPayload('false')).toEqual({ ok: true, payload: false })
  expect(readPayload('{id: 7}')).toMatchObject({
    ok: false,
    problem: expect.stringContaining('Not valid JSON'),
  })
})
