import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TextIndex } from './text-index.ts'

const never = () => false

/** Which characters belong to one of the texts, found the slow way. */
function coveredSlowly(text: string, wanted: readonly string[]): boolean[] {
  const covered = Array.from({ length: text.length }, () => false)
  for (const one of wanted)
    for (let from = text.indexOf(one); from !== -1; from = text.indexOf(one, from + 1))
      covered.fill(true, from, from + one.length)
  return covered
}

function covered(text: string, wanted: readonly string[]): boolean[] {
  const spans = new TextIndex(wanted).find(text, never)
  const found = Array.from({ length: text.length }, () => false)
  for (let index = 0; index < spans.length; index += 2) found.fill(true, spans[index], spans[index + 1])
  return found
}

// Few letters, so that texts overlap, contain each other and share their beginnings.
const letters = fc.string({ unit: fc.constantFrom('a', 'b', '…', '\u{1F600}'), minLength: 1, maxLength: 40 })

test('every character of every text is found, and no other', () => {
  fc.assert(
    fc.property(
      fc.array(letters, { minLength: 1, maxLength: 8 }),
      letters,
      letters,
      (wanted, before, after) => {
        const text = before + wanted.join(after) + before
        expect(covered(text, wanted)).toEqual(coveredSlowly(text, wanted))
      },
    ),
    { numRuns: 500 },
  )
})

test('texts that are longer than what is indexed of them are found as a whole, and their beginnings alone are not', () => {
  const long = `${'k'.repeat(40)}-${'v'.repeat(200)}`
  const other = `${'k'.repeat(40)}+${'w'.repeat(20)}`
  expect(new TextIndex([long, other]).find(`x ${long} y ${other}`, never)).toEqual([2, 243, 246, 307])
  expect(new TextIndex([long]).find(`x ${long.slice(0, 100)} y`, never)).toEqual([])
})

test('where text was cut, the beginning of a text counts as the text', () => {
  const index = new TextIndex(['secret-of-ten-and-more-characters-than-an-anchor-has'])
  const text = 'say secret-of-ten-and-more-characters-than-an'
  expect(index.find(text, (place) => place === text.length)).toEqual([4, text.length])
  expect(index.find('say secr', (place) => place === 8)).toEqual([4, 8])
  expect(index.find('say sec', (place) => place === 7)).toEqual([])
})

test('texts that only repeat themselves are hidden too much rather than too little, after a bounded number of comparisons', () => {
  const wanted = Array.from({ length: 90 }, (_, number) => `${'a'.repeat(500)}${number}`)
  const text = 'a'.repeat(100_000)
  const spans = new TextIndex(wanted).find(text, never)
  // None of them stands there; the comparisons end before that is certain.
  expect(spans).toEqual([expect.any(Number), text.length])
})
