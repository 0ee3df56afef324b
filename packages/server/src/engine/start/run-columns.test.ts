import { expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { specOf, useEngine } from '../../testing/engine.ts'
import { claimStatement } from '../lease/claim.ts'
import type { AcceptItem } from '../types.ts'
import { insertStatement, parametersFor, replaceParameters, replaceStatement } from './accept.ts'
import { type RunColumn, runColumns } from './run-columns.ts'

const under = useEngine()

test('a column that is added to the table is accepted, replaced and claimed with all others', async () => {
  const { db } = under()
  const scope = await under().organization()
  await db.query('alter table executions add column weather text')
  const weather: RunColumn = {
    name: 'weather',
    type: 'text',
    of: ({ spec }) => (spec.input['sun'] ? 'sun' : 'rain'),
    claimed: 'weather',
  }
  const columns = [...runColumns, weather]
  const item = (input: AcceptItem['spec']['input'] = {}): AcceptItem => ({
    id: newId(),
    scope,
    spec: specOf({ input }),
    status: 'PENDING',
    workerId: null,
  })
  const weatherOf = async (id: string) =>
    (await db.query<{ weather: string }>('select weather from executions where id = $1', [id]))[0]?.weather

  const [one, two] = [item({ sun: true }), item()]
  await db.query(insertStatement(columns, 'any'), parametersFor(columns, 'any', [one]))
  await db.query(insertStatement(columns, 'of one start'), parametersFor(columns, 'of one start', [two]))
  expect([await weatherOf(one.id), await weatherOf(two.id)]).toEqual(['sun', 'rain'])

  await db.query(replaceStatement(columns), replaceParameters(columns, { ...one, spec: two.spec }))
  expect(await weatherOf(one.id)).toBe('rain')

  const values = [await under().worker(), 10, [], [], 10, 10, 10, null]
  const claimed = await db.query(claimStatement(columns), values)
  expect(claimed).toMatchObject([
    { id: one.id, weather: 'rain' },
    { id: two.id, weather: 'rain' },
  ])
})
