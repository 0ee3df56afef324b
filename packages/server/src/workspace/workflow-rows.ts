import type { SourceNote, WorkflowStatus } from '@bifrost/contract'
import type { Database } from '../platform/database.ts'
import { organizationFolder, ownerSlug } from '../platform/file-owner.ts'
import { newId } from '../platform/ids.ts'
import type { AnalyzedFile, Executable } from './types.ts'

/** A workflow as the installation knows it: its id outlives edits, renames of its file, and absence. */
export interface WorkflowRow {
  id: string
  /** Null: global, for every organization. */
  orgId: string | null
  status: WorkflowStatus
  error: SourceNote | null
  path: string
  definition: Executable
  codeVersion: string | null
  updatedAt: Date
}

/** A file has durable calls, or not; a workflow of it that certainly has none is not run again by itself. */
export const isDurableRun = (
  fileHasDurableCalls: boolean,
  { definition }: Pick<WorkflowRow, 'definition'>,
): boolean => fileHasDurableCalls && definition.neverDurable !== true

interface StoredRow {
  id: string
  org_id: string | null
  status: WorkflowStatus
  error: SourceNote | null
  path: string
  definition: Executable
  code_version: string | null
  updated_at: Date
}

/** All of them, or those of one owner. */
export async function readWorkflowRows(
  db: Database,
  owner?: { orgId: string | null },
): Promise<WorkflowRow[]> {
  const rows = await db.query<StoredRow>(
    `select id, org_id, status, error, path, definition, code_version, updated_at from workflows
     where $1 or org_id is not distinct from $2 order by name`,
    [!owner, owner?.orgId ?? null],
  )
  return rows.map((row) => ({
    id: row.id,
    orgId: row.org_id,
    status: row.status,
    error: row.error,
    path: row.path,
    definition: row.definition,
    codeVersion: row.code_version,
    updatedAt: row.updated_at,
  }))
}

/** What the workspace defines now, laid over what it defined before. */
export interface Reconciled {
  rows: WorkflowRow[]
  changed: WorkflowRow[]
  /** Names that two files claim (the first keeps it), and folders of organizations that there are not. */
  problems: SourceNote[]
}

export interface ReconcileOptions {
  now: Date
  /** Organizations by their slug. */
  organizations: ReadonlyMap<string, string>
  /** Given by a person: which workflow continues under which name: ids by `nameKey`. */
  successors: ReadonlyMap<string, string>
}

export function reconcile(
  previous: readonly WorkflowRow[],
  files: readonly AnalyzedFile[],
  { now, organizations, successors }: ReconcileOptions,
): Reconciled {
  const byId = new Map(previous.map((row) => [row.id, row]))
  const byName = new Map(previous.map((row) => [nameKey(row.orgId, row.definition.name), row]))
  const byPlace = new Map(previous.map((row) => [placeOf(row.path, row.definition.exportName), row]))
  const problems: SourceNote[] = []
  const changed: WorkflowRow[] = []
  const rows = new Map<string, WorkflowRow>()
  const owned = withOwners(files, organizations, problems)
  const defined = definitions(owned, byName, problems)
  const taken = new Set<string>()
  const succeeded = new Map<string, WorkflowRow>()
  for (const [key, id] of successors) {
    const old = byId.get(id)
    // Its name is still in use, or the new one has a workflow of its own: then there is nothing to hand on.
    if (!old || defined.has(nameKey(old.orgId, old.definition.name)) || byName.has(key)) continue
    if (defined.get(key)?.orgId !== old.orgId) continue
    succeeded.set(key, old)
    taken.add(id)
  }

  for (const [key, { orgId, path, definition }] of defined) {
    const samePlace = byPlace.get(placeOf(path, definition.exportName))
    const isRenamed =
      samePlace &&
      samePlace.orgId === orgId &&
      !taken.has(samePlace.id) &&
      !defined.has(nameKey(orgId, samePlace.definition.name))
    // A renamed workflow keeps its id, unless another workflow has that name now.
    const old = succeeded.get(key) ?? byName.get(key) ?? (isRenamed ? samePlace : undefined)
    const next: WorkflowRow = {
      id: old?.id ?? newId(),
      orgId,
      status: definition.error ? 'error' : 'active',
      error: definition.error,
      path,
      definition,
      codeVersion: old?.codeVersion ?? null,
      updatedAt: now,
    }
    rows.set(next.id, old && same(old, next) ? old : next)
    if (!old || !same(old, next)) changed.push(next)
  }
  const errors = new Map(files.flatMap((file) => (file.error ? [[file.path, file.error] as const] : [])))
  for (const old of previous) {
    if (rows.has(old.id)) continue
    const error = errors.get(old.path) ?? null
    const next: WorkflowRow = { ...old, status: error ? 'error' : 'missing', error, updatedAt: now }
    rows.set(old.id, same(old, next) ? old : next)
    if (!same(old, next)) changed.push(next)
  }
  return { rows: [...rows.values()], changed, problems }
}

/** Within one organization, and among the global ones, a name is one workflow's. */
export const nameKey = (orgId: string | null, name: string): string => `${orgId ?? ''}/${name}`

interface Defined {
  orgId: string | null
  path: string
  definition: Executable
}

function withOwners(
  files: readonly AnalyzedFile[],
  organizations: ReadonlyMap<string, string>,
  problems: SourceNote[],
): Defined[] {
  const nobodys = new Set<string>()
  const found = files.flatMap(({ path, executables }) => {
    const slug = ownerSlug(path)
    const orgId = slug === null ? null : organizations.get(slug)
    if (orgId !== undefined) return executables.map((definition) => ({ orgId, path, definition }))
    nobodys.add(slug ?? '')
    return []
  })
  for (const slug of nobodys)
    problems.push({
      message: `No organization has the short name "${slug}", so nothing in this folder is used.`,
      path: organizationFolder(slug),
      line: null,
      column: null,
    })
  return found
}

function definitions(
  all: Defined[],
  byName: ReadonlyMap<string, WorkflowRow>,
  problems: SourceNote[],
): Map<string, Defined> {
  const defined = new Map<string, Defined>()
  // Who had the name before keeps it; then the order of paths decides, which does not depend on who was saved last.
  const holds = ({ orgId, path, definition }: Defined) =>
    byName.get(nameKey(orgId, definition.name))?.path === path ? 0 : 1
  all.sort((a, b) => holds(a) - holds(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  for (const one of all) {
    const { orgId, path, definition } = one
    const key = nameKey(orgId, definition.name)
    const other = defined.get(key)
    if (!other) {
      defined.set(key, one)
      continue
    }
    const where = `${other.path}:${other.definition.line}`
    problems.push({
      message: `The name "${definition.name}" is taken by ${where}; rename one of them, or give this one a name option.`,
      path,
      line: definition.line,
      column: null,
    })
  }
  return defined
}

const placeOf = (path: string, exportName: string) => `${path}#${exportName}`

const same = (a: WorkflowRow, b: WorkflowRow): boolean =>
  a.orgId === b.orgId &&
  a.status === b.status &&
  a.path === b.path &&
  JSON.stringify(a.error) === JSON.stringify(b.error) &&
  JSON.stringify(a.definition) === JSON.stringify(b.definition)

export async function writeWorkflowRows(db: Database, rows: readonly WorkflowRow[]): Promise<void> {
  if (rows.length === 0) return
  await db.query(
    `insert into workflows (id, org_id, name, path, export_name, status, definition, error, code_version, updated_at)
     select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::json[], $8::json[], $9::text[], $10::timestamptz[])
     on conflict (id) do update set name = excluded.name, path = excluded.path, export_name = excluded.export_name,
       status = excluded.status, definition = excluded.definition, error = excluded.error,
       code_version = excluded.code_version, updated_at = excluded.updated_at`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.orgId),
      rows.map((row) => row.definition.name),
      rows.map((row) => row.path),
      rows.map((row) => row.definition.exportName),
      rows.map((row) => row.status),
      rows.map((row) => JSON.stringify(row.definition)),
      rows.map((row) => (row.error ? JSON.stringify(row.error) : null)),
      rows.map((row) => row.codeVersion),
      rows.map((row) => row.updatedAt),
    ],
  )
}

/** The organization that has this slug. */
export async function organizationOf(db: Database, slug: string): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>('select id from organizations where slug = $1', [slug])
  return row?.id
}

/** The slugs of these organizations, by id. */
export async function slugsOf(db: Database, orgIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.query<{ id: string; slug: string }>(
    'select id, slug from organizations where id = any($1::uuid[])',
    [orgIds],
  )
  return new Map(rows.map(({ id, slug }) => [id, slug]))
}
