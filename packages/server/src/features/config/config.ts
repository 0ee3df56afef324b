import {
  AppError,
  type ConfigEntry,
  type ConfigOwner,
  type Json,
  limits,
  validationError,
} from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import { listScope, type OrgScope, requirePermission } from '../../platform/scope.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import { problemOfSecret } from '../../platform/secrets/secret-parts.ts'
import type { SecretOwner } from '../../tenancy/secret-readers.ts'
import {
  type ConfigRow,
  deleteConfig,
  findConfig,
  lendConfig,
  listInherited,
  listOwned,
  lockConfig,
  type OwnedConfigRow,
  upsertConfig,
} from './queries.ts'

export interface ConfigChange {
  /** Absent or empty: a secret stays what it is. */
  value: Json | undefined
  /** Absent: as it was; of a new value, as the one that it hides. */
  isSecret?: boolean | undefined
  /** What is stored instead of the value when it is no secret. */
  asPlain?: ((value: Json) => Promise<Json>) | undefined
  /** Of a secret: code of the organizations below may read it, too. Absent: as it was. */
  lendBelow?: boolean | undefined
  /** What the caller saw; 0: nothing. */
  version?: number | undefined
}

/** Values and secrets: an organization's own beat those of its parents, which beat the global ones. */
export interface ConfigStore {
  get(
    scope: OrgScope,
    key: string,
    /** Throws for a secret that the caller must not have. */
    mayHave: (secret: SecretOwner) => void,
  ): Promise<{ found: boolean; value: Json; isSecret: boolean }>
  set(scope: OrgScope, key: string, change: ConfigChange): Promise<ConfigEntry>
  /** What is in force for the scope; for an administrator of the platform, what the organizations have that they ask for. */
  list(scope: OrgScope, asked?: string): Promise<ConfigEntry[]>
  /** What a run of the scope gets, of every key. */
  inForce(scope: OrgScope): Promise<ConfigEntry[]>
  /** False when the scope has no value of its own. */
  delete(scope: OrgScope, key: string): Promise<boolean>
}

export function createConfigStore(db: Database, sealer: Sealer): ConfigStore {
  return {
    async get(scope, key, mayHave) {
      const row = await findConfig(scope, db.as(scope).query, key)
      if (!row) return { found: false, value: null, isSecret: false }
      if (!row.ciphertext) return { found: true, value: row.value, isSecret: false }
      mayHave({ orgId: row.org_id, orgName: row.org_name, orgSlug: row.org_slug, isLent: row.is_lent })
      const text = sealer.open(row.ciphertext, bindingOf(row.org_id, key))
      return { found: true, value: JSON.parse(text) as Json, isSecret: true }
    },
    async set(scope, key, change) {
      requirePermission(scope, 'config:write')
      return db.as(scope).transaction(async (query) => {
        const before = await lockConfig(scope, query, key)
        requireVersion(before, change.version)
        const isSecret =
          change.isSecret ?? (before ?? (await findConfig(scope, query, key)))?.is_secret ?? false
        const isKept = isSecret && before?.is_secret && (change.value === undefined || change.value === '')
        const isLent = isSecret && (change.lendBelow ?? before?.is_lent ?? false)
        if (isKept && before.is_lent !== isLent) {
          await lendConfig(scope, query, key, isLent)
          await audit(query, scope, {
            action: 'config.set',
            target: targetOf(scope, key),
            ...audited(before, { is_secret: true, is_lent: isLent, value: null }),
          })
        } else if (!isKept) {
          const given = change.value
          if (given === undefined || (isSecret && given === ''))
            throw validationError([{ field: 'value', message: 'is required' }])
          const value = isSecret || !change.asPlain ? given : await change.asPlain(given)
          const text = JSON.stringify(value)
          if (text.length > limits.configValueBytesMax)
            throw validationError([
              {
                field: 'value',
                message: `is larger than ${limits.configValueBytesMax / 1024} KB; keep it in a file`,
              },
            ])
          const problem = isSecret ? problemOfSecret(value) : null
          if (problem !== null) throw validationError([{ field: 'value', message: problem }])
          const ciphertext = isSecret ? sealer.seal(text, bindingOf(scope.owner, key)) : null
          const stored = isSecret ? null : value
          await upsertConfig(scope, query, { key, value: stored, ciphertext, isLent, isNew: !before })
          await audit(query, scope, {
            action: 'config.set',
            target: targetOf(scope, key),
            ...audited(before, { is_secret: isSecret, is_lent: isLent, value }),
          })
        }
        const entry = inForce(scope, await listInherited(scope, query)).find((one) => one.key === key)
        if (!entry) throw new Error('the value was not stored')
        return entry
      })
    },
    async list(scope, asked) {
      const list = listScope(scope, asked)
      const { query } = db.as(scope, list)
      if (list.kind !== 'org' || isLookingAround(scope))
        return (await listOwned(scope, query, list)).map((row) => entryOf(scope, row, []))
      return inForce(scope, await listInherited(scope, query))
    },
    inForce: async (scope) => inForce(scope, await listInherited(scope, db.as(scope).query)),
    async delete(scope, key) {
      requirePermission(scope, 'config:write')
      return db.as(scope).transaction(async (query) => {
        const before = await lockConfig(scope, query, key)
        if (!before) return false
        await deleteConfig(scope, query, key)
        await audit(query, scope, {
          action: 'config.delete',
          target: targetOf(scope, key),
          ...audited(before, null),
        })
        return true
      })
    },
  }
}

/** A ciphertext that is moved to another organization or key does not open there. */
const bindingOf = (orgId: string | null, key: string) => `${orgId ?? 'global'}/${key}`

/** An administrator of the platform, at home: the list is what they ask for, not what is in force for them. */
const isLookingAround = (scope: OrgScope) =>
  scope.role === 'platform_admin' && scope.owner !== null && scope.orgId === scope.homeOrgId

function requireVersion(before: ConfigRow | null, version: number | undefined): void {
  if (version === undefined || version === (before?.version ?? 0)) return
  throw new AppError(
    'conflict',
    version === 0
      ? 'There is already a value with this name.'
      : before
        ? 'This value was changed in the meantime. Reload it.'
        : 'This value was deleted in the meantime.',
    { version: before?.version ?? 0 },
  )
}

const targetOf = ({ owner }: OrgScope, key: string) => ({
  type: 'config',
  id: key,
  name: owner === null ? `${key} (global)` : null,
})

type Audited = Pick<ConfigRow, 'is_secret' | 'is_lent' | 'value'>

/** What was plain and becomes a secret was meant to be one all the time. */
function audited(before: Audited | null, after: Audited | null) {
  const isHidden = before?.is_secret === true || after?.is_secret === true
  const shown = (one: Audited): Json =>
    isHidden
      ? { is_secret: one.is_secret, ...(one.is_secret && { lend_below: one.is_lent }) }
      : { is_secret: false, value: one.value }
  return { ...(before && { before: shown(before) }), ...(after && { after: shown(after) }) }
}

/** Of each key the nearest value, and what it hides. */
function inForce(scope: OrgScope, rows: readonly OwnedConfigRow[]): ConfigEntry[] {
  const byKey = Map.groupBy(rows, (row) => row.key)
  return [...byKey.values()].flatMap(([first, ...hidden]) => (first ? entryOf(scope, first, hidden) : []))
}

const shownValue = ({ is_secret, value }: OwnedConfigRow) => ({ value: is_secret ? null : value, is_secret })

const entryOf = (scope: OrgScope, row: OwnedConfigRow, hidden: readonly OwnedConfigRow[]): ConfigEntry => ({
  key: row.key,
  ...shownValue(row),
  lend_below: row.is_lent,
  source: ownerOf(scope, row),
  overrides: hidden.map((one) => ({ ...ownerOf(scope, one), ...shownValue(one) })),
  version: row.version,
  updated_at: row.updated_at.toISOString(),
})

function ownerOf(scope: OrgScope, { org_id: id, org_name: name }: OwnedConfigRow): ConfigOwner {
  if (id === null) return { kind: 'global', organization: null }
  const kind = id === scope.owner ? 'own' : scope.chain.includes(id) ? 'parent' : 'other'
  return { kind, organization: { id, name: name ?? '' } }
}
