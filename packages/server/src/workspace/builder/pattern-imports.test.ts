import { expect, test } from 'vitest'
import { instrument } from './instrument.ts'

// Written with $<f>: a text with the placeholder itself is easily taken for a mistake.
const read = (code: string, path: string) => () =>
  instrument(`export const a = (f) => ${code.replaceAll('$<f>', '$' + '{f}')}`, { path })

test.each([
  ['import(`../beta/$<f>.ts`)', 'organizations/acme/a.ts'],
  ['import(`../$<f>/a.ts`)', 'organizations/acme/a.ts'],
  ['import(`../../../../etc/host$<f>`)', 'organizations/acme/a.ts'],
  ['import(`./x/../../$<f>.md`)', 'organizations/acme/a.ts'],
  ['import("../beta/" + f)', 'organizations/acme/a.ts'],
  ['import("../" + "beta/" + f + ".ts")', 'organizations/acme/a.ts'],
  ['require(`../beta/$<f>`)', 'organizations/acme/a.ts'],
  ['import(`../$<f>.ts`)', 'a.ts'],
])('%s in %s is refused before anything is walked', (code, path) => {
  expect(read(code, path)).toThrow('A pattern in an import may only match files of its own folder')
})

test.each([
  ['import(`./$<f>.ts`)', 'organizations/acme/a.ts'],
  ['import(`../lists/$<f>.ts`)', 'organizations/acme/flows/a.ts'],
  ['import(`./flows/$<f>.ts`)', 'a.ts'],
  ['import("../beta/a.ts")', 'organizations/acme/a.ts'],
  ['import(`$<f>`)', 'organizations/acme/a.ts'],
])('%s in %s is left to the bundler', (code, path) => {
  expect(read(code, path)).not.toThrow()
})
