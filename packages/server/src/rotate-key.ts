import {
  type Environment,
  finishOwnKey,
  readConfig,
  readEnvironment,
  readSettings,
  replaceOwnKey,
} from './config.ts'
import { lockDataDir, makeDataDir } from './platform/data-dir.ts'
import { openDatabase } from './platform/database.ts'
import { newId } from './platform/ids.ts'
import { silentLog } from './platform/log.ts'
import { startDatabase } from './platform/postgres/database.ts'
import { migrate } from './platform/postgres/migrate.ts'
import { type Renewal, renewSecrets } from './platform/secrets/renew-secrets.ts'
import { createSealer } from './platform/secrets/sealer.ts'
import { checkSecretKey, setSecretKey } from './platform/secrets/secret-key.ts'
import { StartError } from './platform/start-error.ts'

/**
 * Brings all secrets under another secret key: one that is made now, for a key that lies in the data folder, or the one
 * that BIFROST_SECRET_KEY has, with the one before in BIFROST_SECRET_KEY_PREVIOUS. If it broke off, it continues where it was.
 */
export async function rotateKey(
  processEnv: Environment,
  { newDataKeys }: { newDataKeys: boolean },
): Promise<Renewal> {
  const env = readEnvironment(processEnv)
  const { secretKey: given, databaseUrl, dataDir, port } = readSettings(env)
  const isOwn = given === null
  if (!isOwn && readConfig(env).previousSecretKey === null && !newDataKeys)
    throw new StartError(
      'Set BIFROST_SECRET_KEY to the new key and BIFROST_SECRET_KEY_PREVIOUS to the current one, restart every process with both, and run this again.',
    )
  makeDataDir(dataDir)
  const lock =
    isOwn || databaseUrl === null ? await lockDataDir(dataDir, { port, launchers: [], log: silentLog }) : null
  try {
    const postgres = await startDatabase({ dataDir, databaseUrl, log: silentLog })
    const db = openDatabase(postgres.connection, silentLog)
    try {
      await migrate(postgres.connection, { log: silentLog })
      await checkSecretKey(db, readConfig(env), newId())
      if (isOwn) {
        const [other] = await db.query('select from processes where lease_until > now() limit 1')
        if (other)
          throw new StartError('Stop all processes first: they only know the current key of the data folder.')
        replaceOwnKey(dataDir)
      }
      const keys = readConfig(env)
      const renewal = await renewSecrets(db.query, createSealer(keys), { newDataKeys })
      if (Object.keys(renewal.unreadable).length === 0) {
        await setSecretKey(db.query, keys.secretKey)
        if (isOwn) finishOwnKey(dataDir)
      }
      return renewal
    } finally {
      await db.close()
      await postgres.stop()
    }
  } finally {
    lock?.release()
  }
}
