// A server reduced to its database: what the tests of the supervisor start, kill and look at from outside.
import { lockDataDir, makeDataDir } from '../platform/data-dir.ts'
import type { Log } from '../platform/log.ts'
import { startDatabase } from '../platform/postgres/database.ts'
import { throwawaySettings } from '../platform/postgres/settings.ts'

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const log: Log = {
  debug() {},
  info: (text: unknown) => say({ log: text }),
  warn: (text: unknown) => say({ log: text }),
  error: (text: unknown) => say({ log: text }),
}

const [dataDir = '', ...launchers] = process.argv.slice(2)
try {
  makeDataDir(dataDir)
  const lock = await lockDataDir(dataDir, {
    port: 3000,
    launchers: launchers.map((text) => JSON.parse(text) as { pid: number; startedAt: string }),
    log,
  })
  const database = await startDatabase({ dataDir, databaseUrl: null, log, settings: throwawaySettings })
  process.on('SIGTERM', async () => {
    await database.stop()
    lock.release()
    process.exit(0)
  })
  // Keeps the process alive and notices a parent that is gone.
  process.stdin.on('end', () => process.exit(3)).resume()
  say({ connection: database.connection })
} catch (cause) {
  say({ failed: (cause as Error).message })
  process.exitCode = 1
}
