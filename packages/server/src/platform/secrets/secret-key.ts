import { hkdfSync } from 'node:crypto'
import type { Database } from '../database.ts'
import { StartError } from '../start-error.ts'

/**
 * All processes of a database encrypt and read its secrets with one key. The first one leaves a fingerprint, from which
 * nobody gets the key; one that has another key is told at its start, not when a workflow asks for a secret.
 */
export async function checkSecretKey(db: Database, secretKey: string, processId: string): Promise<void> {
  const own = Buffer.from(hkdfSync('sha256', secretKey, 'bifrost', 'fingerprint v1', 16)).toString('hex')
  // With no secret stored and nobody else here, nothing depends on the key that was.
  const [kept] = await db.query<{ value: string }>(
    `insert into installation (name, value) values ('secret_key', $1)
     on conflict (name) do update set value = case
       when exists (select from config_entries where is_secret)
         or exists (select from processes where lease_until > now() and id <> $2) then installation.value
       else excluded.value end
     returning value`,
    [own, processId],
  )
  if (kept?.value === own) return
  throw new StartError(
    'The secrets of this database were stored with another secret key: set BIFROST_SECRET_KEY to the one that the other processes use, or copy the file secret.key of their data folder into this one.',
  )
}
