import type { IntegrationField, Json } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { fromFieldText, toFieldText } from './field-text.ts'

test.each<[IntegrationField['type'], string, Json]>([
  ['string', 'eu', 'eu'],
  ['string', '', null],
  ['number', '5.5', 5.5],
  ['boolean', 'false', false],
  ['json', '{"a":[1]}', { a: [1] }],
])('a %s typed as %j is %j, and is shown so again', (type, text, value) => {
  expect(fromFieldText(type, text)).toEqual({ ok: true, value })
  expect(toFieldText(value)).toBe(text)
})

test.each([
  ['number', 'many'],
  ['json', '{'],
] as const)('a %s is not %j', (type, text) => {
  expect(fromFieldText(type, text).ok).toBe(false)
})
