import { z } from 'zod'
import { ExecutionErrorSummary } from '../execution.ts'
import { Form, FormAccess, FormOption, FormSummary, FormTexts, ShownForm, WrittenFormField } from '../form.ts'
import { limits } from '../limits.ts'
import { fileNameSchema, nameSchema } from '../names.ts'
import { FileRef, Json } from '../parameters.ts'
import { route } from '../route.ts'
import { ExecutionStatus } from '../statuses.ts'
import { Cursor, Id, Limit, ListScope, Nothing, page } from './common.ts'

const tag = 'Forms'
const publicTag = 'Public forms'

const Fields = z.array(WrittenFormField).max(limits.formFieldsMax)
const Inputs = z.record(z.string().max(200), Json)
const WorkflowRef = z.string().min(1).max(200).describe('ID or name of a workflow')
const Answers = z.record(z.string().max(200), Json).describe('One member per input field')
const Handle = z.string().min(64).max(200).describe('What the launch workflow of the form returned')

const settings = {
  description: z.string().max(4000).optional(),
  texts: FormTexts.optional(),
  inputs: Inputs.optional().describe('Fixed inputs of the workflow, which the form does not ask for'),
  access: FormAccess.optional(),
  role_ids: z.array(z.uuid()).max(200).optional().describe('Roles that may use it; absent: as they are'),
  allow_schedule: z.boolean().optional(),
  is_active: z.boolean().optional(),
  launch_workflow: WorkflowRef.nullable().optional(),
}

/** What the launch workflow answered; without an answer there is no handle, and nothing can be submitted. */
const Startup = z.object({
  status: ExecutionStatus,
  result: Json,
  error: ExecutionErrorSummary.nullable(),
  handle: z.string().nullable(),
  expires_at: z.iso.datetime().nullable(),
})

// Whatever else a client sends counts for nothing: which provider runs, and with what, is the form's to say.
const OptionsBody = z.looseObject({
  fields: Answers.optional().describe(
    'The answers given so far. A field that is not sent has no answer, and hides the fields that depend on it.',
  ),
  startup_handle: Handle.optional(),
})
const Options = z.object({ items: z.array(FormOption) })
const FieldOf = z.object({ id: z.uuid(), field: z.string().min(1).max(limits.formFieldNameLengthMax) })

/** A public link of a form. Its address is shown once, when it is made. */
export const FormLink = z.object({
  id: z.uuid(),
  name: z.string(),
  /** The organization that its runs belong to. */
  org_id: z.uuid(),
  is_active: z.boolean(),
  expires_at: z.iso.datetime().nullable(),
  submissions_max: z.int().nullable(),
  submissions: z.int(),
  /** Visitors see what the run gave; else only the text after a submission. */
  show_result: z.boolean(),
  created_at: z.iso.datetime(),
})
export type FormLink = z.infer<typeof FormLink>

const linkSettings = {
  name: z.union([z.literal(''), nameSchema(200)]).optional(),
  is_active: z.boolean().optional(),
  expires_at: z.iso.datetime({ offset: true }).nullable().optional(),
  submissions_max: z.int().min(1).max(1_000_000).nullable().optional(),
  show_result: z.boolean().optional(),
}
const LinkOf = z.object({ id: z.uuid(), link_id: z.uuid() })
const Token = z.object({ token: z.string().min(20).max(100) })

export const formRoutes = {
  listForms: route({
    method: 'GET',
    path: '/api/forms',
    permission: 'form:use',
    tag,
    summary: 'List the forms that you may use; people who may edit forms see all',
    query: z.strictObject({
      search: z.string().max(200).optional(),
      workflow: z.uuid().optional(),
      scope: ListScope,
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(FormSummary),
  }),
  getForm: route({
    method: 'GET',
    path: '/api/forms/{id}',
    permission: 'form:use',
    tag,
    summary: 'Get a form to fill in',
    params: Id,
    response: ShownForm,
  }),
  getFormSettings: route({
    method: 'GET',
    path: '/api/forms/{id}/settings',
    permission: 'form:read',
    tag,
    summary: 'Get a form with all its settings',
    params: Id,
    response: Form,
  }),
  createForm: route({
    method: 'POST',
    path: '/api/forms',
    permission: 'form:write',
    tag,
    summary: 'Create a form for a workflow',
    status: 201,
    body: z.strictObject({
      name: nameSchema(200),
      workflow: WorkflowRef,
      fields: Fields,
      ...settings,
    }),
    response: Form,
  }),
  updateForm: route({
    method: 'PATCH',
    path: '/api/forms/{id}',
    permission: 'form:write',
    tag,
    summary: 'Update a form; absent members stay as they are',
    params: Id,
    body: z.strictObject({
      name: nameSchema(200).optional(),
      workflow: WorkflowRef.optional(),
      fields: Fields.optional(),
      version: z.int().optional().describe('The version that was edited; 409 when there is a later one'),
      ...settings,
    }),
    response: Form,
  }),
  deleteForm: route({
    method: 'DELETE',
    path: '/api/forms/{id}',
    permission: 'form:write',
    tag,
    summary: 'Delete a form and its links; its runs stay',
    params: Id,
    status: 204,
    response: Nothing,
  }),
  startForm: route({
    method: 'POST',
    path: '/api/forms/{id}/startup',
    permission: 'form:use',
    waits: true,
    tag,
    summary: 'Run the launch workflow of a form',
    description:
      'The handle stands for the result when the form is submitted, for 30 minutes and in this session only.',
    params: Id,
    response: Startup,
  }),
  getFormOptions: route({
    method: 'POST',
    path: '/api/forms/{id}/fields/{field}/options',
    permission: 'form:use',
    waits: true,
    tag,
    summary: 'Ask the data provider of a field for its options',
    description: 'Only the provider of that field runs, with the inputs that the form defines.',
    params: FieldOf,
    body: OptionsBody,
    response: Options,
  }),
  submitForm: route({
    method: 'POST',
    path: '/api/forms/{id}/submit',
    permission: 'form:use',
    bodyBytesMax: limits.bodyBytesMax,
    waits: true,
    tag,
    summary: 'Submit a form: run its workflow with the answers',
    description:
      'Answers 422 with the errors of the fields. `scheduled_at` and `delay_seconds` are accepted where the form allows scheduling.',
    params: Id,
    body: z.strictObject({
      fields: Answers,
      startup_handle: Handle.optional(),
      scheduled_at: z.string().max(40).optional(),
      delay_seconds: z.number().optional(),
      idempotency_key: z.string().min(1).max(200).optional(),
    }),
    response: z.object({ execution_id: z.uuid(), status: ExecutionStatus, message: z.string() }),
  }),
  listFormLinks: route({
    method: 'GET',
    path: '/api/forms/{id}/links',
    permission: 'form:read',
    tag,
    summary: 'List the public links of a form that belong to your organization',
    params: Id,
    response: z.object({ items: z.array(FormLink) }),
  }),
  createFormLink: route({
    method: 'POST',
    path: '/api/forms/{id}/links',
    permission: 'form:write',
    tag,
    summary: 'Create a public link to a form',
    description:
      'Everyone who has its `token` can submit the form without signing in; it is shown once. The runs belong to the organization that you act for.',
    params: Id,
    status: 201,
    body: z.strictObject(linkSettings),
    response: FormLink.extend({ token: z.string(), path: z.string() }),
  }),
  updateFormLink: route({
    method: 'PATCH',
    path: '/api/forms/{id}/links/{link_id}',
    permission: 'form:write',
    tag,
    summary: 'Change or disable a public link',
    params: LinkOf,
    body: z.strictObject(linkSettings),
    response: FormLink,
  }),
  deleteFormLink: route({
    method: 'DELETE',
    path: '/api/forms/{id}/links/{link_id}',
    permission: 'form:write',
    tag,
    summary: 'Delete a public link',
    params: LinkOf,
    status: 204,
    response: Nothing,
  }),
  getPublicForm: route({
    method: 'GET',
    path: '/api/public/forms/{token}',
    permission: 'public',
    tag: publicTag,
    summary: 'Get the form of a public link',
    description: 'A link that is unknown, expired, disabled or used up answers 404.',
    params: Token,
    response: ShownForm.omit({ id: true, allow_schedule: true }),
  }),
  startPublicForm: route({
    method: 'POST',
    path: '/api/public/forms/{token}/startup',
    permission: 'public',
    waits: true,
    tag: publicTag,
    summary: 'Run the launch workflow of the form of a public link',
    params: Token,
    response: Startup,
  }),
  getPublicFormOptions: route({
    method: 'POST',
    path: '/api/public/forms/{token}/fields/{field}/options',
    permission: 'public',
    waits: true,
    bodyBytesMax: limits.formBodyBytesMax,
    tag: publicTag,
    summary: 'Ask the data provider of a field for its options',
    params: Token.extend({ field: z.string().min(1).max(limits.formFieldNameLengthMax) }),
    body: OptionsBody,
    response: Options,
  }),
  uploadPublicFormFile: route({
    method: 'POST',
    path: '/api/public/forms/{token}/fields/{field}/file',
    permission: 'public',
    tag: publicTag,
    summary: 'Upload a file for a field of type file',
    description:
      'The body is the content; `name` is a query parameter. The answer is the value of the field.',
    params: Token.extend({ field: z.string().min(1).max(limits.formFieldNameLengthMax) }),
    query: z.strictObject({
      name: fileNameSchema,
      content_type: z.string().max(255).optional(),
    }),
    transport: 'upload',
    status: 201,
    response: FileRef,
  }),
  submitPublicForm: route({
    method: 'POST',
    path: '/api/public/forms/{token}/submit',
    permission: 'public',
    waits: true,
    bodyBytesMax: limits.formBodyBytesMax,
    tag: publicTag,
    summary: 'Submit the form of a public link',
    params: Token,
    body: z.strictObject({ fields: Answers, startup_handle: Handle.optional() }),
    response: z.object({
      message: z.string(),
      /** What the run gave, where the link shows it and the run has ended by then. */
      result: Json.optional(),
    }),
  }),
} as const
