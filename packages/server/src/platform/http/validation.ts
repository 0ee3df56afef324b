import type { FieldError } from '@bifrost/contract'
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'

// Bodies are JSON and keep their types; a query is text, and becomes what the schema says.
const options = { useDefaults: true, strict: false } as const
const strict = new Ajv.default({ ...options, coerceTypes: false, allErrors: true })
const strictFirst = new Ajv.default({ ...options, coerceTypes: false })
const fromText = new Ajv.default({ ...options, coerceTypes: 'array', allErrors: true })
for (const ajv of [strict, strictFirst, fromText]) formats.default(ajv)

/** No route names more members. Of a body that has more, one mistake is told: a million would be a million errors. */
const MEMBERS_MAX = 100

export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const all: ValidateFunction = (httpPart === 'body' ? strict : fromText).compile(schema)
  const first: ValidateFunction = httpPart === 'body' ? strictFirst.compile(schema) : all
  return (data: unknown) => {
    const validate = memberCount(data) > MEMBERS_MAX ? first : all
    return validate(data) ? { value: data } : { error: new SchemaError(validate.errors ?? []) }
  }
}

const memberCount = (data: unknown) =>
  typeof data === 'object' && data !== null ? Object.keys(data).length : 0

/** What a request did not fulfil, per field. */
export class SchemaError extends Error {
  readonly errors: FieldError[]

  constructor(errors: ErrorObject[]) {
    super('The request does not fit its schema.')
    const seen = new Map<string, FieldError>()
    for (const error of errors) {
      const field = fieldError(error)
      if (!seen.has(field.field)) seen.set(field.field, field)
    }
    this.errors = [...seen.values()]
  }
}

function fieldError({ instancePath, keyword, params, message }: ErrorObject): FieldError {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const named = (name: unknown) => [...path, String(name)].join('.')
  if (keyword === 'required') return { field: named(params['missingProperty']), message: 'is required' }
  if (keyword === 'additionalProperties')
    return { field: named(params['additionalProperty']), message: 'is not known here' }
  if (keyword === 'enum') {
    const allowed = (params['allowedValues'] as unknown[]).map((value) => JSON.stringify(value)).join(', ')
    return { field: path.join('.') || 'body', message: `must be one of ${allowed}` }
  }
  return { field: path.join('.') || 'body', message: message ?? 'is not valid' }
}
