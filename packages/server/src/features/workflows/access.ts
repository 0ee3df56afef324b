import { AppError, type WorkflowAccess } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import { counted } from '../../platform/counted.ts'
import type { Database, Query } from '../../platform/database.ts'
import type { Notifier } from '../../platform/notify.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { type Access, grantedTo, usesAll } from '../../tenancy/access.ts'
import { actFor } from '../../tenancy/act-for.ts'
import type { WorkflowCatalog } from '../../workspace/workflow-catalog.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'

/**
 * Which workflows a person may use. Whatever a person asks for goes through here: lists, pages, runs, what code asks of
 * the platform, schedules, running again, forks. One that they may not use is not there for them.
 */
export interface UsableWorkflows {
  list(scope: OrgScope): Promise<WorkflowRow[]>
  /** Throws `not_found`. */
  find(scope: OrgScope, idOrName: string): Promise<WorkflowRow>
  /** Throws `not_found` when this workflow is not there for them. */
  requireUsable(scope: OrgScope, workflow: { id: string; name: string }): Promise<void>
  access(scope: OrgScope, idOrName: string): Promise<WorkflowAccess>
  setAccess(
    scope: OrgScope,
    idOrName: string,
    change: { access?: Access | undefined; role_ids?: string[] | undefined },
  ): Promise<WorkflowAccess>
}

export interface UsableOptions {
  db: Database
  notifier: Notifier
  workspace: Pick<WorkflowCatalog, 'list' | 'find' | 'ready'>
  rolesGranting(
    scope: OrgScope,
    query: Query,
    kind: 'workflow',
    id: string,
  ): Promise<{ id: string; name: string; org_id: string | null }[]>
}

/** How long another process may use what it has cached, should it not hear of a change. */
const FRESH_MS = 3000

export function createUsableWorkflows(options: UsableOptions): UsableWorkflows {
  const { db, notifier, workspace } = options
  // There are few that are not for everybody, so a start looks nothing up for all others.
  let known: { byRole: ReadonlySet<string>; readMs: number } | null = null
  notifier.subscribe('access', () => {
    known = null
  })
  const byRole = async (): Promise<ReadonlySet<string>> => {
    if (known && performance.now() - known.readMs < FRESH_MS) return known.byRole
    const rows = await db.query<{ id: string }>(`select id from workflows where access = 'role_based'`)
    known = { byRole: new Set(rows.map(({ id }) => id)), readMs: performance.now() }
    return known.byRole
  }
  const grantsOf = (scope: OrgScope) => grantedTo(db.as(scope).query, scope, 'workflow')
  /** Those of the ids that this scope may use. Grants are read only when one of the workflows needs one. */
  const usableOf = async (scope: OrgScope, ids: readonly string[]): Promise<ReadonlySet<string>> => {
    if (usesAll(scope)) return new Set(ids)
    const narrow = await byRole()
    const isOpen = (id: string) => scope.role !== 'external' && !narrow.has(id)
    if (ids.every(isOpen)) return new Set(ids)
    const granted = await grantsOf(scope)
    return new Set(ids.filter((id) => isOpen(id) || granted.has(id)))
  }
  const requireUsable = async (scope: OrgScope, { id, name }: { id: string; name: string }) => {
    if (!(await usableOf(scope, [id])).has(id))
      throw new AppError('not_found', `There is no workflow "${name}".`)
  }
  const find = async (scope: OrgScope, idOrName: string) => {
    const row = await workspace.find(scope, idOrName)
    await requireUsable(scope, { id: row.id, name: idOrName })
    return row
  }
  const shown = async (scope: OrgScope, id: string): Promise<WorkflowAccess> => {
    const { query } = db.as(scope)
    const [row] = await query<{ access: Access }>('select access from workflows where id = $1', [id])
    const roles = await options.rolesGranting(scope, query, 'workflow', id)
    return {
      access: row?.access ?? 'authenticated',
      roles: roles.map(({ id: role, name }) => ({ id: role, name })),
    }
  }

  return {
    async list(scope) {
      await workspace.ready(scope)
      const rows = workspace.list(scope)
      const ids = await usableOf(
        scope,
        rows.map(({ id }) => id),
      )
      return rows.filter(({ id }) => ids.has(id))
    },
    find,
    requireUsable,
    access: async (scope, idOrName) => shown(scope, (await find(scope, idOrName)).id),
    async setAccess(scope, idOrName, { access, role_ids: roleIds }) {
      const row = await find(scope, idOrName)
      const before = await shown(scope, row.id)
      if (access !== undefined && access !== before.access) {
        const owner = await ownerOf(db, scope, row)
        await db.as(owner).transaction(async (query) => {
          await query('update workflows set access = $2 where id = $1', [row.id, access])
          await audit(query, owner, {
            action: 'workflow.access',
            target: { type: 'workflow', id: row.id, name: row.definition.name },
            before: { access: before.access },
            after: { access },
          })
        })
      }
      if (roleIds) await setRoles(options, scope, row, roleIds)
      notifier.publish('access')
      return shown(scope, row.id)
    },
  }
}

/** The scope of the workflow's owner; administrators of the platform need not act globally first for what is global. */
async function ownerOf(db: Database, scope: OrgScope, row: WorkflowRow): Promise<OrgScope> {
  if (row.orgId === scope.owner) return scope
  if (row.orgId === null && scope.role === 'platform_admin') return actFor(db.query, scope, 'global')
  throw new AppError(
    'forbidden',
    row.orgId === null
      ? `${row.definition.name} is global. Only the provider can change who may use it.`
      : `${row.definition.name} belongs to the organization above. Only that organization can change who may use it.`,
  )
}

/** Replaces the grants of the roles that belong to what is acted for; those of others stay. */
async function setRoles(
  { db, rolesGranting }: UsableOptions,
  scope: OrgScope,
  row: WorkflowRow,
  wanted: readonly string[],
): Promise<void> {
  await db.as(scope).transaction(async (query) => {
    const roles = await query<{ id: string; name: string; org_id: string | null }>(
      `select id, name, org_id from roles where id = any($1) and (org_id is null or org_id = any($2::uuid[]))`,
      [wanted, scope.chain],
    )
    if (roles.length < new Set(wanted).size) throw new AppError('not_found', 'There is no such role.')
    const before = await rolesGranting(scope, query, 'workflow', row.id)
    const foreign = roles.find(
      ({ id, org_id }) => org_id !== scope.owner && !before.some((one) => one.id === id),
    )
    if (foreign)
      throw new AppError(
        'forbidden',
        `${foreign.name} is an inherited role. Change its grants in its own organization.`,
      )
    const own = roles.filter(({ org_id }) => org_id === scope.owner).map(({ id }) => id)
    await query(
      `delete from role_grants where kind = 'workflow' and resource_id = $1 and org_id is not distinct from $2
         and not role_id = any($3)`,
      [row.id, scope.owner, own],
    )
    await counted(query, 'grants', scope.owner, () =>
      query(
        `insert into role_grants (role_id, kind, resource_id, org_id)
       select id, 'workflow', $1, $2 from unnest($3::uuid[]) as r (id) on conflict do nothing`,
        [row.id, scope.owner, own],
      ),
    )
    await audit(query, scope, {
      action: 'workflow.roles',
      target: { type: 'workflow', id: row.id, name: row.definition.name },
      before: { roles: before.map(({ name }) => name) },
      after: { roles: roles.map(({ name }) => name) },
    })
  })
}
