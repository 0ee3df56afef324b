import {
  type FileRef,
  type Json,
  labelOf,
  type Option,
  type Parameter,
  ParameterType,
} from '@bifrost/contract'

/** What a field of a screen holds; the same types as the parameters of a workflow. */
export type ScreenFieldType = ParameterType

type Choice =
  | string
  | number
  | boolean
  | { readonly label: string; readonly value: string | number | boolean }

/** A field of a screen with all that can be said of it. */
export interface ScreenFieldOptions {
  readonly type: ScreenFieldType
  /** Title Case of the name when absent. */
  readonly label?: string
  /** A sentence below the field. */
  readonly help?: string
  /** True when absent, unless there is a default. */
  readonly required?: boolean
  /** Filled in, and taken when the person leaves the field empty. */
  readonly default?: Json
  /** The closed set of values; of a list, of its items. */
  readonly options?: readonly Choice[]
  /** Type of a list's items; `object` items have their members in `fields`. */
  readonly items?: ScreenFieldType
  /** Members of an object, or of a list's object items. */
  readonly fields?: ScreenFields
}

/**
 * The fields of a screen by name; a type alone is enough for a field.
 * @example { approved: 'boolean', comment: { type: 'string', required: false, help: 'Shown to the customer' } }
 */
export interface ScreenFields {
  readonly [name: string]: ScreenFieldType | ScreenFieldOptions
}

interface Values {
  string: string
  integer: number
  number: number
  boolean: boolean
  datetime: string
  file: FileRef
  json: Json
  list: Json[]
  object: { [key: string]: Json }
}
type OptionValue<C> = C extends { readonly value: infer V } ? V : C
type ItemValue<F> = F extends { readonly options: readonly (infer C)[] }
  ? OptionValue<C>
  : F extends { readonly items: 'object'; readonly fields: infer M extends ScreenFields }
    ? ScreenAnswer<M>
    : F extends { readonly items: infer I extends ScreenFieldType }
      ? Values[I]
      : Json
type FieldValue<F> = F extends ScreenFieldType
  ? Values[F]
  : F extends { readonly type: 'list' }
    ? ItemValue<F>[]
    : F extends { readonly options: readonly (infer C)[] }
      ? OptionValue<C>
      : F extends { readonly type: 'object'; readonly fields: infer M extends ScreenFields }
        ? ScreenAnswer<M>
        : F extends { readonly type: infer T extends ScreenFieldType }
          ? Values[T]
          : never
type MayBeAbsent<F> = F extends { readonly default: Json }
  ? false
  : F extends { readonly required: false }
    ? true
    : false

/** What a screen with these fields is answered with. */
export type ScreenAnswer<F extends ScreenFields> = {
  -readonly [K in keyof F as MayBeAbsent<F[K]> extends true ? never : K]: FieldValue<F[K]>
} & { -readonly [K in keyof F as MayBeAbsent<F[K]> extends true ? K : never]?: FieldValue<F[K]> }

/** Fields as the platform keeps them; throws a TypeError that names the field that is wrong. */
export function toParameters(fields: ScreenFields, where: string): Parameter[] {
  return Object.entries(fields).map(([name, field]) => toParameter(name, field, `${where}.${name}`))
}

function toParameter(name: string, field: ScreenFieldType | ScreenFieldOptions, where: string): Parameter {
  const options: ScreenFieldOptions = typeof field === 'string' ? { type: field } : field
  const { type, label, help, default: initial, items, fields } = options
  for (const one of items === undefined ? [type] : [type, items])
    if (!ParameterType.options.includes(one))
      throw new TypeError(
        `${where} has the type ${JSON.stringify(one)}; it must be one of ${ParameterType.options.join(', ')}.`,
      )
  return {
    name,
    type,
    label: label ?? labelOf(name),
    required: options.required ?? initial === undefined,
    default: initial ?? null,
    options: options.options ? options.options.map(toOption) : null,
    help: help ?? null,
    ...(items ? { items } : {}),
    ...(fields ? { fields: toParameters(fields, where) } : {}),
  }
}

const toOption = (choice: Choice): Option =>
  typeof choice === 'object'
    ? { label: choice.label, value: choice.value }
    : { label: String(choice), value: choice }
