import {
  AppError,
  type DroppedWorkflows,
  type Language,
  labelOf,
  languageOf,
  limits,
} from '@bifrost/contract'
import { ORGANIZATIONS, ownerSlug } from '../../platform/file-owner.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { stillReading } from '../../workspace/workflow-catalog.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import { type Consent, changeProtected, type WorkspaceFiles } from '../files/files.ts'

export interface NewWorkflow {
  name: string
  path?: string | undefined
  code?: string | undefined
  language?: Language | undefined
  description?: string | undefined
  category?: string | undefined
}

/** Workflows are files: creating, replacing and deleting them writes the workspace, and reads it again. */
export async function createWorkflow(
  scope: OrgScope,
  workspace: Workspace,
  files: WorkspaceFiles,
  folder: string,
  wanted: NewWorkflow,
): Promise<WorkflowRow> {
  const within = wanted.path ?? fileNameOf(wanted)
  // An organization has a folder of its own; a path that says so already is left alone.
  const path = folder === '' || within.startsWith(`${ORGANIZATIONS}/`) ? within : `${folder}/${within}`
  if (folder === '' && ownerSlug(path) !== null)
    throw new AppError(
      'bad_request',
      `Files below ${ORGANIZATIONS}/ belong to an organization. Act for it, and create the workflow there.`,
    )
  if (!/\.(m?ts|py)$/.test(path))
    throw new AppError('bad_request', 'The path of a workflow file must end in .ts or .py.')
  if (languageOf(path) !== (wanted.language ?? languageOf(path)))
    throw new AppError('bad_request', `A workflow in ${path} is not written in that language.`)
  const orgId = folder === '' ? null : scope.owner
  const taken = workspace
    .ownedBy(orgId)
    .find((row) => row.definition.name === wanted.name && row.status !== 'missing')
  const text = Buffer.from(
    wanted.code ?? (languageOf(path) === 'python' ? pythonTemplate(wanted) : template(wanted)),
  )
  const isThere = await files.exists(path)
  // A caller that was told to try again finds the text that it has written.
  const isSame = isThere && text.equals(await files.read(path))
  if (taken?.path === path && isSame) return taken
  if (taken) throw new AppError('conflict', `A workflow "${wanted.name}" already exists in ${taken.path}.`)
  if (isThere && !isSame) throw new AppError('conflict', `The file ${path} already exists.`)
  if (!isThere) await files.write(path, text)
  const isRead = await workspace.reread(path)
  const row = workspace.list(scope).find((one) => one.definition.name === wanted.name && one.path === path)
  if (row) return row
  // Nothing can be said of the text yet, so it stays.
  if (!isRead || !workspace.isKnown(path)) throw stillReading(path)
  const problem = (await workspace.problems(scope)).find((note) => note.path === path)
  if (!isThere) {
    await files.delete(path)
    await workspace.reread(path)
  }
  throw new AppError(
    'bad_request',
    problem
      ? `The code has an error in line ${problem.line}: ${problem.message}`
      : `The code does not export a workflow "${wanted.name}".`,
    problem ?? null,
  )
}

/** Replaces the file of a workflow; what does not parse, or no longer defines it, is refused and the file stays. */
export async function updateWorkflow(
  scope: OrgScope,
  workspace: Workspace,
  files: WorkspaceFiles,
  row: WorkflowRow,
  { code, ...consent }: { code: string } & Consent,
): Promise<WorkflowRow> {
  await files.requireWrite(row.path)
  const before = await files.read(row.path)
  const path = await files.real(row.path)
  await changeProtected(workspace, { kind: 'save', path, text: code }, consent, () =>
    files.write(row.path, Buffer.from(code)),
  )
  const isRead = await workspace.reread(row.path)
  if (!isRead || !workspace.isKnown(row.path)) throw stillReading(row.path)
  const after = await workspace.find(scope, row.id)
  if (after.status === 'active' || (after.status === 'missing' && consent.force)) return after
  await files.write(row.path, before)
  await workspace.reread(row.path)
  if (after.status === 'missing')
    throw new AppError(
      'workflow_dropped',
      `The new code no longer defines "${row.definition.name}". The file was not changed.`,
      { workflows: [{ id: row.id, name: row.definition.name }], candidates: [] } satisfies DroppedWorkflows,
    )
  throw new AppError(
    'workflow_broken',
    `${after.error?.message} (line ${after.error?.line}). The file was not changed.`,
    after.error,
  )
}

export async function deleteWorkflow(
  workspace: Workspace,
  files: WorkspaceFiles,
  row: WorkflowRow,
): Promise<void> {
  await files.requireWrite(row.path)
  const others = workspace
    .definedBelow(row.path)
    .filter((one) => one.id !== row.id)
    .map((one) => one.definition.name)
  if (row.status !== 'missing') {
    if (others.length > 0)
      throw new AppError(
        'conflict',
        `${row.path} also defines ${others.join(', ')}; edit the file instead.`,
        { others },
      )
    await files.delete(row.path)
    await workspace.reread(row.path, limits.savePreviewTimeoutMs / 2)
  }
  await workspace.forget(row.id)
}

/** The modules of Python have names that can be imported. */
const fileNameOf = ({ name, language }: NewWorkflow): string =>
  language === 'python'
    ? `${name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()}.py`
    : `${name
        .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
        .replaceAll('_', '-')
        .toLowerCase()}.ts`

const pythonTemplate = ({ name, description, category }: NewWorkflow): string => `import logging

from bifrost import workflow

logger = logging.getLogger(__name__)


@workflow(${category ? `category=${JSON.stringify(category)}` : ''})
async def ${name}(name: str):
    ${JSON.stringify(description ?? labelOf(name)).replace(/^"|"$/g, '"""')}
    logger.info("Hello %s", name)
    return {"greeting": f"Hello {name}"}
`

const template = ({
  name,
  description,
  category,
}: NewWorkflow): string => `import { logger, workflow } from 'bifrost'

/** ${(description ?? labelOf(name)).replaceAll('*/', '* /')} */
export const ${name} = workflow(${category ? `{ category: ${JSON.stringify(category)} }, ` : ''}async (name: string) => {
  logger.info(\`Hello \${name}\`)
  return { greeting: \`Hello \${name}\` }
})
`
