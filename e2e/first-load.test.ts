import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const dist = join(import.meta.dirname, '..', 'packages', 'web', 'dist')
const read = (file: string) => readFileSync(join(dist, file), 'utf8')

/** What goes over the network for a file: it is served compressed, unless it is tiny. */
function sentBytes(file: string): number {
  const compressed = join(dist, `${file}.br`)
  return statSync(existsSync(compressed) ? compressed : join(dist, file)).size
}

/** What the browser fetches for some files: them, and whatever they import at once. */
function withImports(files: readonly string[]): Set<string> {
  const found = new Set<string>()
  const visit = (file: string) => {
    if (found.has(file)) return
    found.add(file)
    if (!file.endsWith('.js')) return
    for (const [, name] of read(file).matchAll(/(?:from|import)"\.\/([^"]+\.js)"/g)) visit(`assets/${name}`)
  }
  for (const file of files) visit(file)
  return found
}

const linked = [...read('index.html').matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(
  ([, file = '']) => file,
)
const chunkOf = (page: string) =>
  `assets/${readdirSync(join(dist, 'assets')).find((name) => name.startsWith(`${page}-`) && name.endsWith('.js'))}`
const kilobytes = (files: Iterable<string>) =>
  [...files].reduce((sum, file) => sum + sentBytes(file), 0) / 1024

test('index.html links all that the app imports before its first page', () => {
  expect(linked.length).toBeGreaterThan(2)
  expect([...withImports(linked)].toSorted()).toEqual(linked.toSorted())
})

test.each(['SignInPage', 'HomePage'])('the app and its %s take at most 230 KB', (page) => {
  const files = withImports([...linked, chunkOf(page)])
  expect(files.size).toBeGreaterThan(linked.length)
  expect(kilobytes(files)).toBeLessThanOrEqual(230)
})
