import type { SourceNote, WorkflowStatus } from '@bifrost/contract'
import type { Database } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import type { AnalysedFile, Executable } from './types.ts'

/** A workflow as the installation knows it: its id outlives edits, renames of its file, and absence. */
export interface WorkflowRow {
  id: string
  /** Null: global, for every organisation. */
  orgId: string | null
  status: WorkflowStatus
  error: SourceNote | null
  path: string
  definition: Executable
  codeVersion: string | null
  updatedAt: Date
}

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

export async function readWorkflowRows(db: Database): Promise<WorkflowRow[]> {
  const rows = await db.query<StoredRow & Record<string, unknown>>(
    `select id, org_id, status, error, path, definition, code_version, updated_at from workflows order by name`,
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
  /** Names that two files claim; the first keeps it. */
  problems: SourceNote[]
}

export function reconcile(
  before: readonly WorkflowRow[],
  files: readonly AnalysedFile[],
  now: Date,
): Reconciled {
  const byName = new Map(before.map((row) => [row.definition.name, row]))
  const byPlace = new Map(before.map((row) => [placeOf(row.path, row.definition.exportName), row]))
  const problems: SourceNote[] = []
  const changed: WorkflowRow[] = []
  const rows = new Map<string, WorkflowRow>()
  const defined = definitions(files, byName, problems)

  for (const [name, { path, definition }] of defined) {
    const samePlace = byPlace.get(placeOf(path, definition.exportName))
    // A renamed workflow keeps its id, unless somebody else has that name now.
    const old =
      byName.get(name) ?? (samePlace && !defined.has(samePlace.definition.name) ? samePlace : undefined)
    const next: WorkflowRow = {
      id: old?.id ?? newId(),
      orgId: null,
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
  for (const old of before) {
    if (rows.has(old.id)) continue
    const error = errors.get(old.path) ?? null
    const next: WorkflowRow = { ...old, status: error ? 'error' : 'missing', error, updatedAt: now }
    rows.set(old.id, same(old, next) ? old : next)
    if (!same(old, next)) changed.push(next)
  }
  return { rows: [...rows.values()], changed, problems }
}

function definitions(
  files: readonly AnalysedFile[],
  byName: ReadonlyMap<string, WorkflowRow>,
  problems: SourceNote[],
): Map<string, { path: string; definition: Executable }> {
  const defined = new Map<string, { path: string; definition: Executable }>()
  const all = files.flatMap((file) => file.executables.map((definition) => ({ path: file.path, definition })))
  // Who had the name before keeps it; then the order of paths decides, which does not depend on who was saved last.
  const holds = ({ path, definition }: (typeof all)[number]) =>
    byName.get(definition.name)?.path === path ? 0 : 1
  all.sort((a, b) => holds(a) - holds(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  for (const { path, definition } of all) {
    const other = defined.get(definition.name)
    if (!other) {
      defined.set(definition.name, { path, definition })
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
