import { z } from 'zod'
import { limits } from './limits.ts'
import { lineSchema, nameSchema } from './names.ts'
import { Json, Option } from './parameters.ts'

/** What a field of a form is. `markdown` and `html` show something and ask nothing. */
export const FormFieldType = z.enum([
  'text',
  'email',
  'number',
  'select',
  'multi_select',
  'checkbox',
  'textarea',
  'radio',
  'date',
  'datetime',
  'file',
  'markdown',
  'html',
])
export type FormFieldType = z.infer<typeof FormFieldType>

/** The text of an expression, such as `fields.country == 'DE'`. */
export const ExpressionText = z.string().min(1).max(limits.expressionLengthMax)

/** What an input of a data provider is: a constant, the value of another field, or what an expression says. */
export const ProviderInput = z.union([
  z.strictObject({ value: Json }),
  z.strictObject({ field: z.string().min(1).max(limits.formFieldNameLengthMax) }),
  z.strictObject({ expression: ExpressionText }),
])
export type ProviderInput = z.infer<typeof ProviderInput>

/** Bounds of a value. What `min` and `max` count depends on the type: see `docs/forms.md`. */
export const FormValidation = z.strictObject({
  min: z.union([z.number(), z.string().max(40)]).nullish(),
  max: z.union([z.number(), z.string().max(40)]).nullish(),
  /** A regular expression in the syntax of RE2 that the whole text must match. */
  pattern: z.string().min(1).max(limits.formPatternLengthMax).nullish(),
  /** What is said when the pattern does not match. */
  pattern_message: z.string().max(300).nullish(),
})
export type FormValidation = z.infer<typeof FormValidation>

/** One field of a form. */
export const FormField = z.strictObject({
  /** The name of the workflow's parameter that it fills. */
  name: z
    .string()
    .max(limits.formFieldNameLengthMax)
    .regex(/^(?!__)[A-Za-z_]\w*$/, 'must be a name of letters, digits and _'),
  type: FormFieldType,
  /** Needed by everything that asks. */
  label: lineSchema(200).nullish(),
  help: z.string().max(2000).nullish(),
  placeholder: lineSchema(200).nullish(),
  required: z.boolean().optional(),
  default: Json.nullish(),
  /** What the default is when the form is opened; it sees what the launch workflow answered. */
  default_expression: ExpressionText.nullish(),
  /** Of a number: it has no fraction. */
  integer: z.boolean().optional(),
  /** Of markdown and html: what is shown. */
  content: z.string().max(limits.formContentLengthMax).nullish(),
  options: z.array(Option).max(limits.formOptionsMax).nullish(),
  /** Where the options come from instead: a data provider by id or name, and its inputs. */
  provider: z
    .strictObject({
      id: z.string().min(1).max(200),
      inputs: z.record(z.string().max(200), ProviderInput).optional(),
    })
    .nullish(),
  /** Shown only while this holds; a hidden field is neither required nor sent. */
  visible_if: ExpressionText.nullish(),
  validation: FormValidation.nullish(),
  /** Of a file: file name endings and media types, such as `.pdf` and `image/*`. */
  accept: z.array(z.string().min(1).max(100)).max(20).nullish(),
})
export type FormField = z.infer<typeof FormField>

/** A field as an author writes it: an option may be its value alone, which is then its label, too. */
export const WrittenFormField = FormField.extend({
  options: z
    .array(z.union([Option, z.string().max(limits.formFieldNameLengthMax), z.number()]))
    .max(limits.formOptionsMax)
    .nullish(),
})
export type WrittenFormField = z.infer<typeof WrittenFormField>

/** The field as it is kept: each option with a label. */
export const fieldOf = ({ options, ...field }: WrittenFormField): FormField => ({
  ...field,
  ...(options !== undefined && {
    options:
      options?.map((option) =>
        typeof option === 'object' ? option : { label: String(option), value: option },
      ) ?? null,
  }),
})

/** A choice as a data provider gives it. */
export const FormOption = Option.extend({ description: z.string().nullish() })
export type FormOption = z.infer<typeof FormOption>

/** A field as the one who fills it in gets it: of a data provider, only which fields its options depend on. */
export const ShownField = FormField.omit({ provider: true }).extend({
  loads: z.array(z.string()).nullable(),
})
export type ShownField = z.infer<typeof ShownField>

/** What a form says. */
export const FormTexts = z.strictObject({
  /** On the button. */
  submit: nameSchema(60).nullish(),
  /** After a submission. */
  success: z.string().min(1).max(2000).nullish(),
})
export type FormTexts = z.infer<typeof FormTexts>

/** Who may use a form: everybody who is signed in, or people of the roles that were granted it. */
export const FormAccess = z.enum(['authenticated', 'role_based'])
export type FormAccess = z.infer<typeof FormAccess>

/** A form as lists show it. */
export const FormSummary = z.object({
  id: z.uuid(),
  /** Null: global, for every organization. */
  org_id: z.uuid().nullable(),
  name: z.string(),
  description: z.string(),
  workflow: z.object({ id: z.uuid(), name: z.string() }),
  access: FormAccess,
  is_active: z.boolean(),
  field_count: z.int(),
  /** The one who asks may change it. */
  may_edit: z.boolean(),
  updated_at: z.iso.datetime(),
})
export type FormSummary = z.infer<typeof FormSummary>

/** A form as the one who fills it in gets it. */
export const ShownForm = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  fields: z.array(ShownField),
  texts: FormTexts,
  allow_schedule: z.boolean(),
  /** A workflow fills the context of its expressions when it is opened. */
  launches: z.boolean(),
})
export type ShownForm = z.infer<typeof ShownForm>

/** A form with all its settings. */
export const Form = FormSummary.extend({
  /** Grows with each change; a change that is sent with an older version is refused. */
  version: z.int(),
  fields: z.array(FormField),
  texts: FormTexts,
  /** Fixed inputs of the workflow, which the form does not ask for. */
  inputs: z.record(z.string(), Json),
  allow_schedule: z.boolean(),
  launch_workflow: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  /** The roles that were granted it; empty for those who may not build forms. */
  role_ids: z.array(z.uuid()),
  /** What will go wrong when it is used, such as a parameter of the workflow that nothing fills. */
  problems: z.array(z.string()),
})
export type Form = z.infer<typeof Form>

const SHOWS_ONLY: readonly FormFieldType[] = ['markdown', 'html']

/**
 * Whether a field asks for something.
 * @example asksFor({ type: 'markdown' }) // false
 */
export const asksFor = ({ type }: Pick<FormField, 'type'>): boolean => !SHOWS_ONLY.includes(type)
