import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ExecutionStatus, errorCodes, limits, routes } from '@bifrost/contract'
import * as sdk from 'bifrost'
import { expect, test } from 'vitest'
import { createProgram } from '../packages/cli/src/program.ts'
import { CHECKOUT } from '../packages/server/src/config.ts'
import { settings } from '../packages/server/src/settings.ts'
import { optionReaders } from '../packages/server/src/workspace/builder/options.ts'

// The tables of the documentation, compared with the code that they describe.

/** The rows of all tables of a page, as cells. */
function rowsOf(page: string): string[][] {
  return readFileSync(join(CHECKOUT, 'docs', page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
}

/** What the first cells of a page's tables name between backticks. */
const namesOf = (page: string): string[] =>
  rowsOf(page).flatMap(([first = '']) => [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))

test('configuration.md has every setting with its default and its meaning, and no other', () => {
  const documented = rowsOf('configuration.md').filter(([first]) => /^`[A-Z_]+`$/.test(first ?? ''))
  expect(documented).toEqual(
    Object.values(settings).map(({ name, default: initial, about }) => [
      `\`${name}\``,
      initial === null ? '' : `\`${initial}\``,
      about,
    ]),
  )
})

test('engine.md has every limit with its value, and no other', () => {
  const documented = rowsOf('engine.md').flatMap(([name = '', value]) =>
    /^`[a-z]\w+(Max|Min|Default|Ms)`$/.test(name) ? [[name.slice(1, -1), value]] : [],
  )
  expect(documented).toEqual(Object.entries(limits).map(([name, value]) => [name, readable(name, value)]))
})

function readable(name: string, value: number): string {
  if (name.includes('Bytes')) return value >= 1024 * 1024 ? `${value / 1024 / 1024} MB` : `${value / 1024} KB`
  return value.toLocaleString('en-US')
}

test('api.md has every route, and no other', () => {
  const documented = namesOf('api.md').filter((name) => /^[A-Z]+ \/api/.test(name))
  const declared = Object.values(routes).map(({ method, path }) => `${method} ${path}`)
  expect(documented.sort()).toEqual(declared.sort())
})

test('api.md has every error code with its status', () => {
  const documented = rowsOf('api.md').flatMap(([codes = '', status = '']) =>
    /^\d{3}$/.test(status)
      ? [...codes.matchAll(/`(\w+)`/g)].map(([, code = '']) => [code, Number(status)] as const)
      : [],
  )
  expect(documented).toEqual(Object.entries(errorCodes).map(([code, { http }]) => [code, http]))
})

test('README.md lists every page', () => {
  const links = rowsOf('README.md').map(([page = '']) => /\]\((\S+)\)/.exec(page)?.[1])
  const pages = readdirSync(join(CHECKOUT, 'docs')).filter((name) => /^[a-z].*\.md$/.test(name))
  expect(pages.filter((page) => !links.includes(page))).toEqual([])
})

test('glossary.md explains each word in one sentence, with a page, in alphabetical order', () => {
  const words = rowsOf('glossary.md').slice(2)
  const wrong = words.filter(
    ([, meaning = '', page = '']) => !/^[^.]+\.$/.test(meaning) || !/^\[[^\]]+\]\(\S+\)$/.test(page),
  )
  expect(wrong).toEqual([])
  const names = words.map(([word = '']) => word.replaceAll('*', ''))
  expect(names.length).toBeGreaterThan(20)
  expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b)))
})

test('running.md has every status', () => {
  const names = namesOf('running.md')
  expect(ExecutionStatus.options.filter((status) => !names.includes(status))).toEqual([])
})

test('writing-workflows.md has every option', () => {
  const names = namesOf('writing-workflows.md')
  const options = Object.values(optionReaders).flatMap((readers) => Object.keys(readers))
  expect([...new Set(options)].filter((option) => !names.includes(option))).toEqual([])
})

test('sdk.md has everything that the SDK gives', () => {
  const text = readFileSync(join(CHECKOUT, 'docs/sdk.md'), 'utf8')
  const members = Object.entries({ config: sdk.config, files: sdk.files, logger: sdk.logger }).flatMap(
    ([name, module]) => Object.keys(module).map((member) => [name, member] as const),
  )
  expect(Object.keys(sdk).filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  expect(members.filter(([, member]) => !new RegExp(`\\b${member}\\b`).test(text))).toEqual([])
})

test('cli.md has every command, and every option of run', () => {
  const text = readFileSync(join(CHECKOUT, 'docs/cli.md'), 'utf8')
  const { commands } = createProgram(() => {}, [])
  expect(
    commands.map((command) => command.name()).filter((name) => !text.includes(`\`bifrost ${name}`)),
  ).toEqual([])
  const run = commands.find((command) => command.name() === 'run')
  const options = run?.options.flatMap(({ long }) => (long ? [long] : [])) ?? []
  expect(options.filter((option) => !text.includes(`\`${option}`))).toEqual([])
})
