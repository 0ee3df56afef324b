import { AppError, type ConfigEntry, type Json } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { demand, type OrgScope } from '../../platform/scope.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import { type ConfigRow, deleteConfig, findConfig, listConfig, upsertConfig } from './queries.ts'

/** Values and secrets of an organisation; its own beat the global ones. */
export interface ConfigStore {
  get(scope: OrgScope, key: string): Promise<{ found: boolean; value: Json; isSecret: boolean }>
  set(scope: OrgScope, key: string, value: Json | undefined, isSecret: boolean): Promise<ConfigEntry>
  list(scope: OrgScope): Promise<ConfigEntry[]>
  delete(scope: OrgScope, key: string): Promise<boolean>
}

export function createConfigStore(db: Database, sealer: Sealer): ConfigStore {
  return {
    async get(scope, key) {
      const row = await findConfig(scope, db, key)
      if (!row) return { found: false, value: null, isSecret: false }
      if (!row.ciphertext) return { found: true, value: row.value, isSecret: false }
      return {
        found: true,
        value: JSON.parse(sealer.open(row.ciphertext, bindingOf(row.org_id, key))) as Json,
        isSecret: true,
      }
    },
    async set(scope, key, value, isSecret) {
      demand(scope, 'config:write')
      if (value === undefined) {
        const kept = await findConfig(scope, db, key)
        if (kept?.is_secret && isSecret && kept.org_id === scope.orgId) return entryOf(kept)
        throw new AppError('validation_failed', 'value: is required', [
          { field: 'value', message: 'is required' },
        ])
      }
      const ciphertext = isSecret ? sealer.seal(JSON.stringify(value), bindingOf(scope.orgId, key)) : null
      return entryOf(await upsertConfig(scope, db, { key, value: isSecret ? null : value, ciphertext }))
    },
    list: async (scope) => (await listConfig(scope, db)).map(entryOf),
    async delete(scope, key) {
      demand(scope, 'config:write')
      return deleteConfig(scope, db, key)
    },
  }
}

/** A ciphertext that is moved to another organisation or key does not open there. */
const bindingOf = (orgId: string | null, key: string) => `${orgId ?? 'global'}/${key}`

const entryOf = (row: ConfigRow): ConfigEntry => ({
  key: row.key,
  value: row.is_secret ? null : row.value,
  is_secret: row.is_secret,
  updated_at: row.updated_at.toISOString(),
})
