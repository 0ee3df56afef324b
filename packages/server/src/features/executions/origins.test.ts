import { globSync, readFileSync } from 'node:fs'
import { type ExecutionFilter, routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { createEngine, startExecution } from '../../engine/engine.ts'
import { newId } from '../../platform/ids.ts'
import { silentLog } from '../../platform/log.ts'
import { createNotifier } from '../../platform/notify.ts'
import { makeScope } from '../../platform/scope.ts'
import { specOf } from '../../testing/engine.ts'
import { useServer } from '../../testing/server.ts'

const server = useServer()

const ids = async (query: ExecutionFilter) =>
  (await server().api(routes.listExecutions, { query })).items.map(({ id }) => id)

test('a way to start runs that the platform has never heard of is in the history, and found there', async () => {
  const { db } = server()
  const { id: userId, orgId } = await server().person('developer')
  const scope = makeScope({ orgId, orgName: 'org', userId, email: null, name: null, role: 'developer' })
  const engine = createEngine({ db, notifier: createNotifier(), newId, random: () => 0, log: silentLog })
  const origin = { kind: 'pigeon', id: newId(), name: 'Hermes', data: { ring: 7 } }
  const start = async (more: Parameters<typeof specOf>[0]) =>
    (await startExecution(engine, scope, specOf({ trigger: 'api', scheduledAt: LATER, ...more }))).executionId
  const [run, other] = [await start({ origin }), await start({})]

  const { data, ...shown } = origin
  const of = async (id: string) => server().api(routes.getExecution, { params: { id } })
  expect(await of(run)).toMatchObject({ origin: shown, form: null, event: null, trigger_id: origin.id })
  expect(await of(other)).toMatchObject({ origin: null, form: null, event: null, trigger_id: null })
  expect(await ids({ origin: 'pigeon' })).toEqual([run])
  expect(await ids({ origin_id: origin.id })).toEqual([run])
  expect(await ids({ origin: 'owl' })).toEqual([])
  expect(await ids({ form: origin.id })).toEqual([])
  expect(JSON.stringify(await of(run))).not.toContain(JSON.stringify(data))
})

test('the engine reads of no run what kind of thing it comes from', () => {
  const files = globSync('packages/server/src/engine/**/*.ts', { exclude: ['**/*.test.ts'] })
  expect(files.length).toBeGreaterThan(30)
  const reads = /origin\??\.kind\s*[!=]==|origin_kind\s*(=|<>|!=)\s*'|origin_kind\s+(in|like)\b/
  expect(files.filter((file) => reads.test(readFileSync(file, 'utf8')))).toEqual([])
})

const LATER = new Date(Date.now() + 3_600_000)
