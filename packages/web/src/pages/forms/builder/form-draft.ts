import type { FieldError, Form, FormAccess, FormField, FormTexts, Json } from '@bifrost/contract'

/** A form while it is edited. */
export interface FormDraft {
  name: string
  description: string
  workflow: string
  launch_workflow: string | null
  fields: FormField[]
  texts: FormTexts
  /** Fixed inputs, as JSON text. */
  inputs: string
  access: FormAccess
  role_ids: string[]
  allow_schedule: boolean
  is_active: boolean
}

export const freshDraft = (workflow: string): FormDraft => ({
  name: '',
  description: '',
  workflow,
  launch_workflow: null,
  fields: [],
  texts: {},
  inputs: '{}',
  access: 'authenticated',
  role_ids: [],
  allow_schedule: false,
  is_active: true,
})

export const draftOf = (form: Form): FormDraft => ({
  name: form.name,
  description: form.description,
  workflow: form.workflow.id,
  launch_workflow: form.launch_workflow?.id ?? null,
  fields: form.fields,
  texts: form.texts,
  inputs: JSON.stringify(form.inputs, null, 2),
  access: form.access,
  role_ids: form.role_ids,
  allow_schedule: form.allow_schedule,
  is_active: form.is_active,
})

/** The draft as the API takes it; null while its inputs are no JSON object. */
export function bodyOf({ inputs, ...draft }: FormDraft) {
  const read = readInputs(inputs)
  return read && { ...draft, name: draft.name.trim(), inputs: read }
}

export function readInputs(text: string): Record<string, Json> | null {
  try {
    const value = JSON.parse(text.trim() === '' ? '{}' : text) as Json
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

/** What is wrong, in words of the builder: a field by its label instead of its place. */
export function problemText(fields: readonly FormField[], { field, message }: FieldError): string {
  const [, at, member] = /^(?:body\.)?fields\.(\d+)\.?(.*)$/.exec(field) ?? []
  const named = at === undefined ? undefined : fields[Number(at)]
  return named
    ? `${named.label || named.name}: ${member ? `${member} ` : ''}${message}`
    : `${field.replace(/^body\./, '')}: ${message}`
}

/** The list with one item at another place. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const next = items.toSpliced(from, 1)
  next.splice(to, 0, items[from] as T)
  return next
}
