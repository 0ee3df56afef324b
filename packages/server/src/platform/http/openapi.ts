import { ErrorBody, errorCodes, type Route, routes } from '@bifrost/contract'
import type { z } from 'zod'
import { NamedSchemas } from './named-schemas.ts'
import { jsonSchema } from './schemas.ts'

/** The contract as an OpenAPI 3.1 document. */
export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  const schemas = new NamedSchemas()
  const error = schemas.of(ErrorBody, 'output', 'Error')
  for (const [id, route] of Object.entries(routes) as [string, Route][]) {
    paths[route.path] ??= {}
    paths[route.path]![route.method.toLowerCase()] = operation(id, route, { schemas, error })
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bifrost',
      version,
      description:
        'Workflow automation: list, run and follow workflows, and everything else the web app does. Sign in with an API key (`Authorization: Bearer …`) or the session cookie. Errors have one shape, `Error`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }, { session: [] }],
    tags: [...new Set(Object.values(routes).map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key' },
        endpointKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Bifrost-Key',
          description: 'A key of endpoints, of one workflow or of an organization',
        },
        session: { type: 'apiKey', in: 'cookie', name: 'bifrost_session' },
      },
      schemas: schemas.components,
    },
  }
}

/** `{}`: a public endpoint needs none. */
const ENDPOINT_KEYS = [{ endpointKey: [] }, { apiKey: [] }, {}]

interface Named {
  schemas: NamedSchemas
  /** How every error answer looks. */
  error: object
}

function operation(id: string, route: Route, { schemas, error }: Named): Record<string, unknown> {
  const status = String(route.status ?? 200)
  return {
    operationId: id,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    ...(route.permission === 'public' ? { security: route.takesEndpointKey ? ENDPOINT_KEYS : [] } : {}),
    'x-permission': route.permission,
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...bodyOf(id, route, schemas),
    responses: {
      [status]: {
        description: status === '204' ? 'Done' : status === '302' ? 'A redirect' : 'OK',
        ...answerOf(id, route, schemas),
      },
      ...errorsOf(route, error),
    },
  }
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): object[] {
  if (!schema) return []
  const object = jsonSchema(schema, { target: 'draft-2020-12', io: 'input' }) as {
    properties?: Record<string, object>
    required?: string[]
  }
  return Object.entries(object.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (object.required ?? []).includes(name),
    schema: property,
  }))
}

function bodyOf(id: string, route: Route, schemas: NamedSchemas): object {
  if (route.transport === 'upload')
    return {
      requestBody: {
        required: true,
        content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
      },
    }
  if (!route.body) return {}
  return {
    requestBody: {
      required: true,
      content: { 'application/json': { schema: schemas.of(route.body, 'input', `${id}Body`) } },
    },
  }
}

function answerOf(id: string, route: Route, schemas: NamedSchemas): object {
  if (route.status === 204 || route.status === 302) return {}
  if (route.transport === 'events')
    return { content: { 'text/event-stream': { schema: { type: 'string' } } } }
  return { content: { 'application/json': { schema: schemas.of(route.response, 'output', `${id}Answer`) } } }
}

function errorsOf(route: Route, schema: object): Record<string, object> {
  const codes: (keyof typeof errorCodes)[] = ['internal']
  if (route.permission !== 'public') codes.push('unauthenticated', 'forbidden')
  if (route.params) codes.push('not_found')
  if (route.body || route.query) codes.push('validation_failed')
  const error = { 'application/json': { schema } }
  return Object.fromEntries(
    codes.map((code) => [errorCodes[code].http, { description: code, content: error }]),
  )
}
