import type { AccountRole, ExecutionStatus, FromChild, JournalEntry, Json } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { OriginColumns } from '../start/run-origin.ts'
import { readJournals } from './journal.ts'

/** A run with what it did, to see whether some code still goes that way. */
export interface CheckableRun extends OriginColumns {
  id: string
  status: ExecutionStatus
  workflow_id: string | null
  workflow_name: string
  code_version: string | null
  attempt: number
  input: Record<string, Json>
  user_id: string | null
  email: string | null
  user_name: string | null
  role: AccountRole | null
  org_name: string
  journal: JournalEntry[]
}

/** How a history goes with some code. */
export type HistoryOutcome = Pick<
  Extract<FromChild, { type: 'checked' }>,
  'outcome' | 'next' | 'expected' | 'asked' | 'message'
>

/** These runs of the scope's organization, with their journals. */
export async function readCheckable(query: Query, scope: OrgScope, ids: string[]): Promise<CheckableRun[]> {
  const rows = await query<Omit<CheckableRun, 'journal'>>(
    `select e.id, e.status, e.workflow_id, e.workflow_name, e.code_version, e.attempt, e.input, e.user_id, u.email,
       u.name as user_name, u.role, o.name as org_name, e.origin_kind, e.origin_id, e.origin_name, e.origin_data
     from executions e join organizations o on o.id = e.org_id left join users u on u.id = e.user_id
     where e.id = any($1) and e.org_id = $2 order by e.id desc`,
    [ids, scope.orgId],
  )
  const journals = await readJournals(
    query,
    rows.map((row) => row.id),
  )
  return rows.map((row) => ({ ...row, journal: journals.get(row.id) ?? [] }))
}
