import { type Route, routes } from '@bifrost/contract'
import { expect, test, vi } from 'vitest'
import type { z } from 'zod'
import { answerWriter } from './answers.ts'
import { fastifySchema, lazily } from './schemas.ts'
import { compileValidator } from './validation.ts'

// The server compiles the schemas of a route at its first request, so that only this finds one that does not compile.
test.each(Object.entries<Route>(routes))('the schemas of %s compile', (_name, route) => {
  const at = { method: route.method, url: route.path }
  const { response, ...parts } = fastifySchema(route) as Record<string, z.ZodType>
  for (const [httpPart, schema] of Object.entries(parts)) {
    const validate = compileValidator({ schema, httpPart, ...at })
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`member${index}`, index]))
    for (const data of [{}, many])
      expect(['value', 'error']).toContain(Object.keys(validate(data) as object)[0])
  }
  for (const schema of Object.values((response ?? {}) as Record<string, z.ZodType>))
    expect(answerWriter(schema)).toBeTypeOf('function')
})

test('what is made lazily is made once, by its first call', () => {
  const make = vi.fn(() => (by: number) => by * 2)
  const double = lazily(make)
  expect(make).not.toHaveBeenCalled()
  expect([double(2), double(4)]).toEqual([4, 8])
  expect(make).toHaveBeenCalledTimes(1)
})
