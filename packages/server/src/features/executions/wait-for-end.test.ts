import { expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'sleeps.ts': `import { sleep, workflow } from 'bifrost'
export const sleeps = workflow(async () => { await sleep('1 hour') })`,
  },
})

test('no process looks for the end of a sleeping run any more when the one who waited for it has gone', async () => {
  const gone = new AbortController()
  const answer = server().fetch('/api/workflows/sleeps/execute', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    signal: gone.signal,
  })
  const [run] = await until('it sleeps', async () => {
    const rows = await server().db.query<{ id: string }>(
      `select id from executions where status = 'SUSPENDED'`,
    )
    return rows.length > 0 ? rows : null
  })
  gone.abort()
  await expect(answer).rejects.toThrow(/abort/i)
  // It would look once a second: the statement's count stays as it is, once the connection is gone.
  await server().restart()
  expect(server().takeErrors()).toEqual([])
  expect(run).toBeDefined()
})
