import type { Route } from '@bifrost/contract'
import { z } from 'zod'

/** A schema of the contract as JSON Schema. */
export function jsonSchema(
  schema: z.ZodType,
  options: {
    target: 'draft-7' | 'draft-2020-12'
    io: 'input' | 'output'
    /** Names and descriptions of schemas; absent: descriptions alone. */
    metadata?: z.core.$ZodRegistry<z.core.GlobalMeta>
  },
) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    ...options,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: made }) => {
      const words = patternWords(zodSchema)
      if (words !== null) made[PATTERN_WORDS] = words
    },
  })
  return rest
}

/** The member of a JSON Schema that says in words what its pattern wants. */
export const PATTERN_WORDS = 'x-pattern-words'

/** What the contract says when a text does not fit the pattern of its schema; null when it says nothing. */
function patternWords(schema: z.core.$ZodType): string | null {
  for (const check of schema._zod.def.checks ?? []) {
    const { format, error } = check._zod.def as { format?: string; error?: (issue: object) => unknown }
    if (format !== 'regex' || !error) continue
    const words = error({ code: 'invalid_format', format, origin: 'string', input: '', path: [] })
    return typeof words === 'string' ? words : null
  }
  return null
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
