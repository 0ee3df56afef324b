import type { Execution, LogLine, StreamEvent } from '@bifrost/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { latest, nothingStreamed, type RunStatus, withEvents } from './stream-state.ts'

const line = (seq: number): LogLine => ({
  seq,
  timestamp: '2026-11-21T12:00:00.000Z',
  level: 'info',
  message: `line ${seq}`,
})
const log = (seq: number): StreamEvent => ({ event: 'log', data: line(seq) })
const run = (status: RunStatus['status'], more: Partial<RunStatus> = {}): RunStatus => ({
  id: '01a1fbec-307f-744f-a981-b161b18aa09b',
  org_id: '01a1fbec-307f-744f-a981-b161b18aa09c',
  workflow_id: null,
  workflow_name: 'w',
  type: 'workflow',
  status,
  trigger: 'api',
  started_by: null,
  created_at: '2026-11-21T12:00:00.000Z',
  scheduled_at: null,
  started_at: null,
  ended_at: null,
  duration_ms: null,
  attempt: 1,
  error: null,
  columns: null,
  origin: null,
  form: null,
  reason: '',
  ...more,
})

test('lines arrive in order and are kept', () => {
  const state = withEvents(withEvents(nothingStreamed, [log(1), log(2)]), [log(5)])
  expect(state.lines.map(({ seq }) => seq)).toEqual([1, 2, 5])
})

test('however a broken connection repeats and mixes the lines, each is there once and in order', () => {
  const batches = fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 20 }), { maxLength: 8 })
  fc.assert(
    fc.property(batches, (seqs) => {
      const state = seqs.reduce((before, batch) => withEvents(before, batch.map(log)), nothingStreamed)
      const expected = [...new Set(seqs.flat())].sort((a, b) => a - b)
      expect(state.lines.map(({ seq }) => seq)).toEqual(expected)
    }),
  )
})

test('a repeat of known lines keeps the very list, so that nothing is drawn again', () => {
  const state = withEvents(nothingStreamed, [log(1), log(2)])
  expect(withEvents(state, [log(1), log(2)]).lines).toBe(state.lines)
})

test('after the end a late status changes nothing', () => {
  const ended = withEvents(nothingStreamed, [{ event: 'end', data: run('SUCCESS') }])
  const late = withEvents(ended, [{ event: 'status', data: run('RUNNING') }])
  expect(late).toMatchObject({ ended: true, run: { status: 'SUCCESS' } })
})

test('the page moves on with the stream until the run was read in full after its end', () => {
  const read = { ...run('RUNNING'), input: { a: 1 } } as unknown as Execution
  expect(latest(read, run('SUCCESS'))).toMatchObject({ status: 'SUCCESS', input: { a: 1 } })
  const full = {
    ...run('FAILED'),
    error: { type: 'E', message: 'm', code: null, stack: 'at …', source: null },
  } as unknown as Execution
  expect(latest(full, run('FAILED', { error: { type: 'E', message: 'm' } })).error?.stack).toBe('at …')
})
