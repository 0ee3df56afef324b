import Fastify from 'fastify'
import type { Config } from './config.ts'
import { startDatabase } from './platform/postgres/database.ts'
import { migrate } from './platform/postgres/migrate.ts'

/** Placeholder: database, migrations and health, until the composition root takes its place. */
export async function startServer(config: Config): Promise<{ url: string; stop(): Promise<void> }> {
  const app = Fastify({ logger: { level: config.logLevel } })
  const database = await startDatabase({ ...config, log: app.log })
  await migrate(database.connection, { log: app.log })
  app.get('/api/health', () => ({ status: 'ok', version: '0.1.0', database: 'ok' }))
  const url = await app.listen({ port: config.port, host: config.host })
  return {
    url,
    async stop() {
      await app.close()
      await database.stop()
    },
  }
}
