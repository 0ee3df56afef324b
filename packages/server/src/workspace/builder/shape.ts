import { labelOf, type Option, type Parameter, type ParameterType } from '@bifrost/contract'

/** What a type is as a form field, in whatever language it was written. */
export interface Shape {
  type: ParameterType
  /** The type allows null. */
  nullable: boolean
  /** The type allows that there is no value. */
  optional: boolean
  options: Option[] | null
  items?: ParameterType
  fields?: Parameter[]
  note: string | null
}

/** Types within types. */
export const SHAPE_DEPTH_MAX = 5
/** Members of a type, and of the types of its members. */
export const SHAPE_MEMBERS_MAX = 2_000
const OPTIONS_MAX = 1_000

export const plain = (type: ParameterType): Shape => ({
  type,
  nullable: false,
  optional: false,
  options: null,
  note: null,
})

export const json = (note: string | null): Shape => ({ ...plain('json'), note })

/** Why a type is entered as JSON. */
export function because(typeName: string, reason: string): string {
  const short = typeName.length > 80 ? `${typeName.slice(0, 79)}…` : typeName
  return `The type \`${short}\` is entered as JSON: ${reason}.`
}

/** A closed set of values; JSON when there are too many. */
export function choiceOf(options: Option[], typeName: string): Shape {
  const values = options.map(({ value }) => value)
  if (values.length === 2 && values.every((value) => typeof value === 'boolean')) return plain('boolean')
  if (values.length > OPTIONS_MAX) return json(because(typeName, `it has more than ${OPTIONS_MAX} values`))
  const kinds = new Set(values.map((value) => typeof value))
  const type =
    kinds.size > 1
      ? 'json'
      : kinds.has('string')
        ? 'string'
        : kinds.has('boolean')
          ? 'boolean'
          : values.every((value) => Number.isInteger(value))
            ? 'integer'
            : 'number'
  return { ...plain(type), options }
}

/** A list of such items. */
export function listOf(item: Shape | null): Shape {
  const list = plain('list')
  if (!item) return { ...list, items: 'json' }
  if (item.nullable || item.optional)
    return { ...list, items: 'json', note: 'Items may be null, so they are entered as JSON.' }
  if (item.type === 'list') return { ...list, items: 'json', note: 'A list of lists is entered as JSON.' }
  return {
    ...list,
    items: item.type,
    options: item.options,
    ...(item.fields && { fields: item.fields }),
    note: item.note,
  }
}

/** A parameter of this shape. Absent members are left out, as the contract has them. */
export function parameterOf(
  name: string,
  shape: Shape,
  { help = null, fallback }: { help?: string | null; fallback?: Parameter['default'] } = {},
): Parameter {
  return {
    name,
    type: shape.type,
    label: labelOf(name),
    required: !shape.optional && !shape.nullable,
    default: fallback ?? null,
    options: shape.options,
    help,
    ...(shape.nullable && { nullable: true }),
    ...(shape.items && { items: shape.items }),
    ...(shape.fields && { fields: shape.fields }),
    ...(shape.note && { note: shape.note }),
  }
}
