import {
  AppError,
  type NewTable,
  type TableChange,
  type TableColumn,
  type TablePolicy,
  validationError,
} from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import { counted } from '../../platform/counted.ts'
import type { Query } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { findOwnTable, isOwn, NO_KEYS, type Table, whereSql } from '../rows/rows.ts'
import { buildAtOnce } from './index-builder.ts'
import { declareIndex } from './indexes.ts'

const targetOf = ({ id, name }: Pick<Table, 'id' | 'name'>) => ({ type: 'table', id, name })

/** Makes a table of the owner that the person acts for; one that is there stays as it is. Answers its id. */
export async function createTable(
  query: Query,
  scope: OrgScope,
  { name, description = '', columns = [], indexes = [], access = 'authenticated' }: NewTable,
): Promise<string> {
  requireColumns(columns)
  const id = newId()
  const [made] = await counted(query, 'tables', scope.owner, () =>
    query<{ id: string }>(
      `insert into tables (id, org_id, name, description, columns, access, created_by) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (org_id, name) do nothing returning id`,
      [id, scope.owner, name, description, JSON.stringify(columns), access, scope.userId],
    ),
  )
  if (!made) return existing(query, scope, name)
  for (const index of indexes) {
    const table = await findOwnTable(query, scope, id, 'update')
    await buildAtOnce(query, table, await declareIndex(query, scope, table, index))
  }
  await audit(query, scope, {
    action: 'table.create',
    target: { type: 'table', id, name },
    after: { description, columns, access },
  })
  return id
}

async function existing(query: Query, scope: OrgScope, name: string): Promise<string> {
  const [table] = await query<{ id: string }>(
    'select id from tables where name = $1 and org_id is not distinct from $2',
    [name, scope.owner],
  )
  if (!table) throw new AppError('not_found', `The table "${name}" was deleted in the meantime.`)
  return table.id
}

export async function changeTable(
  query: Query,
  scope: OrgScope,
  table: Table,
  change: TableChange,
): Promise<void> {
  if (change.columns) requireColumns(change.columns)
  const before = {
    name: table.name,
    description: table.description,
    columns: table.columns,
    access: table.access,
  }
  const after = { ...before, ...change }
  const [taken] = await query(
    'select from tables where name = $1 and org_id is not distinct from $2 and id <> $3',
    [after.name, table.org_id, table.id],
  )
  if (taken) throw new AppError('already_exists', `There is already a table "${after.name}".`)
  await query(
    'update tables set name = $2, description = $3, columns = $4, access = $5, updated_at = now() where id = $1',
    [table.id, after.name, after.description, JSON.stringify(after.columns), after.access],
  )
  await audit(query, scope, { action: 'table.change', target: targetOf(table), before, after })
}

/** Deletes a table; refused while roles are granted it, unless their grants may go, too. */
export async function dropTable(query: Query, scope: OrgScope, table: Table, force: boolean): Promise<void> {
  if (!isOwn(scope, table)) return
  const users = await query<{ id: string; name: string }>(
    `select r.id, r.name from role_grants g join roles r on r.id = g.role_id
     where g.kind = 'table' and g.resource_id = $1 order by r.name`,
    [table.id],
  )
  if (users.length > 0 && !force)
    throw new AppError(
      'conflict',
      `Roles have grants for the table "${table.name}": ${users.map(({ name }) => name).join(', ')}. Revoke these grants first.`,
      { used_by: users.map(({ id, name }) => ({ type: 'role', id, name })) },
    )
  await query(`delete from role_grants where kind = 'table' and resource_id = $1`, [table.id])
  await query('delete from tables where id = $1', [table.id])
  await audit(query, scope, {
    action: 'table.drop',
    target: targetOf(table),
    before: { description: table.description, columns: table.columns },
  })
}

export async function setPolicies(
  query: Query,
  scope: OrgScope,
  table: Table,
  policies: TablePolicy[],
): Promise<void> {
  const names = policies.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice) throw validationError([{ field: 'policies', message: `two have the name ${twice}` }])
  // A filter that cannot be asked is refused now, not when a row is read.
  for (const { condition = {}, check = {} } of policies) {
    whereSql(condition, () => '$1', NO_KEYS)
    whereSql(check, () => '$1', NO_KEYS)
  }
  await query('delete from table_policies where table_id = $1', [table.id])
  for (const [position, { name, verbs, roles = [], condition = {}, check }] of policies.entries())
    await query(
      `insert into table_policies (id, table_id, org_id, name, verbs, roles, condition, check_after, position)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        newId(),
        table.id,
        table.org_id,
        name,
        verbs,
        roles,
        JSON.stringify(condition),
        check === undefined ? null : JSON.stringify(check),
        position,
      ],
    )
  await audit(query, scope, {
    action: 'table.policies',
    target: targetOf(table),
    before: table.policies,
    after: policies,
  })
}

function requireColumns(columns: readonly TableColumn[]): void {
  const names = columns.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice) throw validationError([{ field: 'columns', message: `name ${twice} twice` }])
  const reserved = names.find((name) => ['id', 'created_by', 'updated_by', '__proto__'].includes(name))
  if (reserved) throw validationError([{ field: 'columns', message: `cannot have the name ${reserved}` }])
}
