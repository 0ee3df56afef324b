import { AppError, type Json, type PolicyVerb, type TablePolicy, type Where } from '@bifrost/contract'
import type { OrgScope } from '../../platform/scope.ts'
import { keysOf, type Table } from './table.ts'
import { type Param, whereSql } from './where.ts'

/** A policy of a table refused it. Code that turns it into an answer leaves a row in the audit log. */
export class Denied extends AppError {
  readonly table: Table
  readonly verb: PolicyVerb
  readonly rows: readonly string[]

  constructor(table: Table, verb: PolicyVerb, rows: readonly string[]) {
    const what = { select: 'reading', insert: 'adding', update: 'changing', delete: 'deleting' }[verb]
    super('forbidden', `The policies of the table "${table.name}" do not allow ${what} the row "${rows[0]}".`)
    this.table = table
    this.verb = verb
    this.rows = rows
  }
}

/** What a row must fulfill so that the person may do this with it; null where the table has no policies. */
export function policySql(
  table: Table,
  scope: OrgScope,
  verb: PolicyVerb,
  param: Param,
  /** Of an update: the row as it was, or as it is afterwards. */
  moment: 'before' | 'after' = 'before',
): string | null {
  if (table.policies.length === 0) return null
  const allowed = table.policies
    .filter((policy) => policy.verbs.includes(verb) && concerns(policy, scope, table.roleIds))
    .flatMap((policy) => {
      const condition = policy.condition ?? {}
      const where = moment === 'before' ? condition : (policy.check ?? aboutThePerson(condition))
      const bound = bind(where, scope)
      if (!bound) return []
      // A row that has just been written has the keys of all indexes, too.
      const conditions = whereSql(bound, param, keysOf(table))
      return [conditions.length > 0 ? `(${conditions.join(' and ')})` : 'true']
    })
  return allowed.length > 0 ? `coalesce(${allowed.join(' or ')}, false)` : 'false'
}

const concerns = ({ roles = [] }: TablePolicy, scope: OrgScope, roleIds: readonly string[]) =>
  roles.length === 0 || roles.some((role) => role === scope.role || roleIds.includes(role))

const placeholders = ['$user.id', '$user.email', '$org.id'] as const

function personal(name: unknown, scope: OrgScope): string | null | undefined {
  if (name === '$user.id') return scope.userId
  if (name === '$user.email') return scope.email
  return name === '$org.id' ? scope.orgId : undefined
}

/** A condition with the person's values in it; null when it speaks of a person and there is none. */
function bind(where: Where, scope: OrgScope): Where | null {
  let lacksPerson = false
  const value = (one: Json): Json => {
    const known = personal(one, scope)
    if (known === null) lacksPerson = true
    return known === undefined ? one : known
  }
  const bound = mapValues(where, value)
  return lacksPerson ? null : bound
}

function mapValues(where: Where, change: (value: Json) => Json): Where {
  return Object.fromEntries(
    Object.entries(where).map(([field, wanted]) => {
      if (typeof wanted !== 'object' || wanted === null) return [field, change(wanted)]
      const condition = Object.entries(wanted).map(([operator, operand]) => [
        operator,
        Array.isArray(operand) ? operand.map(change) : change(operand as Json),
      ])
      return [field, Object.fromEntries(condition)]
    }),
  ) as Where
}

/**
 * The parts of a condition that say who the person is. They hold after a change as well: who may change their own rows
 * gives none of them away, and may still take one from `draft` to `sent`.
 */
function aboutThePerson(where: Where): Where {
  const speaksOfThem = (value: unknown): boolean =>
    Array.isArray(value)
      ? value.some(speaksOfThem)
      : placeholders.includes(value as (typeof placeholders)[number])
  return Object.fromEntries(
    Object.entries(where).flatMap(([field, wanted]): [string, Where[string]][] => {
      if (typeof wanted !== 'object' || wanted === null) return speaksOfThem(wanted) ? [[field, wanted]] : []
      const kept = Object.entries(wanted).filter(([, operand]) => speaksOfThem(operand))
      return kept.length > 0 ? [[field, Object.fromEntries(kept)]] : []
    }),
  )
}
