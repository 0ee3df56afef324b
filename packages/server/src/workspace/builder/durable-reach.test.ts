import { afterAll, expect, test } from 'vitest'
import { Analyzer } from './analyzer.ts'
import { FixtureWorkspace } from './fixture-workspace.ts'

const workspace = new FixtureWorkspace({
  '_lib.ts': `import { step, logger } from 'bifrost'
export const plain = (n: number) => { logger.info('%d', n); return n + 1 }
export const saves = () => inner()
const inner = () => step('inner', () => 1)
export const kit = { plain, later: { saves } }
export class Base { async save() { return step('base', () => 1) } }`,
  '_again.ts': `export { saves as kept, plain as bare } from './_lib.ts'`,
})
const analyzer = new Analyzer(workspace.dir)
afterAll(() => workspace.remove())

const isNever = (body: string, before = '') => {
  workspace.write(
    'case.ts',
    `import { config, http, sleep, step, workflow, workflows } from 'bifrost'
import * as sdk from 'bifrost'
import { setTimeout as wait } from 'node:timers/promises'
import { bare, kept } from './_again.ts'
import { Base, kit, plain, saves } from './_lib.ts'
import type { Missing } from './_nowhere.ts'
${before}
export const other = workflow(async () => { await step('a', () => 1); await sleep('1s'); await workflows.run('x'); return [http, sdk, wait, kit, kept, bare, Base, saves, plain, config] })
export const job = workflow(async (n: number, context) => { ${body} })
`,
  )
  const found = analyzer.analyze(['case.ts'])[0]?.executables.find(({ name }) => name === 'job')
  if (!found) throw new Error('it was not found')
  return found.neverDurable === true
}

test.each([
  ['waits and calls', `await fetch('http://x'); await wait(6000); return n`],
  ['what the SDK has beside durable calls', `return config.get('a')`],
  ['a helper without any', `return plain(n) + bare(1)`],
  ['locals of the same name', `const step = (a: string) => a; return step('a')`],
  ['members of the same name', `return { step: 1, sleep: n }.step`],
  [
    'loops, classes and closures',
    `class A { b = 1; c() { return [1].map((x) => x + this.b) } } for (const x of [1]) n += x; return new A().c()`,
  ],
])('%s: certainly none', (_what, body) => {
  expect(isNever(body)).toBe(true)
})

test.each([
  ['a step', `return step('a', () => 1)`],
  ['a sleep in a branch', `if (n > 1) await sleep('1s'); return n`],
  ['another run', `return workflows.run('x')`],
  ['a helper that has one', `return saves()`],
  ['the same behind another name', `return kept()`],
  ['a member of an object', `return kit.later.saves()`],
  ['a method of a class', `return new Base().save()`],
  ['another workflow, called as a function', `return other()`],
  ['all of the SDK', `return sdk.step('a', () => 1)`],
  ['what is loaded while it runs', `return (await import('./_lib.ts')).saves()`],
  ['what can reach anything', `return (globalThis as any)['x']()`],
  ['an unknown name', `return unknownName()`],
])('%s: not certain', (_what, body) => {
  expect(isNever(body)).toBe(false)
})

test('a function beside it counts when it is named, and one that calls itself ends', () => {
  const before = `async function deep(n: number): Promise<number> { return n > 0 ? deep(n - 1) : Number(await step('a', () => 1)) }
const flat = (n: number): number => (n > 0 ? flat(n - 1) : 0)`
  expect(isNever('return deep(n)', before)).toBe(false)
  expect(isNever('return flat(n)', before)).toBe(true)
})
