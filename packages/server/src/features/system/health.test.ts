import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { openDatabase } from '../../platform/database.ts'
import { createHttpServer } from '../../platform/http/server.ts'
import { silentLog } from '../../platform/log.ts'
import { withProcesses } from '../../testing/processes.ts'
import { until } from '../../testing/server.ts'
import { probeRoutes } from './routes.ts'

test('while the database is down, health answers 503 and says so in its body', async () => {
  // Nothing listens on port 1.
  const db = openDatabase({ host: '127.0.0.1', port: 1, user: 'unknown' }, silentLog)
  const app = await createHttpServer({
    implementations: probeRoutes({ db, roles: ['api'], version: '1.2.3', workspace: null }),
    authenticate: async () => null,
    webDir: null,
    trustedProxies: [],
    log: silentLog,
  })
  const answer = await app.inject({ url: '/api/health' })
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toEqual({
    status: 'degraded',
    version: '1.2.3',
    database: 'down',
    worker: null,
    scheduler: null,
  })
  await app.close()
  await db.close()
})

test(
  'health says whether a worker and a scheduler live, also in other processes',
  () =>
    withProcesses({}, async (processes) => {
      const api = await processes.start('api')
      const call = processes.client(api)
      expect(await call(routes.getHealth)).toMatchObject({ status: 'ok', worker: 'down', scheduler: 'down' })
      const worker = await processes.start('worker')
      expect(await call(routes.getHealth)).toMatchObject({ worker: 'ok', scheduler: 'down' })
      await processes.start('scheduler')
      expect(await call(routes.getHealth)).toMatchObject({ worker: 'ok', scheduler: 'ok' })
      await worker.kill()
      await until('its lease has expired', async () => {
        const { worker } = await call(routes.getHealth)
        return worker === 'down' ? true : null
      })
      expect(await call(routes.getHealth)).toMatchObject({ status: 'ok', scheduler: 'ok' })
    }),
  120_000,
)
