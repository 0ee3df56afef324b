import type { FieldError } from '@bifrost/contract'
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'

// Bodies are JSON and keep their types; a query is text, and becomes what the schema says.
const strict = new Ajv.default({ allErrors: true, useDefaults: true, coerceTypes: false, strict: false })
const fromText = new Ajv.default({ allErrors: true, useDefaults: true, coerceTypes: 'array', strict: false })
for (const ajv of [strict, fromText]) formats.default(ajv)

export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const validate: ValidateFunction = (httpPart === 'body' ? strict : fromText).compile(schema)
  return (data: unknown) =>
    validate(data) ? { value: data } : { error: new SchemaError(validate.errors ?? []) }
}

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
