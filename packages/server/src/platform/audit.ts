import { AsyncLocalStorage } from 'node:async_hooks'
import type { Json } from '@bifrost/contract'
import type { Query } from './database.ts'
import { newId } from './ids.ts'
import type { OrgScope } from './scope.ts'

/** One change, or the attempt at one. `before` and `after` never hold a secret: readers of the log do not own it. */
export interface AuditEntry {
  /** noun.verb, such as `config.set`. */
  action: string
  target: { type: string; id: string | null; name?: string | null }
  before?: Json
  after?: Json
  outcome?: 'success' | 'failure'
  /** Where the request came from; absent: from where the request or the run is that is being answered. */
  address?: string | null
}

/** Where a change comes from: a request, or a run that asks the platform for it. */
export interface ChangeSource {
  address?: string
  executionId?: string
}

/** Known to everything that is done for a request or a run, without being passed on. */
export const changeSource = new AsyncLocalStorage<ChangeSource>()

/** A person who tried to sign in and is unknown, or did not prove their identity. */
export interface Unknown {
  orgId: string | null
  userId: string | null
  email: string | null
}

/** Writes down who did what, in the transaction of the change: there is no change without its row. */
export async function audit(query: Query, who: OrgScope | Unknown, entry: AuditEntry): Promise<void> {
  const { action, target, before, after, outcome = 'success' } = entry
  const source = changeSource.getStore()
  await query(
    `insert into audit_log (id, org_id, actor_id, actor_email, action, target_type, target_id, target_name, outcome, address, before, after, execution_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      newId(),
      who.orgId,
      who.userId,
      who.email,
      action,
      target.type,
      target.id,
      target.name ?? null,
      outcome,
      entry.address ?? source?.address ?? null,
      before === undefined ? null : JSON.stringify(before),
      after === undefined ? null : JSON.stringify(after),
      source?.executionId ?? null,
    ],
  )
}
