import { globSync, readFileSync } from 'node:fs'
import { pages } from '@bifrost/contract'
import { expect, test } from 'vitest'

// The router itself needs a browser; the source says the same.
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const router = read('router.tsx')
const routeFiles = globSync('../pages/*/routes.ts', { cwd: import.meta.dirname })

test('the server knows every page of the router, and no other', () => {
  const routed = routeFiles.flatMap((file) =>
    [...read(file).matchAll(/^ {4}path: '([^']+)',$/gm)].map((match) => match[1]),
  )
  expect(routed.length).toBeGreaterThan(30)
  expect(routed.toSorted()).toEqual([...pages].toSorted())
})

test('a folder of pages declares its own addresses, and the router only lists them', () => {
  const lists = routeFiles.flatMap((file) =>
    [...read(file).matchAll(/^export const (\w+) = \[$/gm)].map((match) => match[1]),
  )
  expect(lists.filter((list) => !router.includes(`  ...${list},\n`))).toEqual([])
  expect(router.match(/createRoute\(/g)).toHaveLength(1) // what no other address fits

  const folders = new Set(
    globSync('../pages/**/*.tsx', { cwd: import.meta.dirname }).map((file) => file.split('/')[2]),
  )
  expect([...folders].toSorted()).toEqual(routeFiles.map((file) => file.split('/')[2]).toSorted())
})
