import { expect, test } from 'vitest'
import { similarNames } from './similar-names.ts'

const known = ['bookMaintenance', 'hello', 'nightlyInvoices', 'nightlyReport', 'onboardUser']

test.each([
  ['bookMaintenence', ['bookMaintenance']],
  ['bookmaintenance', ['bookMaintenance']],
  ['onbordUser', ['onboardUser']],
  ['nightly', ['nightlyInvoices', 'nightlyReport']],
  ['helo', ['hello']],
  ['zzz', []],
  ['', []],
])('"%s" may mean %j', (name, similar) => {
  expect(similarNames(name, known)).toEqual(similar)
})
