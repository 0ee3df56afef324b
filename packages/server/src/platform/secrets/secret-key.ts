import { hkdfSync } from 'node:crypto'
import type { Database, Query } from '../database.ts'
import { StartError } from '../start-error.ts'
import { hasSecrets } from './sealed-columns.ts'
import type { SecretKeys } from './sealer.ts'

const fingerprintOf = (key: string): string =>
  Buffer.from(hkdfSync('sha256', key, 'bifrost', 'fingerprint v1', 16)).toString('hex')

/**
 * All processes of a database encrypt and read its secrets with one key. The first one leaves a fingerprint, from which
 * the key cannot be derived; one that has another key is told at its start, not when a workflow asks for a secret. While the key
 * is being changed, the one before is as good.
 */
export async function checkSecretKey(
  db: Database,
  { secretKey, previousSecretKey = null }: SecretKeys,
  processId: string,
): Promise<void> {
  const own = fingerprintOf(secretKey)
  // With no secret stored and no other process here, nothing depends on the key that was.
  const [kept] = await db.query<{ value: string }>(
    `insert into installation (name, value) values ('secret_key', $1)
     on conflict (name) do update set value = case
       when $3 or exists (select from processes where lease_until > now() and id <> $2) then installation.value
       else excluded.value end
     returning value`,
    [own, processId, await hasSecrets(db.query)],
  )
  if (kept?.value === own) return
  if (previousSecretKey !== null && kept?.value === fingerprintOf(previousSecretKey)) return
  throw new StartError(
    'The secrets of this database were stored with another secret key: set BIFROST_SECRET_KEY to the one that the other processes use, or copy the file secret.key of their data folder into this one. To change the key, see bifrost rotate-key --help.',
  )
}

/** Every secret is under this key: from now on a process that has only the one before is refused. */
export async function setSecretKey(query: Query, secretKey: string): Promise<void> {
  await query(
    `insert into installation (name, value) values ('secret_key', $1)
     on conflict (name) do update set value = excluded.value`,
    [fingerprintOf(secretKey)],
  )
}
