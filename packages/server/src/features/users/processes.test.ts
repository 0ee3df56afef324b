import { routes } from '@bifrost/contract'
import pg from 'pg'
import { expect, test } from 'vitest'
import { withProcesses } from '../../testing/processes.ts'
import { until } from '../../testing/server.ts'

test('a person who is deactivated in one process is refused by the others, too', () =>
  withProcesses(
    { 'hello.ts': `import { workflow } from 'bifrost'\nexport const hello = workflow(async () => 1)\n` },
    async (processes) => {
      const first = await processes.start('api')
      const second = await processes.start('api')
      const admin = processes.client(first)
      const password = 'three-quiet-lanterns'
      const user = await admin(routes.createUser, {
        body: { email: 'eve@example.com', name: 'Eve', password },
      })
      const signedIn = await fetch(`${second.url}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'eve@example.com', password }),
      })
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
      const asEve = () => fetch(`${second.url}/api/auth/me`, { headers: { cookie } })
      // The second process caches the session for a while from now on.
      for (let calls = 0; calls < 5; calls++) expect((await asEve()).status).toBe(200)
      const heard: string[] = []
      const listener = new pg.Client(processes.database.connection)
      await listener.connect()
      listener.on('notification', ({ payload }) => heard.push(payload ?? ''))
      await listener.query('listen bifrost')
      await admin(routes.updateUser, { params: { id: user.id }, body: { is_active: false } })
      // They are told, and need not wait until their cache expires.
      await until('the first process says so', () =>
        heard.some((payload) => payload.split('\n').includes('accounts')),
      )
      await until('the second process refuses her', async () => (await asEve()).status === 401)
      await listener.end()
    },
  ))
