import fc from 'fast-check'
import { expect, test } from 'vitest'
import { declarationEnd, tokenLines } from './typescript-tokens.ts'

test('whatever the source, the tokens are exactly its text', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab1 \n\'"`/*\\{}()$const;'.split('')) }), (source) => {
      const text = tokenLines(source)
        .map((line) => line.map((token) => token.text).join(''))
        .join('\n')
      expect(text).toBe(source)
    }),
  )
})

test('words, strings and comments are told apart', () => {
  const [line] = tokenLines(`const name = 'Ada' // who`)
  expect(line?.map(({ kind }) => kind)).toEqual(['keyword', 'plain', 'string', 'plain', 'comment'])
})

test('a declaration ends where its brackets close, whatever stands in strings and comments', () => {
  const source = [
    `import { workflow } from 'bifrost'`,
    `export const a = workflow(async (name: string) => {`,
    `  // a } in a comment`,
    `  return '}' + name`,
    `})`,
    `export const b = 1`,
  ].join('\n')
  expect(declarationEnd(tokenLines(source), 2)).toBe(5)
})
