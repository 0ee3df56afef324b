import { createClient, routes } from '@bifrost/contract'
import pg from 'pg'
import { expect, test } from 'vitest'
import { withProcesses } from '../../testing/processes.ts'
import { until } from '../../testing/server.ts'

test('somebody who is deactivated in one process is refused by the others, too', () =>
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
      const made = await fetch(`${second.url}/api/keys`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'mine' }),
      })
      const { key } = (await made.json()) as { key: string }
      const eve = createClient({ baseUrl: second.url, apiKey: key })
      // The second process believes the key for a while from now on.
      for (let calls = 0; calls < 5; calls++) expect((await eve(routes.getMe)).name).toBe('Eve')
      const heard: string[] = []
      const listener = new pg.Client(processes.database.connection)
      await listener.connect()
      listener.on('notification', ({ payload }) => heard.push(payload ?? ''))
      await listener.query('listen bifrost')
      await admin(routes.updateUser, { params: { id: user.id }, body: { is_active: false } })
      // They are told, and need not wait until they stop believing.
      await until('the first process says so', () =>
        heard.some((payload) => payload.split('\n').includes('accounts')),
      )
      await until('the second process refuses the key', () =>
        eve(routes.getMe).then(
          () => null,
          (error: { status: number }) => error.status === 401,
        ),
      )
      const session = await fetch(`${second.url}/api/auth/me`, { headers: { cookie } })
      expect(session.status).toBe(401)
      await listener.end()
    },
  ))
