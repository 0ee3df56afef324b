import {
  AppError,
  asksFor,
  type Form,
  type FormSummary,
  type FormTexts,
  type Json,
  type ShownForm,
  shownField,
  type WrittenFormField,
} from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import { type Database, isDataError, type Query } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { may, type OrgScope } from '../../platform/scope.ts'
import { mayUse } from '../../tenancy/access.ts'
import type { WorkflowCatalog } from '../../workspace/workflow-catalog.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'
import { namedWorkflow, problemsOf, storableFields } from './definition.ts'
import {
  deleteForm,
  type FormRow,
  type FormValues,
  findForm,
  insertForm,
  knownRoles,
  readRoleIds,
  updateForm,
  writeRoleIds,
} from './queries.ts'

/** What a caller writes of a form; what is absent stays, or has its usual value. */
export interface FormChange {
  name?: string | undefined
  description?: string | undefined
  workflow?: string | undefined
  launch_workflow?: string | null | undefined
  fields?: WrittenFormField[] | undefined
  texts?: FormTexts | undefined
  inputs?: Record<string, Json> | undefined
  access?: FormRow['access'] | undefined
  role_ids?: string[] | undefined
  allow_schedule?: boolean | undefined
  is_active?: boolean | undefined
  version?: number | undefined
}

const FRESH = {
  description: '',
  launch_workflow_id: null,
  texts: {},
  inputs: {},
  access: 'authenticated',
  allow_schedule: false,
  is_active: true,
} as const

/** Stored forms: who may see and change them, and what is kept of them. */
export class Forms {
  readonly #db: Database
  readonly #workspace: WorkflowCatalog

  constructor(db: Database, workspace: WorkflowCatalog) {
    this.#db = db
    this.#workspace = workspace
  }

  /** A form that the person may see; people who build forms see all of them. */
  async find(scope: OrgScope, id: string): Promise<FormRow> {
    const { query } = this.#db.as(scope)
    const row = await findForm(scope, query, id)
    if (!row) throw notFound()
    return row
  }

  /** A form that the person may fill in. */
  async usable(scope: OrgScope, id: string): Promise<FormRow> {
    const row = await this.find(scope, id)
    const builds = may(scope, 'form:write')
    if (!builds && (!row.is_active || !(await mayUse(this.#db.as(scope).query, scope, 'form', row))))
      throw notFound()
    return row
  }

  async create(
    scope: OrgScope,
    change: FormChange & { name: string; workflow: string; fields: WrittenFormField[] },
  ): Promise<Form> {
    const id = newId()
    const values = await this.#values(scope, FRESH, change)
    await this.#write(scope, async (query) => {
      await insertForm(scope, query, id, values)
      await this.#grant(scope, query, id, change.role_ids ?? [])
      await audit(query, scope, {
        action: 'form.create',
        target: { type: 'form', id, name: values.name },
        after: auditOf(values, change.role_ids),
      })
    })
    return this.settings(scope, id)
  }

  async change(scope: OrgScope, id: string, change: FormChange): Promise<Form> {
    const before = await this.#own(scope, id)
    if (change.version !== undefined && change.version !== before.version) throw changedMeanwhile()
    const values = await this.#values(scope, before, change)
    await this.#write(scope, async (query) => {
      const roleIds = change.role_ids && (await readRoleIds(scope, query, id))
      if (!(await updateForm(scope, query, id, before.version, values))) throw changedMeanwhile()
      if (change.role_ids) await this.#grant(scope, query, id, change.role_ids)
      await audit(query, scope, {
        action: 'form.update',
        target: { type: 'form', id, name: values.name },
        before: auditOf(before, roleIds),
        after: auditOf(values, change.role_ids),
      })
    })
    return this.settings(scope, id)
  }

  async remove(scope: OrgScope, id: string): Promise<void> {
    const row = await this.#own(scope, id)
    await this.#db.as(scope).transaction(async (query) => {
      await deleteForm(scope, query, id)
      await audit(query, scope, {
        action: 'form.delete',
        target: { type: 'form', id, name: row.name },
        before: auditOf(row),
      })
    })
  }

  async settings(scope: OrgScope, id: string): Promise<Form> {
    const row = await this.find(scope, id)
    const workflow = await this.#workflow(scope, row.workflow_id)
    const launch = row.launch_workflow_id && (await this.#workflow(scope, row.launch_workflow_id))
    const providers = new Map<string, WorkflowRow | null>()
    for (const { provider } of row.fields)
      if (provider) providers.set(provider.id, await this.#workflow(scope, provider.id))
    return {
      ...(await this.summary(scope, row)),
      version: row.version,
      fields: row.fields,
      texts: row.texts,
      inputs: row.inputs,
      allow_schedule: row.allow_schedule,
      launch_workflow: row.launch_workflow_id
        ? { id: row.launch_workflow_id, name: launch ? launch.definition.name : '' }
        : null,
      role_ids: await readRoleIds(scope, this.#db.as(scope).query, id),
      problems: problemsOf(workflow, row, providers),
    }
  }

  async summary(scope: OrgScope, row: FormRow): Promise<FormSummary> {
    const workflow = await this.#workflow(scope, row.workflow_id)
    return {
      id: row.id,
      org_id: row.org_id,
      name: row.name,
      description: row.description,
      workflow: { id: row.workflow_id, name: workflow?.definition.name ?? '' },
      access: row.access,
      is_active: row.is_active,
      field_count: row.fields.filter(asksFor).length,
      may_edit: may(scope, 'form:write') && row.org_id === scope.owner,
      updated_at: row.updated_at.toISOString(),
    }
  }

  /** What uses a workflow, in whatever organization: by name where the person sees it, counted where not. */
  async using(scope: OrgScope, workflowId: string): Promise<string[]> {
    const rows = await this.#db.query<{ name: string; org_id: string | null }>(
      `select name, org_id from forms
       where workflow_id = $1 or launch_workflow_id = $1 or strpos(fields::text, $1::text) > 0 order by lower(name)`,
      [workflowId],
    )
    const seen = rows.filter(({ org_id }) => org_id === null || scope.chain.includes(org_id))
    const others = rows.length - seen.length
    return [
      ...seen.map(({ name }) => `the form "${name}"`),
      ...(others > 0 ? [`${others} ${others === 1 ? 'form' : 'forms'} of other organizations`] : []),
    ]
  }

  /** The form if the caller acts for its owner: those of a parent, and the global ones, are changed where they belong. */
  async #own(scope: OrgScope, id: string): Promise<FormRow> {
    const row = await this.find(scope, id)
    if (row.org_id !== scope.owner)
      throw new AppError(
        'forbidden',
        row.org_id === null
          ? 'This form is global. Only a person who acts globally can change it.'
          : 'This form belongs to another organization. Only that organization can change it.',
      )
    return row
  }

  async #values(scope: OrgScope, before: Partial<FormValues>, change: FormChange): Promise<FormValues> {
    const workflow =
      change.workflow === undefined
        ? undefined
        : await namedWorkflow(scope, this.#workspace, change.workflow, 'workflow')
    const launch = change.launch_workflow
      ? await namedWorkflow(scope, this.#workspace, change.launch_workflow, 'launch_workflow')
      : null
    const fields = change.fields && (await storableFields(scope, this.#workspace, change.fields))
    const { name, description, texts, inputs, access, allow_schedule, is_active } = change
    const given = {
      name,
      description,
      texts,
      inputs,
      access,
      allow_schedule,
      is_active,
      fields,
      workflow_id: workflow?.id,
      launch_workflow_id: change.launch_workflow === undefined ? undefined : (launch?.id ?? null),
    }
    const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    return { ...before, ...known } as FormValues
  }

  async #grant(scope: OrgScope, query: Query, id: string, roleIds: readonly string[]): Promise<void> {
    const known = await knownRoles(scope, query, roleIds)
    const unknown = roleIds.find((roleId) => !known.has(roleId))
    if (unknown) throw new AppError('not_found', `There is no role ${unknown}.`)
    await writeRoleIds(scope, query, id, roleIds)
  }

  async #write(scope: OrgScope, work: (query: Query) => Promise<void>): Promise<void> {
    try {
      await this.#db.as(scope).transaction(work)
    } catch (error) {
      if (isDataError(error) && (error as { constraint?: string }).constraint === 'forms_name')
        throw new AppError('already_exists', 'There is already a form with this name.')
      throw error
    }
  }

  async #workflow(scope: OrgScope, id: string): Promise<WorkflowRow | null> {
    return this.#workspace.find(scope, id).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not_found') return null
      throw error
    })
  }
}

/** A form as the one who fills it in gets it. */
export const shownForm = (row: FormRow): ShownForm => ({
  id: row.id,
  name: row.name,
  description: row.description,
  fields: row.fields.map(shownField),
  texts: row.texts,
  allow_schedule: row.allow_schedule,
  launches: row.launch_workflow_id !== null,
})

const notFound = () => new AppError('not_found', 'There is no such form.')
const changedMeanwhile = () =>
  new AppError(
    'conflict',
    'Another person changed this form in the meantime. Reload it and repeat your change.',
  )

/** What the audit log keeps: what the form is about, not all its texts. */
const auditOf = (values: FormValues, roleIds?: readonly string[]): Json => ({
  name: values.name,
  workflow_id: values.workflow_id,
  launch_workflow_id: values.launch_workflow_id,
  access: values.access,
  is_active: values.is_active,
  allow_schedule: values.allow_schedule,
  fields: values.fields.map(({ name, type }) => `${name}: ${type}`),
  ...(roleIds && { role_ids: [...roleIds] }),
})
