import type { Route } from '@bifrost/contract'
import { z } from 'zod'

/** A schema of the contract as JSON Schema. */
export function jsonSchema(
  schema: z.ZodType,
  options: { target: 'draft-7' | 'draft-2020-12'; io: 'input' | 'output' },
) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { ...options, unrepresentable: 'any' })
  return rest
}

/** What Fastify checks requests with and writes answers by: members that the contract does not name are left out. */
export function fastifySchema(route: Route): Record<string, unknown> {
  const input = (schema: z.ZodType) => jsonSchema(schema, { target: 'draft-7', io: 'input' })
  const schema: Record<string, unknown> = {}
  if (route.params) schema['params'] = input(route.params)
  if (route.query) schema['querystring'] = input(route.query)
  if (route.body) schema['body'] = input(route.body)
  if (!route.transport || route.transport === 'upload') {
    const status = route.status ?? 200
    if (status !== 204 && status !== 302)
      schema['response'] = { [status]: jsonSchema(route.response, { target: 'draft-7', io: 'output' }) }
  }
  return schema
}
