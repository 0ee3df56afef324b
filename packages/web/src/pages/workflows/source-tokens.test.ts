import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSource } from './source-tokens.ts'

const characters = fc.string({ unit: fc.constantFrom(...'ab1 \n\'"`/*\\{}()$const;#:@'.split('')) })

test.each(['a.ts', 'a.tsx', 'a.py'])('whatever the source, the tokens of %s are exactly its text', (path) => {
  fc.assert(
    fc.property(characters, (source) => {
      const text = readSource(path, source)
        .lines.map((line) => line.map((token) => token.text).join(''))
        .join('\n')
      expect(text).toBe(source)
    }),
  )
})

test.each([
  ['a.ts', `const name = 'Ada' // who`, ['const', "'Ada'", '// who']],
  ['a.py', `return "Ada" # who`, ['return', '"Ada"', '# who']],
])('words, strings and comments are told apart in %s', (path, source, expected) => {
  const [line = []] = readSource(path, source).lines
  const of = (wanted: string) => line.find(({ kind }) => kind === wanted)?.text
  expect([of('keyword'), of('string'), of('comment')]).toEqual(expected)
})

describe('a declaration', () => {
  test('ends where its brackets close, whatever stands in strings and comments', () => {
    const source = [
      `import { workflow } from 'bifrost'`,
      `export const a = workflow(async (name: string) => {`,
      `  // a } in a comment`,
      `  return '}' + name`,
      `})`,
      `export const b = 1`,
    ].join('\n')
    expect(readSource('a.ts', source).declarationEnd(2)).toBe(5)
  })

  test('ends with its block in Python, also when it is looked up by its decorator or its name', () => {
    const source = [
      'from bifrost import workflow',
      '',
      '@workflow(category="A")',
      'async def a(name: str):',
      '    if name:',
      '        return name',
      '',
      '',
      'b = 1',
    ].join('\n')
    const { declarationEnd } = readSource('a.py', source)
    expect([declarationEnd(3), declarationEnd(4)]).toEqual([6, 6])
  })
})
