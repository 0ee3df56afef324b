import { readFileSync } from 'node:fs'
import { pages } from '@bifrost/contract'
import { expect, test } from 'vitest'

// The router itself needs a browser; its source says the same.
const source = readFileSync(new URL('router.tsx', import.meta.url), 'utf8')

test('the server knows every page of the router, and no other', () => {
  const routed = [...source.matchAll(/^ {2}path: '([^']+)',$/gm)].map((match) => match[1])
  expect(routed.length).toBeGreaterThan(30)
  expect(routed.filter((path) => path !== '$').toSorted()).toEqual([...pages].toSorted())
})
