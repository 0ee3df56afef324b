import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { startServer } from './main.ts'
import { makeDataDir } from './platform/data-dir.ts'
import { silentLog } from './platform/log.ts'
import { ADMIN, configOf } from './testing/server.ts'
import { createTestDatabase } from './testing/test-database.ts'
import { makeChildHome } from './worker/child-home.ts'

test('two servers that start at once on one fresh database both serve, and share runs and workflows', async () => {
  const database = await createTestDatabase()
  const folder = mkdtempSync('/tmp/bifrost-two-')
  makeDataDir(folder)
  const workspaceDir = join(folder, 'workspace')
  mkdirSync(workspaceDir)
  writeFileSync(
    join(workspaceDir, 'hello.ts'),
    `import { workflow } from 'bifrost'
export const hello = workflow(async (name: string) => 'Hello ' + name)
export const sleeps = workflow(async () => new Promise(() => {}))
`,
  )
  const configs = ['a', 'b'].map((name) => {
    const dataDir = join(folder, name)
    makeDataDir(dataDir)
    return configOf(database, { dataDir, workspaceDir })
  })
  // In one process the two would share the bundler that this needs; processes of their own would not.
  for (const { dataDir } of configs) await makeChildHome(dataDir)
  const errors: unknown[] = []
  const log = { ...silentLog, error: (...words: unknown[]) => void errors.push(words) }
  const started = await Promise.allSettled(configs.map((config) => startServer(config, log)))
  try {
    expect(started.map((one) => (one.status === 'rejected' ? String(one.reason) : 'started'))).toEqual([
      'started',
      'started',
    ])
    const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const [a, b] = servers.map(({ url }) =>
      createClient({ baseUrl: url, apiKey: configs[0]?.adminApiKey ?? '' }),
    )
    if (!a || !b) throw new Error('both are there')
    await Promise.all(servers.map(({ fileNotes }) => fileNotes))
    const params = { id: 'hello' }
    for (const api of [a, b]) {
      const answer = await api(routes.executeWorkflow, { params, body: { input: { name: 'Ada' } } })
      expect(answer.result).toBe('Hello Ada')
      // The other one knows it as well.
      const found = await (api === a ? b : a)(routes.getExecution, { params: { id: answer.execution_id } })
      expect(found.status).toBe('SUCCESS')
    }
    const ids = await Promise.all([a, b].map(async (api) => (await api(routes.getWorkflow, { params })).id))
    expect(ids[0]).toBe(ids[1])
    const { execution_id: id } = await a(routes.runWorkflow, { params: { id: 'sleeps' }, body: {} })
    const stream = fetch(`${servers[1]?.url}/api/executions/${id}/stream`, {
      headers: { authorization: `Bearer ${configs[0]?.adminApiKey}` },
    }).then((response) => response.text())
    await b(routes.cancelExecution, { params: { id } })
    expect(await stream).toContain('"status":"CANCELLED"')
    expect((await a(routes.getMe, {})).email).toBe(ADMIN.email)
    expect(errors).toEqual([])
  } finally {
    for (const one of started) if (one.status === 'fulfilled') await one.value.stop()
    await database.drop()
    rmSync(folder, { recursive: true, force: true })
  }
})
