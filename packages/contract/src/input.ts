import { z } from 'zod'
import { isDateTime, isDay } from './dates.ts'
import type { FieldError } from './errors.ts'
import { limits } from './limits.ts'
import { FileRef, type Json, type Option, type Parameter, type ParameterType } from './parameters.ts'

/**
 * The schema of a workflow's input, made from its parameters. Browser and server validate with this same schema.
 * `null` for an optional parameter means "not given", unless its type has null.
 * @example inputSchema(workflow.parameters).safeParse({ name: 'Ada' }).success
 */
export function inputSchema(parameters: readonly Parameter[], acceptsExtra = false) {
  const shape: Record<string, z.ZodType> = {}
  for (const parameter of parameters) shape[parameter.name] = memberSchema(parameter)
  return acceptsExtra ? z.looseObject(shape) : z.strictObject(shape)
}

function memberSchema(parameter: Parameter): z.ZodType {
  const base = valueSchema(parameter.type, parameter)
  if (parameter.required) return parameter.nullable ? base.nullable() : base
  return base.nullish()
}

function valueSchema(type: ParameterType, parameter: Parameter): z.ZodType {
  if (type === 'list') {
    const items = parameter.items ?? 'json'
    return z.array(items === 'list' ? z.json() : valueSchema(items, parameter), { error: 'must be a list' })
  }
  if (parameter.options) return oneOf(parameter.options)
  switch (type) {
    case 'string':
      return z.string({ error: 'must be text' })
    case 'integer':
      return z.int({
        error: ({ input }) =>
          Number.isInteger(input)
            ? `is too large for a whole number: at most ${Number.MAX_SAFE_INTEGER.toLocaleString('en-US')}; send longer ones as text`
            : 'must be a whole number',
      })
    case 'number':
      return z.number({ error: 'must be a number' })
    case 'boolean':
      return z.boolean({ error: 'must be true or false' })
    case 'datetime':
      return z
        .string({ error: 'must be a date and time' })
        .refine((text) => isDay(text) || isDateTime(text), {
          error: 'must be a valid date and time, such as 2026-01-31T09:00:00Z',
        })
    case 'file':
      return z.object(FileRef.shape, { error: 'must be a file, as returned by the upload' })
    case 'object':
      return inputSchema(parameter.fields ?? [])
    case 'json':
      return z.json({ error: 'must be JSON' })
  }
}

function oneOf(options: readonly Option[]): z.ZodType {
  const allowed = options.map((option) => JSON.stringify(option.value)).join(', ')
  return z.custom<Json>((value) => options.some((option) => option.value === value), {
    error: `must be one of ${allowed}`,
  })
}

/** What checking an input gave: the input itself, or what is wrong with it. */
export type InputCheck = { ok: true; input: Record<string, Json> } | { ok: false; errors: FieldError[] }

/** Checks an input against parameters; compile it once per definition, it is used on every run. */
export function inputChecker(parameters: readonly Parameter[], acceptsExtra = false) {
  const schema = inputSchema(parameters, acceptsExtra)
  return (input: unknown): InputCheck => {
    if (typeof input !== 'object' || input === null || Array.isArray(input))
      return {
        ok: false,
        errors: [{ field: 'input', message: 'must be an object with one member per parameter' }],
      }
    const parsed = schema.safeParse(input)
    if (parsed.success) return { ok: true, input: parsed.data as Record<string, Json> }
    return {
      ok: false,
      errors: parsed.error.issues
        .slice(0, limits.fieldErrorsMax)
        .flatMap((issue) => fieldErrors(issue, parameters, input))
        .slice(0, limits.fieldErrorsMax),
    }
  }
}

type Issue = z.core.$ZodIssue

function fieldErrors(issue: Issue, parameters: readonly Parameter[], input: unknown): FieldError[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, limits.fieldErrorsMax).map((key) => ({
      field: [...path, key].join('.'),
      message: unknownField(key, path.length === 0 ? parameters.map((parameter) => parameter.name) : []),
    }))
  const missing = path.length > 0 && valueAt(input, path) === undefined
  return [{ field: path.join('.') || 'input', message: missing ? 'is required' : issue.message }]
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as Record<string, unknown>)[key]
  }
  return current
}

function unknownField(key: string, known: readonly string[]): string {
  const near = known.find(
    (name) => name.toLowerCase() === key.toLowerCase() || name.startsWith(key) || key.startsWith(name),
  )
  if (near) return `is not a parameter of this workflow; did you mean "${near}"?`
  return known.length > 0
    ? `is not a parameter of this workflow; it takes ${known.join(', ')}`
    : 'is not a parameter of this workflow'
}
