import type { IntegrationField, Json } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import { openSecrets, sealSecrets } from './credentials.ts'
import type { ConnectionRow } from './queries.ts'

/** Names of the fields of the type `secret`. */
export const secretFields = ({ config_fields: fields }: Fields): Set<string> =>
  new Set(fields.filter(({ type }) => type === 'secret').map(({ name }) => name))

/**
 * The values of these names, and all others.
 * @example apart({ region: 'eu', pin: '1234' }, new Set(['pin'])) // [{ pin: '1234' }, { region: 'eu' }]
 */
export function apart<T>(
  values: Record<string, T>,
  names: ReadonlySet<string>,
): [these: Record<string, T>, others: Record<string, T>] {
  const entries = Object.entries(values)
  return [
    Object.fromEntries(entries.filter(([name]) => names.has(name))),
    Object.fromEntries(entries.filter(([name]) => !names.has(name))),
  ]
}

interface Fields {
  config_fields: readonly Pick<IntegrationField, 'name' | 'type'>[]
}
type Row = Pick<ConnectionRow, 'id' | 'integration_id' | 'org_id' | 'config' | 'secrets_sealed'>

/**
 * Values that organizations have entered before a field became secret are encrypted, those of organizations below, too.
 * What is no text is removed: a secret is one.
 */
export async function sealWhatBecameSecret(
  db: Database,
  sealer: Sealer,
  before: Fields,
  after: Fields & { id: string },
): Promise<void> {
  const known = secretFields(before)
  const names = new Set([...secretFields(after)].filter((name) => !known.has(name)))
  if (names.size === 0) return
  await db.transaction(async (query) => {
    const rows = await query<Row>(
      `select id, integration_id, org_id, config, secrets_sealed from integration_connections
       where integration_id = $1 and config ?| $2 for update`,
      [after.id, [...names]],
    )
    for (const row of rows) {
      const [plain, config] = apart<Json>(row.config, names)
      const texts = Object.entries(plain).filter(
        (one): one is [string, string] => typeof one[1] === 'string' && one[1] !== '',
      )
      const secrets = { ...openSecrets(sealer, row), ...Object.fromEntries(texts) }
      const hasSome = Object.keys(secrets).length > 0
      await query(
        'update integration_connections set config = $2, secrets_sealed = $3, secret_names = $4, updated_at = now() where id = $1',
        [
          row.id,
          JSON.stringify(config),
          hasSome ? sealSecrets(sealer, row, secrets) : null,
          Object.keys(secrets),
        ],
      )
    }
  })
}
