import type { Json } from '@bifrost/contract'
import type { Query } from './database.ts'
import { newId } from './ids.ts'
import type { OrgScope } from './scope.ts'

/** One change, or the attempt at one. `before` and `after` never hold a secret: whoever reads the log is not its owner. */
export interface AuditEntry {
  /** noun.verb, such as `config.set`. */
  action: string
  target: { type: string; id: string | null; name?: string | null }
  before?: Json
  after?: Json
  outcome?: 'success' | 'failure'
  /** Where the request came from. */
  address?: string | null
}

/** Writes down who did what, in the transaction of the change: there is no change without its row. */
export async function audit(query: Query, scope: OrgScope, entry: AuditEntry): Promise<void> {
  const { action, target, before, after, outcome = 'success', address = null } = entry
  await query(
    `insert into audit_log (id, org_id, actor_id, actor_email, action, target_type, target_id, target_name, outcome, address, before, after)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      newId(),
      scope.orgId,
      scope.userId,
      scope.email,
      action,
      target.type,
      target.id,
      target.name ?? null,
      outcome,
      address,
      before === undefined ? null : JSON.stringify(before),
      after === undefined ? null : JSON.stringify(after),
    ],
  )
}
