import { z } from 'zod'
import { fileNameSchema } from './names.ts'

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
/**
 * Any JSON value in an API schema. What arrives as a JSON body is JSON by itself, so nothing is checked again, and as
 * JSON Schema it is `{}`, which costs nothing to write out.
 */
export const Json = z.unknown() as z.ZodType<Json>

/** What kind of form field a parameter is, and what JSON its value has (spec A5). */
export const ParameterType = z.enum([
  'string', // JSON string
  'integer', // JSON number without fraction
  'number', // JSON number
  'boolean',
  'list', // JSON array; `items` names the type of its items
  'object', // JSON object; `fields` are its members
  'json', // any JSON
  'datetime', // ISO 8601 string with zone; the workflow gets a Date
  'file', // { id, name, size, content_type } as the upload answered it
])
export type ParameterType = z.infer<typeof ParameterType>

/** One choice of a closed set. `value` keeps its own JSON type. */
export const Option = z.object({
  label: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
})
export type Option = z.infer<typeof Option>

/** One input of a workflow, as its signature tells. */
export interface Parameter {
  name: string
  type: ParameterType
  label: string
  required: boolean
  /** The literal default of the signature; null when there is none. Shown, and filled in by the function itself. */
  default: Json
  /** The closed set of values, for literal unions and enums; of a list: of its items. */
  options: Option[] | null
  /** The text of the JSDoc `@param`. */
  help: string | null
  /** The declared type allows null, so null is passed on as null. */
  nullable?: boolean | undefined
  /** Type of a list's items; `object` items have their members in `fields`. */
  items?: ParameterType | undefined
  /** Members of an object, or of a list's object items. */
  fields?: Parameter[] | undefined
  /** Why a type became JSON, when it could not be a field of its own. */
  note?: string | null | undefined
}
export const Parameter: z.ZodType<Parameter> = z.lazy(() =>
  z.object({
    name: z.string(),
    type: ParameterType,
    label: z.string(),
    required: z.boolean(),
    default: Json,
    options: z.array(Option).nullable(),
    help: z.string().nullable(),
    nullable: z.boolean().optional(),
    items: ParameterType.optional(),
    fields: z.array(Parameter).optional(),
    note: z.string().nullable().optional(),
  }),
)

/** How the function wants its arguments: each entry is one positional argument. */
export const CallArgument = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('parameter'), name: z.string() }),
  z.object({ kind: z.literal('context') }),
  /** A destructured object argument. `rest`: it takes members that no parameter names, too. */
  z.object({ kind: z.literal('object'), names: z.array(z.string()), rest: z.boolean() }),
])
export type CallArgument = z.infer<typeof CallArgument>

/** What an upload answers, and what a `FileRef` parameter receives. */
export const FileRef = z.object({
  id: z.string().min(1).max(200),
  name: fileNameSchema,
  size: z.number().int().nonnegative(),
  content_type: z.string().max(255),
})
export type FileRef = z.infer<typeof FileRef>

/**
 * Title Case of a camelCase or snake_case name (spec A5, case 2).
 * @example labelOf('apiKey') // 'Api Key'
 */
export function labelOf(name: string): string {
  return name
    .replace(/[_\-.]+/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .trim()
    .split(/\s+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}
