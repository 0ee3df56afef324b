import { type ExecutionFilter, isTerminal } from '@bifrost/contract'
import { idAt, isUuid } from '../../platform/ids.ts'
import { likePattern } from '../../platform/like-pattern.ts'
import { may, type OrgScope } from '../../platform/scope.ts'

/** Adds a value to a statement; answers its placeholder. */
export type Param = (value: unknown) => string

/** The runs that this scope may see: all of the organization for those who may debug, else one's own. A run that no
 * person started, such as a call of an endpoint, is shown to no person without that permission. */
export function visible(scope: OrgScope, param: Param): string[] {
  const conditions = [`e.org_id = ${param(scope.orgId)}`]
  if (!may(scope, 'execution:debug'))
    conditions.push(scope.userId === null ? 'e.user_id is null' : `e.user_id = ${param(scope.userId)}`)
  return conditions
}

/** A filter of the API, and what the platform narrows it with. */
export interface RunFilter extends ExecutionFilter {
  /** Only runs of workflows, not of inline code. */
  ofWorkflow?: boolean
  /** Only runs that are parked. */
  parked?: boolean
}

/** Which runs a filter finds, for the list, for its count, and for what is done with all of them. */
export function conditionsOf(scope: OrgScope, filter: RunFilter, param: Param): string[] {
  const conditions = [...visible(scope, param), `e.trigger <> 'test'`]
  if (filter.workflow)
    conditions.push(
      isUuid(filter.workflow)
        ? `e.workflow_id = ${param(filter.workflow)}`
        : `e.workflow_name = ${param(filter.workflow)}`,
    )
  if (filter.status) {
    const statuses = param(filter.status)
    conditions.push(`e.status = any(${statuses})`)
    // Which index serves: that of ends that are no success, or the queue and the waits, which hold all that lives and
    // nothing else.
    if (filter.status.every((status) => isTerminal(status) && status !== 'SUCCESS'))
      conditions.push(`e.outcome = any(${statuses})`)
    else if (!filter.status.some(isTerminal)) conditions.push(`e.id in (${liveIn(param(scope.orgId))})`)
  }
  if (filter.ofWorkflow) conditions.push('e.workflow_id is not null')
  if (filter.parked)
    conditions.push(
      `e.id in (select execution_id from waits where kind = 'parked' and org_id = ${param(scope.orgId)})`,
    )
  // A form's id is no other thing's, and the index is over ids.
  if (filter.form) conditions.push(`e.origin_kind = 'form' and e.origin_id = ${param(filter.form)}`)
  if (filter.origin) conditions.push(`e.origin_kind = ${param(filter.origin)}`)
  if (filter.origin_id) conditions.push(`e.origin_id = ${param(filter.origin_id)}`)
  if (filter.trigger) conditions.push(`e.trigger = ${param(filter.trigger)}`)
  if (filter.search) {
    const pattern = param(likePattern(filter.search))
    const collation = collationFor(filter.search)
    // What may not be read may not be guessed by searching for it, either.
    const readable = may(scope, 'execution:debug') ? '' : 'e.error_for_user and '
    conditions.push(
      `(e.workflow_name ${collation} ilike ${pattern} or (${readable}e.error_message ${collation} ilike ${pattern}) or ${columnLike(filter.search, pattern, param)})`,
    )
  }
  for (const column of filter.column ?? []) conditions.push(columnIs(column, param))
  // Ids begin with their time, so the index of ids finds the place; the exact bound is that of the database's clock.
  if (filter.since) {
    conditions.push(`e.created_at >= ${param(filter.since)}`)
    conditions.push(`e.id >= ${param(idAt(Date.parse(filter.since) - CLOCKS_DIFFER_MS))}`)
  }
  if (filter.until) {
    conditions.push(`e.created_at < ${param(filter.until)}`)
    conditions.push(`e.id < ${param(idAt(Date.parse(filter.until) + CLOCKS_DIFFER_MS))}`)
  }
  return conditions
}

/**
 * Some display column has this text in its value; the names do not count. The whole object is looked at first: that is
 * cheaper than taking it apart, and most runs have no such text anywhere.
 */
function columnLike(search: string, pattern: string, param: Param): string {
  const written = param(likePattern(JSON.stringify(search).slice(1, -1)))
  return `(e.columns::text ${collationFor(search)} ilike ${written}
    and exists (select from jsonb_each_text(e.columns) c where c.value ilike ${pattern}))`
}

/** Without regard to case, text of plain letters is compared faster by its bytes. */
const collationFor = (search: string) => (/^[ -~]*$/.test(search) ? 'collate "C"' : '')

/** A display column has this value: as text, or as the number or the yes and no that it may be. */
function columnIs(column: string, param: Param): string {
  const [name = ''] = column.split('=', 1)
  const value = column.slice(name.length + 1)
  const values: unknown[] = [value]
  if (/^-?\d+(\.\d+)?$/.test(value)) values.push(Number(value))
  if (value === 'true' || value === 'false') values.push(value === 'true')
  return `(${values.map((one) => `e.columns @> ${param(JSON.stringify({ [name]: one }))}::jsonb`).join(' or ')})`
}

const liveIn = (orgId: string) =>
  `select execution_id from queue where org_id = ${orgId} union all select execution_id from waits where org_id = ${orgId}`

/** How far the clock of a server and that of the database may be apart. */
const CLOCKS_DIFFER_MS = 60_000
