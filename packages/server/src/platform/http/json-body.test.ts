import { AppError, limits } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { parseJsonBody } from './json-body.ts'

const codeOf = (text: string): string => {
  try {
    parseJsonBody(text)
    return 'accepted'
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
}
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

test('nesting is accepted to the limit and not beyond', () => {
  expect(codeOf(nested(limits.jsonDepthMax))).toBe('accepted')
  expect(codeOf(nested(limits.jsonDepthMax + 1))).toBe('json_too_deep')
  expect(codeOf(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`)).toBe('json_too_deep')
  expect(codeOf('['.repeat(5_000_000))).toBe('json_too_deep')
})

test('brackets in strings, behind escapes too, and brackets side by side are not depth', () => {
  expect(codeOf(JSON.stringify(['[{'.repeat(100), '\\"[[[', `"${'['.repeat(100)}`]))).toBe('accepted')
  expect(codeOf(`[${'[],'.repeat(1000)}[]]`)).toBe('accepted')
})

test('an empty body is an empty object', () => {
  for (const text of ['', ' ', '\r\n']) expect(parseJsonBody(text)).toEqual({})
})

test('what is not JSON is refused', () => {
  for (const text of ['{', 'undefined', "{'a':1}", '{"a":1,}', '[1] [2]', '\ufeff{}'])
    expect(codeOf(text)).toBe('json_invalid')
})

test('a member named __proto__ is refused at any depth and however it is written; the word as text is not', () => {
  expect(codeOf('{"__proto__":{}}')).toBe('json_invalid')
  expect(codeOf('{"a":[{"b":{"__proto__":1}}]}')).toBe('json_invalid')
  expect(codeOf('{"a":{"\\u005f_proto__":1}}')).toBe('json_invalid')
  expect(codeOf('{"a":"__proto__"}')).toBe('accepted')
})
