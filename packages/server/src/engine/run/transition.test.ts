import { type ExecutionStatus, nextStatuses } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { readSources } from '../../testing/sources.ts'
import { allTo, transition } from './transition.ts'

const where = 'e.id = $1'
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ')

test('changes runs in the statuses that it names, and no others', () => {
  expect(oneLine(transition({ RUNNING: 'PENDING' }, { where }))).toBe(
    `update executions e set status = 'PENDING' where e.id = $1 and e.status = 'RUNNING'`,
  )
  const change = { set: 'crashes = 0', from: 'owned o', where, returning: 'e.id' }
  expect(oneLine(transition({ CANCELLING: 'CANCELLED', RUNNING: 'FAILED' }, change))).toBe(
    `update executions e set status = case e.status when 'CANCELLING' then 'CANCELLED' else 'FAILED' end, crashes = 0` +
      ` from owned o where e.id = $1 and e.status in ('CANCELLING', 'RUNNING') returning e.id`,
  )
})

describe('a move that the table of statuses does not have is refused before anything runs', () => {
  test.each<[ExecutionStatus, ExecutionStatus]>([
    ['SUCCESS', 'PENDING'],
    ['SUSPENDED', 'RUNNING'],
    ['CANCELLING', 'RUNNING'],
  ])('%s to %s', (from, to) => {
    const message = `A run that is ${from} never becomes ${to}.`
    expect(() => transition({ [from]: to }, { where })).toThrow(message)
    expect(() => transition({ from: [from], to: [to], value: 'i.status' }, { where })).toThrow(message)
  })

  test('and `allTo` names all that the table has', () => {
    for (const from of Object.keys(nextStatuses) as ExecutionStatus[])
      expect(allTo('CANCELLED')[from]).toBe(
        nextStatuses[from].includes('CANCELLED') ? 'CANCELLED' : undefined,
      )
  })
})

/** The assignments of each UPDATE of runs in a source. */
const assignments = (source: string) =>
  [...source.matchAll(/update\s+executions\b(?:\s+(?:as\s+)?\w+)?\s+set\b(.*?)(?:\bwhere\b|`|$)/gis)].map(
    ([, set = '']) => set,
  )
const setsStatus = (source: string) => assignments(source).some((set) => /\bstatus\s*=/i.test(set))

describe('no status changes past it', () => {
  test('in the product', () => {
    const updating = readSources().filter(({ isTest, text }) => !isTest && assignments(text).length > 0)
    expect(updating.length).toBeGreaterThan(5)
    const changing = updating.filter(({ text }) => setsStatus(text)).map(({ path }) => path)
    expect(changing).toEqual(['packages/server/src/engine/run/transition.ts'])
  })

  test.each([
    "`update executions set status = 'PENDING' where id = $1`",
    '`update executions e set crashes = 1, status = $2`',
    "'update executions as e set ended_at = now(), status = $2 where id = $1'",
    '`with a as (select 1)\n  update executions e\n  set code_version = b,\n  status=i.status from i where true`',
  ])('%s would be found', (source) => {
    expect(setsStatus(source)).toBe(true)
  })

  test('what only looks at the status is not', () => {
    expect(setsStatus("`update executions set fan_out = $2 where status = 'PENDING'`")).toBe(false)
  })
})
