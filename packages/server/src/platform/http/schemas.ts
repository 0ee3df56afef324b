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

/**
 * What Fastify checks requests with and writes answers by: schemas of the contract, which `compileValidator` and
 * `compileAnswer` compile at the first request.
 */
export function fastifySchema(route: Route): Record<string, unknown> {
  const schema: Record<string, unknown> = {}
  if (route.params) schema['params'] = route.params
  if (route.query) schema['querystring'] = route.query
  if (route.body) schema['body'] = route.body
  if (!route.transport || route.transport === 'upload') {
    const status = route.status ?? 200
    if (status !== 204 && status !== 302) schema['response'] = { [status]: route.response }
  }
  return schema
}

/**
 * A function that is made when it is called first. All routes together take seconds to compile, and a server that starts
 * uses few of them.
 */
export function lazily<Arguments extends unknown[], Result>(
  make: () => (...values: Arguments) => Result,
): (...values: Arguments) => Result {
  let made: ((...values: Arguments) => Result) | null = null
  return (...values) => {
    made ??= make()
    return made(...values)
  }
}
