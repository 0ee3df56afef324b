import type { Parameter, ParameterType } from '@bifrost/contract'
import type { Executable } from '../../workspace/types.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'

type Schema = Record<string, unknown>

/** The endpoints of workflows as paths of an OpenAPI document: each with its own parameters. */
export function endpointPaths(rows: readonly WorkflowRow[]): Record<string, Schema> {
  const endpoints = rows.filter(({ definition, status }) => definition.endpointEnabled && status === 'active')
  return Object.fromEntries(
    endpoints.map(({ definition }) => [
      `/api/endpoints/${encodeURIComponent(definition.name)}`,
      Object.fromEntries(
        definition.allowedMethods.map((method) => [method.toLowerCase(), operation(definition, method)]),
      ),
    ]),
  )
}

function operation(definition: Executable, method: string): Schema {
  const { name, description, parameters, publicEndpoint, executionMode } = definition
  const takesBody = method !== 'GET' && method !== 'DELETE'
  const status = executionMode === 'sync' ? '200' : '202'
  return {
    operationId: `${method.toLowerCase()}_${name}`,
    tags: ['Your endpoints'],
    summary: description.split('\n')[0] || name,
    ...(description ? { description } : {}),
    security: publicEndpoint ? [] : [{ endpointKey: [] }, { apiKey: [] }],
    'x-permission': publicEndpoint ? 'public' : 'an endpoint key',
    parameters: takesBody
      ? []
      : parameters.map((parameter) => ({
          name: parameter.name,
          in: 'query',
          required: parameter.required,
          ...(parameter.help ? { description: parameter.help } : {}),
          schema: schemaOf(parameter),
        })),
    ...(takesBody ? { requestBody: bodyOf(parameters) } : {}),
    responses: {
      [status]: {
        description: status === '200' ? 'How the run ended' : 'The run was accepted',
        content: { 'application/json': { schema: ANSWER } },
      },
    },
  }
}

const ANSWER: Schema = {
  type: 'object',
  required: ['execution_id', 'status'],
  properties: {
    execution_id: { type: 'string', format: 'uuid' },
    status: { type: 'string' },
    result: {},
    error: { type: ['object', 'null'] },
    duration_ms: { type: ['number', 'null'] },
  },
}

const bodyOf = (parameters: readonly Parameter[]): Schema => ({
  required: parameters.some(({ required }) => required),
  content: { 'application/json': { schema: objectOf(parameters) } },
})

const objectOf = (parameters: readonly Parameter[]): Schema => ({
  type: 'object',
  required: parameters.filter(({ required }) => required).map(({ name }) => name),
  properties: Object.fromEntries(
    parameters.map((parameter) => [
      parameter.name,
      {
        ...schemaOf(parameter),
        ...(parameter.help ? { description: parameter.help } : {}),
        ...(parameter.default === null ? {} : { default: parameter.default }),
      },
    ]),
  ),
})

function schemaOf(parameter: Parameter): Schema {
  if (parameter.type === 'list') return { type: 'array', items: one(parameter.items ?? 'json', parameter) }
  return one(parameter.type, parameter)
}

function one(type: ParameterType, { options, fields }: Parameter): Schema {
  if (options) return { enum: options.map(({ value }) => value) }
  switch (type) {
    case 'datetime':
      return { type: 'string', format: 'date-time' }
    case 'object':
      return objectOf(fields ?? [])
    case 'file':
      return { type: 'object', description: 'As the upload answered it' }
    case 'list':
      return { type: 'array' }
    case 'json':
      return {}
    default:
      return { type }
  }
}
