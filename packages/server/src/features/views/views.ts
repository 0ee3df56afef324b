import {
  AppError,
  limits,
  type RouteInput,
  type routes,
  type SavedView,
  type ViewFilter,
  validationError,
} from '@bifrost/contract'
import { type AuditEntry, audit } from '../../platform/audit.ts'
import type { Database, Query } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { may, type OrgScope } from '../../platform/scope.ts'
import {
  deleteView,
  findView,
  insertView,
  listViews,
  setDefault,
  unsetDefault,
  unsetDefaultOfOthers,
  updateView,
  type ViewRow,
  type ViewValues,
} from './queries.ts'

type NewView = RouteInput<typeof routes.createView>['body']
type ViewChange = RouteInput<typeof routes.updateView>['body']

/** Named filters of lists: each person's own, and those shared within an organization. */
export interface Views {
  list(scope: OrgScope, list: string | undefined): Promise<SavedView[]>
  create(scope: OrgScope, view: NewView): Promise<SavedView>
  change(scope: OrgScope, id: string, change: ViewChange): Promise<SavedView>
  remove(scope: OrgScope, id: string): Promise<void>
}

export function createViews(db: Database): Views {
  const find = async (scope: OrgScope, id: string): Promise<ViewRow> => {
    const row = await findView(scope, db.as(scope).query, id)
    if (!row) throw new AppError('not_found', 'There is no such view, or it is not shared with you.')
    return row
  }
  const write = (scope: OrgScope, work: (query: Query) => Promise<void>) =>
    db.as(scope).transaction(work).catch(refuseTaken)

  return {
    async list(scope, list) {
      return (await listViews(scope, db.as(scope).query, list)).map((row) => viewOf(scope, row))
    },

    async create(scope, { list, name, filter, shared = false, default: isDefault = false }) {
      requirePerson(scope)
      if (shared) requireShare(scope)
      const id = newId()
      const values = { name: name.trim(), filter: checked(filter), shared }
      await write(scope, async (query) => {
        await insertView(scope, query, id, list, values)
        if (isDefault) await setDefault(scope, query, list, id)
        await audit(
          query,
          scope,
          entry('view.create', { id, name: values.name }, { after: { list, ...values } }),
        )
      })
      return viewOf(scope, await find(scope, id))
    },

    async change(scope, id, { default: isDefault, ...change }) {
      requirePerson(scope)
      const row = await find(scope, id)
      const before: ViewValues = { name: row.name, filter: row.filter, shared: row.shared }
      const after: ViewValues = {
        name: change.name?.trim() ?? row.name,
        filter: change.filter ? checked(change.filter) : row.filter,
        shared: change.shared ?? row.shared,
      }
      const changes = Object.keys(change).length > 0
      if (changes) requireEdit(scope, row)
      if (after.shared && !row.shared) requireShare(scope)
      if (!after.shared && row.shared && row.created_by !== scope.userId)
        throw new AppError('forbidden', 'Only the person who made a view can stop sharing it.')
      await write(scope, async (query) => {
        if (changes) {
          await updateView(scope, query, id, after)
          if (!after.shared) await unsetDefaultOfOthers(scope, query, id, row.created_by)
          await audit(query, scope, entry('view.update', row, { before, after }))
        }
        if (isDefault === true) await setDefault(scope, query, row.list, id)
        if (isDefault === false) await unsetDefault(scope, query, id)
      })
      return viewOf(scope, await find(scope, id))
    },

    async remove(scope, id) {
      const row = await find(scope, id)
      requireEdit(scope, row)
      const { list, name, filter, shared } = row
      await write(scope, async (query) => {
        await deleteView(scope, query, id)
        await audit(query, scope, entry('view.delete', row, { before: { list, name, filter, shared } }))
      })
    },
  }
}

/** The person who made it and, once it is shared, the administrators of the organization. */
const mayEdit = (scope: OrgScope, row: ViewRow): boolean =>
  row.created_by === scope.userId || (row.shared && may(scope, 'organization:write'))

function requireEdit(scope: OrgScope, row: ViewRow): void {
  if (!mayEdit(scope, row))
    throw new AppError(
      'forbidden',
      `Only ${row.creator ?? 'the person who made it'} and administrators of the organization can change “${row.name}”. Save your own view instead.`,
    )
}

function requireShare(scope: OrgScope): void {
  if (!may(scope, 'view:share'))
    throw new AppError('forbidden', 'Your role can save views but cannot share them.')
}

function checked(filter: ViewFilter): ViewFilter {
  const max = limits.viewFilterCharactersMax
  if (JSON.stringify(filter).length > max)
    throw validationError([{ field: 'filter', message: `must have at most ${max} characters as JSON` }])
  return filter
}

/** A view belongs to a person. */
function requirePerson(scope: OrgScope): void {
  if (scope.userId === null)
    throw new AppError('forbidden', 'Only a person can save views. Sign in with an account.')
}

const entry = (
  action: `view.${string}`,
  { id, name }: { id: string; name: string },
  changed: Pick<AuditEntry, 'before' | 'after'>,
): AuditEntry => ({ action, target: { type: 'view', id, name }, ...changed })

const viewOf = (scope: OrgScope, row: ViewRow): SavedView => ({
  id: row.id,
  list: row.list,
  name: row.name,
  filter: row.filter,
  shared: row.shared,
  default: row.is_default,
  created_by: row.created_by === null ? null : { id: row.created_by, name: row.creator ?? '' },
  can_edit: mayEdit(scope, row),
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

function refuseTaken(error: unknown): never {
  const { code, constraint } = error as { code?: string; constraint?: string }
  if (code === '23505' && constraint?.startsWith('saved_views_'))
    throw new AppError('already_exists', 'A view with this name already exists.')
  throw error
}
