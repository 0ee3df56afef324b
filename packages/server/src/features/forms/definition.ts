import {
  AppError,
  asksFor,
  checkFields,
  type FieldError,
  type FormField,
  fieldOf,
  type Json,
  limits,
  validationError,
  type WrittenFormField,
} from '@bifrost/contract'
import type { OrgScope } from '../../platform/scope.ts'
import type { WorkflowCatalog } from '../../workspace/workflow-catalog.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'
import { patternProblem } from './patterns.ts'

/** A workflow that a caller named, or the 422 that says it is none. */
export async function namedWorkflow(
  scope: OrgScope,
  workspace: WorkflowCatalog,
  idOrName: string,
  field: string,
): Promise<WorkflowRow> {
  const row = await lookUp(scope, workspace, idOrName)
  if (!row || row.definition.type === 'data_provider')
    throw validationError([{ field, message: `there is no workflow "${idOrName}"` }])
  return row
}

async function lookUp(
  scope: OrgScope,
  workspace: WorkflowCatalog,
  idOrName: string,
): Promise<WorkflowRow | null> {
  try {
    return await workspace.find(scope, idOrName)
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return null
    throw error
  }
}

/** The fields as they are stored: checked, and with the ids of their data providers. */
export async function storableFields(
  scope: OrgScope,
  workspace: WorkflowCatalog,
  given: readonly WrittenFormField[],
): Promise<FormField[]> {
  const checked = checkFields(given.map(fieldOf))
  if (!checked.ok) throw validationError(checked.errors)
  const errors: FieldError[] = []
  const fields: FormField[] = []
  for (const [at, field] of checked.fields.entries()) {
    const pattern = field.validation?.pattern
    const problem = pattern ? patternProblem(pattern) : null
    if (problem) errors.push({ field: `fields.${at}.validation.pattern`, message: problem })
    fields.push(field.provider ? await withProvider(scope, workspace, field, at, errors) : field)
  }
  if (errors.length > 0) throw validationError(errors.slice(0, limits.fieldErrorsMax))
  return fields
}

async function withProvider(
  scope: OrgScope,
  workspace: WorkflowCatalog,
  field: FormField,
  at: number,
  errors: FieldError[],
): Promise<FormField> {
  const { id, inputs = {} } = field.provider ?? { id: '' }
  const row = await lookUp(scope, workspace, id)
  const place = `fields.${at}.provider`
  if (row?.definition.type !== 'data_provider') {
    errors.push({ field: `${place}.id`, message: `there is no data provider "${id}"` })
    return field
  }
  const known = new Map(row.definition.parameters.map((parameter) => [parameter.name, parameter]))
  for (const name of Object.keys(inputs))
    if (!known.has(name))
      errors.push({ field: `${place}.inputs.${name}`, message: `is not an input of ${row.definition.name}` })
  for (const { name, required } of known.values())
    if (required && !Object.hasOwn(inputs, name))
      errors.push({ field: `${place}.inputs.${name}`, message: 'is required' })
  return { ...field, provider: { id: row.id, inputs } }
}

/** What will go wrong when the form is used as the workspace is now. */
export function problemsOf(
  row: WorkflowRow | null,
  form: { fields: readonly FormField[]; inputs: Readonly<Record<string, Json>> },
  providers: ReadonlyMap<string, WorkflowRow | null>,
): string[] {
  const problems: string[] = []
  if (!row || row.status === 'missing') problems.push('Its workflow no longer exists.')
  else if (row.error) problems.push(`Its workflow has an error: ${row.error.message}`)
  const asked = new Map(form.fields.filter(asksFor).map((field) => [field.name, field]))
  for (const { name, required, default: preset } of row?.definition.parameters ?? []) {
    if (!required || preset !== null || Object.hasOwn(form.inputs, name)) continue
    const field = asked.get(name)
    if (!field) problems.push(`The workflow needs "${name}", and the form does not provide it.`)
    else if (!field.required || field.visible_if)
      problems.push(`The workflow needs "${name}", but its field is optional.`)
  }
  for (const field of form.fields) {
    const provider = field.provider && providers.get(field.provider.id)
    if (field.provider && provider?.status !== 'active')
      problems.push(`The data provider of "${field.name}" no longer exists or has an error.`)
  }
  return problems
}
