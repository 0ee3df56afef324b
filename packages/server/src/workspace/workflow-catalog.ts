import { AppError, type SourceNote } from '@bifrost/contract'
import type { OrgScope } from '../platform/scope.ts'
import type { WorkflowRow } from './workflow-rows.ts'

/** What a run needs of a workflow: its definition, and the code that goes with it. */
export interface RunnableWorkflow {
  row: WorkflowRow
  codeVersion: string
  /** Its code makes durable calls. */
  durable: boolean
}

/** The workflows of an installation: as this process reads them from files, or as another one has stored them. */
export interface WorkflowCatalog {
  start(): Promise<void>
  stop(): Promise<void>
  /** The workflows that this organization sees, one of each name: its own, else its parents', else the global one. */
  list(scope: OrgScope): WorkflowRow[]
  /** The files of what this organization sees have been looked at once, unless that takes too long. */
  ready(scope: OrgScope): Promise<void>
  /** What was saved a while ago is in the list, unless reading this organization's files takes too long. */
  upToDate(scope: OrgScope): Promise<void>
  /** Finds by id or name; a name that is unknown may have been saved a moment ago. Throws `not_found`. */
  find(scope: OrgScope, idOrName: string): Promise<WorkflowRow>
  /** The workflow with fresh code, ready to run. Throws `workflow_broken` with the place of the mistake. */
  runnable(scope: OrgScope, idOrName: string): Promise<RunnableWorkflow>
}

export const unknownWorkflow = (idOrName: string): AppError =>
  new AppError('not_found', `There is no workflow "${idOrName}".`)

/** Nothing was started: a program may ask again by itself. */
const READING = { still_reading: true }

export const stillReading = (path: string): AppError =>
  new AppError(
    'unavailable',
    `${path} is still being read, because it or a file beside it is slow to read. Try again in a moment.`,
    READING,
  )

/** A name that is not known, while files are read that may define it. */
export const stillReadingFor = (name: string): AppError =>
  new AppError(
    'unavailable',
    `There is no workflow "${name}" yet, and files are still being read. Try again in a moment.`,
    READING,
  )

/** What keeps a workflow from running, if anything does. */
export function requireUsable(row: WorkflowRow): void {
  if (row.status === 'missing')
    throw new AppError(
      'workflow_broken',
      `"${row.definition.name}" no longer exists: ${row.path} does not define it.`,
    )
  if (row.error) throw broken(row.error)
}

export function broken(note: SourceNote): AppError {
  const where = note.line === null ? note.path : `${note.path}:${note.line}`
  return new AppError('workflow_broken', `${note.message} (${where})`, note)
}
