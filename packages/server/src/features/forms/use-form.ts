import {
  AppError,
  asksFor,
  checkAnswers,
  type ExecuteAnswer,
  type ExecutionStatus,
  evaluateExpression,
  type FileRef,
  type FormField,
  type FormOption,
  type Json,
  limits,
  readValue,
  storedExpression,
  validationError,
  visibleFields,
} from '@bifrost/contract'
import type { RunOrigin } from '../../engine/engine.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { WorkflowCatalog } from '../../workspace/workflow-catalog.ts'
import { acceptsExtra, type Executor, type RunStarter } from '../workflows/workflows.ts'
import type { Launches } from './launches.ts'
import { matches } from './patterns.ts'
import type { FormRow } from './queries.ts'

export interface FormUseOptions {
  workspace: WorkflowCatalog
  starter: RunStarter
  executor: Executor
  launches: Launches
  /** The uploaded file of that id, as it lies there; null when there is none. */
  uploaded(scope: OrgScope, id: string): Promise<Pick<FileRef, 'size'> | null>
}

/** Who uses a form: the scope that its runs act in, and what a handle is bound to. */
export interface FormUser {
  scope: OrgScope
  boundTo: Buffer
  /** Of a public link: whether a file came through it. */
  ownFile?(id: string): Promise<boolean>
}

type Waiting = Parameters<Executor['execute']>[3]
type Values = Readonly<Record<string, Json>>

export interface Startup {
  status: ExecutionStatus
  result: Json
  error: ExecuteAnswer['error']
  handle: string | null
  expires_at: string | null
}

export interface Submission {
  fields: Readonly<Record<string, unknown>>
  handle: string | undefined
  scheduledAt: Date | null
  idempotencyKey?: string | undefined
}

/** The answers that options are asked for with. A body that has other members alone has them under a wrong name. */
export function answersIn(body: {
  fields?: Values | undefined
  startup_handle?: string | undefined
}): Values {
  if (body.fields !== undefined) return body.fields
  const others = Object.keys(body).filter((name) => name !== 'startup_handle')
  if (others.length > 0)
    throw refused('fields', 'is required: the answers given so far, by the name of their field')
  return {}
}

/** What is done with a form: opening it, asking for options, submitting it. The caller has checked who may do so. */
export class FormUse {
  readonly #options: FormUseOptions

  constructor(options: FormUseOptions) {
    this.#options = options
  }

  /** Runs the launch workflow; its answer stays here, and the visitor gets a handle for it. */
  async launch({ scope, boundTo }: FormUser, form: FormRow, waiting: Waiting): Promise<Startup> {
    const { executor, launches, workspace } = this.#options
    if (!form.launch_workflow_id) throw new AppError('conflict', 'This form has no launch workflow.')
    const { row } = await workspace.runnable(scope, form.launch_workflow_id)
    const takes = new Set(row.definition.parameters.map(({ name }) => name))
    const input = Object.fromEntries(Object.entries(form.inputs).filter(([name]) => takes.has(name)))
    const { status, result, error } = await executor.execute(
      scope,
      row.id,
      { input, trigger: 'form', origin: formOrigin(form, {}, null), granted: true },
      waiting,
    )
    if (status !== 'SUCCESS') return { status, result: null, error, handle: null, expires_at: null }
    if (JSON.stringify(result ?? null).length > limits.formLaunchBytesMax)
      throw new AppError(
        'conflict',
        `The launch workflow of this form answers more than ${limits.formLaunchBytesMax / 1024} KB.`,
      )
    const { handle, expiresAt } = await launches.keep(scope, form.id, boundTo, result)
    return { status, result, error, handle, expires_at: expiresAt.toISOString() }
  }

  /** The options of a field, from the provider that the form names, with the inputs that the form defines. */
  async options(
    user: FormUser,
    form: FormRow,
    name: string,
    given: Readonly<Record<string, unknown>>,
    handle: string | undefined,
    waiting: Waiting,
  ): Promise<FormOption[]> {
    const field = form.fields.find((one) => one.name === name)
    if (!field?.provider) throw new AppError('not_found', 'There is no such field with options.')
    const startup = handle === undefined ? null : await this.#startup(user, form, handle)
    const context = contextOf(startup)
    const values: Record<string, Json> = {}
    for (const one of form.fields.filter(asksFor)) {
      const read = readValue(one, Object.hasOwn(given, one.name) ? given[one.name] : null)
      if ('value' in read) values[one.name] = read.value
    }
    return this.#ask(user.scope, field, visibleFields(form.fields, values, context).values, context, waiting)
  }

  async submit(
    user: FormUser,
    form: FormRow,
    { fields, handle, scheduledAt, idempotencyKey }: Submission,
    waiting: Waiting,
  ): Promise<{ executionId: string; status: ExecutionStatus }> {
    const { workspace, starter } = this.#options
    if (handle === undefined && form.launch_workflow_id)
      throw refused('startup_handle', 'is required: open the form first')
    if (handle !== undefined && !form.launch_workflow_id) throw refused('startup_handle', NO_HANDLE)
    const startup = handle === undefined ? null : await this.#startup(user, form, handle)
    const answers = await this.#answers(user, form, fields, contextOf(startup), waiting)
    const { row } = await workspace.runnable(user.scope, form.workflow_id)
    const { definition } = row
    const takes = new Set(definition.parameters.map((parameter) => parameter.name))
    const takesAll = acceptsExtra(definition.arguments)
    // What no parameter names is in the context of the run; it is no input.
    const known = Object.entries({ ...form.inputs, ...answers }).filter(
      ([name]) => takesAll || takes.has(name),
    )
    const { executionId, status } = await starter.start(user.scope, row.id, {
      input: Object.fromEntries(known),
      trigger: 'form',
      // Who may use the form may run its workflow through it.
      granted: true,
      origin: formOrigin(form, answers, startup),
      scheduledAt,
      idempotencyKey,
    })
    return { executionId, status }
  }

  async #startup({ scope, boundTo }: FormUser, form: FormRow, handle: string): Promise<Json> {
    const found = await this.#options.launches.find(scope, form.id, boundTo, handle)
    if (!found) throw refused('startup_handle', NO_HANDLE)
    return found.result
  }

  /** What was filled in, checked with everything that the server knows. */
  async #answers(
    user: FormUser,
    form: FormRow,
    given: Readonly<Record<string, unknown>>,
    context: Values,
    waiting: Waiting,
  ): Promise<Record<string, Json>> {
    const first = checkAnswers(form.fields, given, { context, matches })
    if (!first.ok) throw validationError(first.errors)
    const options: Record<string, FormOption[]> = {}
    for (const field of form.fields)
      if (field.provider && (first.answers[field.name] ?? null) !== null)
        options[field.name] = await this.#ask(user.scope, field, first.answers, context, waiting)
    const { answers } = first
    const checked = checkAnswers(form.fields, { ...given, ...answers }, { context, options, matches })
    if (!checked.ok) throw validationError(checked.errors)
    for (const field of form.fields)
      if (field.type === 'file' && (answers[field.name] ?? null) !== null)
        answers[field.name] = await this.#file(user, field, answers[field.name] as unknown as FileRef)
    return answers
  }

  /** The file that an answer names, with the size that it has, not the one that the client says it has. */
  async #file({ scope, ownFile }: FormUser, field: FormField, file: FileRef): Promise<Json> {
    const found = ownFile && !(await ownFile(file.id)) ? null : await this.#options.uploaded(scope, file.id)
    if (!found) throw refused(field.name, 'is not an uploaded file')
    if (field.accept?.length && !accepts(field.accept, file))
      throw refused(field.name, `must be ${field.accept.join(' or ')}`)
    const real = { ...file, size: found.size }
    const checked = checkAnswers([{ ...field, visible_if: null }], { [field.name]: real })
    if (!checked.ok) throw validationError(checked.errors)
    return real
  }

  async #ask(
    scope: OrgScope,
    { name, provider }: FormField,
    values: Values,
    context: Values,
    waiting: Waiting,
  ): Promise<FormOption[]> {
    const { workspace, executor } = this.#options
    const { row } = await workspace.runnable(scope, provider?.id ?? '')
    if (row.definition.type !== 'data_provider') throw new AppError('conflict', NOT_LOADED)
    const input: Record<string, Json> = {}
    for (const { name: parameter, required } of row.definition.parameters) {
      const value = inputOf(provider?.inputs?.[parameter], values, context)
      if (value !== null) input[parameter] = value
      // As long as nothing is chosen that its options depend on, there is nothing to choose from.
      else if (required) return []
    }
    const { status, result } = await executor.execute(
      scope,
      row.id,
      { input, trigger: 'form', granted: true },
      waiting,
    )
    if (status !== 'SUCCESS' || !Array.isArray(result))
      throw new AppError('conflict', `${NOT_LOADED} (${name})`)
    return result.slice(0, limits.formOptionsMax).flatMap(optionOf)
  }
}

/** The form as what its runs come from; the worker gives them the data as `context.form`. */
const formOrigin = ({ id, name }: FormRow, answers: Record<string, Json>, startup: Json): RunOrigin => ({
  kind: 'form',
  id,
  name,
  data: { answers, startup },
})

const NO_HANDLE = 'is unknown or has expired: open the form again'
const NOT_LOADED = 'The options could not be loaded; try again, or ask the person who made this form.'

const refused = (field: string, message: string) => validationError([{ field, message }])

/** What expressions see of a launch: its members, or one value under that name. */
function contextOf(startup: Json): Record<string, Json> {
  if (startup === null) return {}
  return typeof startup === 'object' && !Array.isArray(startup) ? startup : { value: startup }
}

type Input = NonNullable<NonNullable<FormField['provider']>['inputs']>[string]

function inputOf(input: Input | undefined, values: Values, context: Values): Json {
  if (!input) return null
  if ('value' in input) return input.value
  if ('field' in input) return Object.hasOwn(values, input.field) ? (values[input.field] as Json) : null
  const expression = storedExpression(input.expression)
  return expression ? evaluateExpression(expression, { fields: values, context }) : null
}

function optionOf(row: Json): FormOption[] {
  const { label, value, description } = row as Record<string, Json>
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return []
  return [
    {
      label: String(label),
      value,
      ...(typeof description === 'string' && { description }),
    },
  ]
}

const accepts = (accept: readonly string[], { name, content_type: type }: FileRef): boolean =>
  accept.some((one) =>
    one.startsWith('.')
      ? name.toLowerCase().endsWith(one.toLowerCase())
      : one.endsWith('/*')
        ? type.startsWith(one.slice(0, -1))
        : type === one,
  )
