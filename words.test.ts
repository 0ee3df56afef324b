import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CHECKOUT } from './packages/server/src/testing/sources.ts'

// Code, tests, documentation and the web app use plain American English.

/** Words that are refused, each with what to write instead. */
const refused: Record<string, string> = {
  whoever: 'name the person or the program',
  whom: 'name the person or the organization',
  anew: 'again',
  'all the same': 'anyway, nevertheless',
  'of before': 'earlier, previous',
  'is away': 'is unavailable, is down',
  'the other side': 'name it: the service, the server, the client',
  'go on': 'continue',
  'goes on': 'continues',
  'going on': 'continuing',
  'went on': 'continued',
  'gone on': 'continued',
  'take back': 'undo, withdraw, release, reclaim, revoke',
  'takes back': 'undoes, withdraws, releases, reclaims, revokes',
  'taking back': 'undoing, withdrawing, releasing',
  'taken back': 'undone, withdrawn, released, reverted, revoked',
  'took back': 'undid, withdrew, released',
  'is waited for': 'the caller waits for it, is awaited',
  'are waited for': 'the caller waits for them, are awaited',
  'not waited for': 'does not wait for it, is not awaited',
  mend: 'fix',
  mends: 'fixes',
  mended: 'fixed',
  shall: 'must, should',
  'of ours': 'our',
  'e-mail': 'email',
  somebody: 'name them: a person, the caller, another administrator',
  'over there': 'name the place: at the service',
  'by the clock': 'on a schedule',
}

/** British spellings as regular expressions, each with the American spelling. */
const british: Record<string, string> = {
  'organis(?!m)': 'organiz…',
  behaviour: 'behavior',
  colour: 'color',
  // `analyses` is the plural of analysis as well.
  'analys(?:e(?!s)|ing)': 'analyz…',
  licence: 'license',
  honour: 'honor',
  favour: 'favor',
  catalogue: 'catalog',
  neighbour: 'neighbor',
  '\\blearnt\\b': 'learned',
  recognis: 'recogniz…',
  initialis: 'initializ…',
  serialis: 'serializ…',
  normalis: 'normaliz…',
  authoris: 'authoriz…',
  // `aria-labelledby` is spelled this way by its standard.
  'labell(?:ed(?!by)|ing)': 'label…',
}

/** Words with exceptions, as regular expressions. */
const refusedBut: Record<string, string> = {
  // The changelog says what was renamed.
  '(?<!was `/?)slots?': 'capacity, concurrency key, fire time, child index',
  'believe[sd]?': 'trust, accept, cache',
  't(?:akes?|ook|aking) (?:it|them|(?:an?|the) \\w+) back': 'undo, withdraw, release, revoke it',
  // `on demand` is fine; a function that throws unless something holds is `require…` or `assert…`.
  'demand\\w+': 'require…, assert…, ask',
  // `nobody` is a user of the operating system, too.
  "(?<!userNamed\\(')nobody": 'no one, or say it without: unused, unknown',
}

/** Released migrations never change, and the test of one has its words; this file has to spell the words out. */
const EXEMPT =
  /(^|\/)(node_modules|dist)\/|^packages\/server\/migrations\/|\/capacity-words\.test\.ts$|^package-lock\.json$|^words\.test\.ts$/

const NEXT_LINE = '[ \\t]*\\n[ \\t]*(?:(?:\\*|//|--|#|>)[ \\t]+)?'
/** A phrase may continue on the next line, after what begins a line of a comment or a quotation. */
const phrase = (words: string) => `\\b${words.replaceAll(' ', `(?:[ \\t]+|${NEXT_LINE})`)}\\b`
const rule = (pattern: string, instead: string) => ({ pattern: new RegExp(pattern, 'gi'), instead })
const rules = [
  ...Object.entries(refused).map(([words, instead]) => rule(phrase(words), instead)),
  ...Object.entries(refusedBut).map(([word, instead]) => rule(`\\b${word}\\b`, instead)),
  ...Object.entries(british).map(([pattern, instead]) => rule(pattern, instead)),
]

/** What is wrong with a text, as `line: "words" (instead)`. */
function problemsOf(text: string): string[] {
  return rules.flatMap(({ pattern, instead }) =>
    [...text.matchAll(pattern)].map(
      ({ 0: found, index }) =>
        `${text.slice(0, index).split('\n').length}: "${found.replace(/\s+/g, ' ')}" (${instead})`,
    ),
  )
}

const files = globSync(
  [
    '*.{md,ts,json}',
    '.env.example',
    '.ci/*',
    '{packages,docs,examples,bench,scripts,e2e}/**/*.{md,ts,tsx,mts,mjs,js,json,py,css,html,sql,csv,svg,webmanifest}',
  ],
  { cwd: CHECKOUT, exclude: ['**/node_modules/**', '**/dist/**'] },
)
  .filter((path) => !EXEMPT.test(path))
  .sort()

test('every area of the repository is read', () => {
  const areas = new Set(files.map((path) => /^packages\/\w+|^[^/]+/.exec(path)?.[0]))
  for (const area of ['contract', 'sdk', 'server', 'web', 'cli']) expect(areas).toContain(`packages/${area}`)
  for (const area of ['docs', 'examples', 'bench', 'scripts', 'e2e', 'README.md', '.env.example'])
    expect(areas).toContain(area)
})

test('no file has a word that the project refuses, or a British spelling', () => {
  const found = files.flatMap((path) =>
    problemsOf(readFileSync(join(CHECKOUT, path), 'utf8')).map((problem) => `${path}:${problem}`),
  )
  expect(found).toEqual([])
})

test.each([
  ['The run GOES ON.', '1: "GOES ON" (continues)'],
  ['fine\n * the run goes\n * on', '2: "goes * on" (continues)'],
  ['const rowColour = 1', '1: "Colour" (color)'],
  ['an Organisation', '1: "Organis" (organiz…)'],
  ['to analyse', '1: "analyse" (analyz…)'],
  ['labelled', '1: "labelled" (label…)'],
  ['Takes the step back.', '1: "Takes the step back" (undo, withdraw, release, revoke it)'],
  ['demandAdmin(scope)', '1: "demandAdmin" (require…, assert…, ask)'],
  ['The step is\n// taken back.', '2: "taken back" (undone, withdrawn, released, reverted, revoked)'],
  ['Nobody waits', '1: "Nobody" (no one, or say it without: unused, unknown)'],
])('%j is found', (text, problem) => {
  expect(problemsOf(text)).toEqual([problem])
})

test.each([
  "userNamed('nobody')",
  'marshalling, of oursels',
  'two analyses',
  'aria-labelledby',
  'an organism',
  'what goes\n\non',
  'built on demand, and waited for an hour',
])('%j is fine', (text) => {
  expect(problemsOf(text)).toEqual([])
})
