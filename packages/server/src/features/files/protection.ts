import { posix } from 'node:path'
import { AppError, type DroppedWorkflows, limits, validationError } from '@bifrost/contract'
import { ownerSlug } from '../../platform/file-owner.ts'
import { isScanned } from '../../workspace/builder/source-files.ts'
import type { AnalyzedFile } from '../../workspace/types.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'
import type { Workspace } from '../../workspace/workspace.ts'

/** A change of workspace files that is asked for. Paths lead where they lead, with links followed. */
export type FileChange =
  | { kind: 'save'; path: string; text: string }
  /** A save whose text is not known before it is done. */
  | { kind: 'stream'; path: string }
  | { kind: 'delete'; path: string }
  | { kind: 'move'; path: string; to: string }

export interface Consent {
  force?: boolean | undefined
  /** By the id of a workflow that would be lost, the name that it continues as. */
  replacements?: Readonly<Record<string, string>> | undefined
}

/**
 * Makes a change, unless it would lose registered workflows and the caller did not agree: they have forms, schedules, keys and a
 * history, and all of it hangs on their ids. Those that continue under another name keep them.
 */
export async function changeProtected<T>(
  workspace: Workspace,
  change: FileChange,
  { force = false, replacements = {} }: Consent,
  make: () => Promise<T>,
): Promise<T> {
  const { lost, candidates } = await lossOf(workspace, change)
  requireSound(replacements, lost, candidates)
  const dropped = lost.filter((row) => !(row.id in replacements))
  if (dropped.length > 0 && !force) throw refusal(dropped, candidates)
  const ends = await Promise.all(
    lost.flatMap((row) => {
      const name = replacements[row.id]
      return name === undefined ? [] : [handOn(workspace, row, name)]
    }),
  )
  let isRead = true
  try {
    const made = await make()
    if (ends.length > 0) isRead = await workspace.reread(change.path)
    return made
  } finally {
    // Those that continue under another name are found by the scan, however long it takes.
    const endAll = () => {
      for (const end of ends) end()
    }
    if (isRead) endAll()
    else void workspace.reread(change.path, Number.POSITIVE_INFINITY).then(endAll)
  }
}

interface Loss {
  lost: WorkflowRow[]
  candidates: string[]
}

async function lossOf(workspace: Workspace, change: FileChange): Promise<Loss> {
  const { path } = change
  const deadlineMs = performance.now() + limits.savePreviewTimeoutMs
  // What was saved a moment ago counts. What takes longer to read prevents no save.
  const mayDefine = isScanned(path) || !posix.extname(path)
  if (mayDefine && !workspace.isKnown(path)) await workspace.reread(path, limits.savePreviewTimeoutMs / 2)
  const rows = workspace.definedBelow(path)
  if (rows.length === 0) return { lost: [], candidates: [] }
  if (change.kind === 'delete') return { lost: rows, candidates: [] }
  if (change.kind === 'move')
    return { lost: rows.filter((row) => !survivesMove(row, change)), candidates: [] }
  if (change.kind === 'stream') return { lost: workspace.isUnreadable(path) ? [] : rows, candidates: [] }
  const preview = await inTime(workspace.preview(path, change.text), deadlineMs - performance.now())
  // A text with a mistake says nothing of what it will define; its workflows wait for the next one.
  if (!preview || preview.error) return { lost: [], candidates: [] }
  const { executables } = preview
  const names = new Set(executables.map((one) => one.name))
  const places = new Set(executables.map((one) => one.exportName))
  const lost = rows.filter(
    ({ definition }) => !names.has(definition.name) && !places.has(definition.exportName),
  )
  const [orgId = null] = rows.map((row) => row.orgId)
  const known = new Set(
    workspace
      .ownedBy(orgId)
      .filter((row) => row.status !== 'missing')
      .map((row) => row.definition.name),
  )
  return { lost, candidates: [...names].filter((name) => !known.has(name)) }
}

/** Null: it failed or takes too long. Then the save is done, and the file gets a note when it is read. */
async function inTime(preview: Promise<AnalyzedFile>, ms: number): Promise<AnalyzedFile | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms), null)
  })
  return Promise.race([preview.catch(() => null), late]).finally(() => clearTimeout(timer))
}

function survivesMove({ path }: WorkflowRow, { path: from, to }: { path: string; to: string }): boolean {
  const next = path === from ? to : `${to}${path.slice(from.length)}`
  return isScanned(next) && ownerSlug(next) === ownerSlug(path)
}

function requireSound(
  replacements: Readonly<Record<string, string>>,
  lost: readonly WorkflowRow[],
  candidates: readonly string[],
): void {
  const names = Object.values(replacements)
  for (const [id, name] of Object.entries(replacements)) {
    const field = `replacements.${id}`
    if (!lost.some((row) => row.id === id))
      throw validationError([{ field, message: 'is not a workflow that this change would remove' }])
    if (!candidates.includes(name))
      throw validationError([{ field, message: `is not one of the possible replacements` }])
    if (names.filter((one) => one === name).length > 1)
      throw validationError([{ field, message: `another workflow also continues as "${name}"` }])
  }
}

/** The name may be one that is gone; then that one is forgotten for this. */
async function handOn(workspace: Workspace, row: WorkflowRow, name: string): Promise<() => void> {
  const gone = workspace
    .ownedBy(row.orgId)
    .find((one) => one.definition.name === name && one.status === 'missing')
  if (gone) await workspace.forget(gone.id)
  return workspace.succeed(row, name)
}

function refusal(dropped: readonly WorkflowRow[], candidates: string[]): AppError {
  const names = dropped.map((row) => `"${row.definition.name}"`).join(', ')
  const details: DroppedWorkflows = {
    workflows: dropped.map(({ id, definition }) => ({ id, name: definition.name })),
    candidates,
  }
  return new AppError(
    'workflow_dropped',
    dropped.length === 1
      ? `The workflow ${names} would be removed. Name the one that takes its place, or confirm.`
      : `The workflows ${names} would be removed. Name the ones that take their place, or confirm.`,
    details,
  )
}
