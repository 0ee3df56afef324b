import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const fails = (body: string) => `import { workflow } from 'bifrost'
export const X = workflow(async () => {
${body}
})`

const server = useServer({
  files: {
    'variables.ts': `import { workflow } from 'bifrost'
const pause = () => new Promise((r) => setTimeout(r, 2))
interface User { name: string; roles: string[] }

export const kinds = workflow(async (name: string, count = 2) => {
  const fixed = 'const'
  let changing = 1
  changing = 2
  changing++
  const { a, b: { c: renamed }, ...others } = { a: 1, b: { c: 2 }, d: 4, e: 5 }
  const [first, , third = 'default', ...tail] = [1, 2, undefined, 4, 5]
  var old = 'var'
  return null
})

export const loops = workflow(async () => {
  let total = 0
  for (let i = 0; i < 3; i++) { const squared = i * i; total += squared }
  for (const item of ['a', 'b']) { const upper = item.toUpperCase(); await pause() }
  for (const key in { k1: 1, k2: 2 }) { total += 1 }
  let n = 0
  while (n < 2) n++
  return total
})

export const nested = workflow(async () => {
  const outer = 'outer'
  function inner(x: number) { const doubled = x * 2; return doubled }
  const arrow = (y: number) => { const tripled = y * 3; return tripled }
  const sum = inner(2) + arrow(3)
  const counter = (() => { let hidden = 0; return () => ++hidden })()
  counter(); counter()
  return sum
})

export const across = workflow(async () => {
  const before = 'before'
  let state = 'started'
  await pause()
  state = 'after first'
  const [left, right] = await Promise.all([Promise.resolve('l'), Promise.resolve('r')])
  await pause()
  state = 'done'
  return state
})

export const failsLate = workflow(async () => {
  const user: User = { name: 'Ada', roles: ['admin'] }
  let step = 'one'
  await pause()
  step = 'two'
  throw new Error('after ' + step)
})
export const failsSync = workflow(() => {
  const answer = 41
  const wanted = answer + 1
  throw new Error('sync')
})
export const failsInside = workflow(async () => {
  const customer = 'ACME'
  async function charge(amount: number) {
    const fee = amount / 10
    await pause()
    if (amount === 20) throw new Error('card refused')
    return fee
  }
  for (const amount of [10, 20, 30]) await charge(amount)
})
export const oddValues = workflow(async () => {
  const date = new Date(0), map = new Map([[1, 2]]), set = new Set([1]), fn = function named() {}
  const big = 10n, nothing = undefined, none = null, nan = NaN, symbol = Symbol('s'), error = new TypeError('bad')
  const self: { me?: unknown } = {}; self.me = self
  const long = 'x'.repeat(50_000)
  const buffer = Buffer.from('abc')
  const getter = { get boom() { throw new Error('no') } }
  const proxy = new Proxy({}, { ownKeys() { throw new Error('trap') }, getPrototypeOf() { throw new Error('trap') } })
  class Account { id = 1 }
  const account = new Account()
  return null
})
export const many = workflow(async () => {
  ${Array.from({ length: 60 }, (_, n) => `const v${n} = 'y'.repeat(9000)`).join('\n  ')}
  return null
})
export const oddNames = workflow(async () => {
  const __proto__ = 'p', toString = 't', constructor = 'c', hasOwnProperty = 'h', ключ = 'u', $ = 'd', _ = 'u'
  return null
})
export const recursion = workflow(async () => {
  const down = (n: number): number => { const left = n - 1; if (left === 0) throw new Error('bottom'); return down(left) }
  return down(5)
})
`,
    'errors/deep.ts': `import { workflow } from 'bifrost'
import { convert } from '../lib/convert.ts'

export const direct = workflow(async () => {
  const a = 1
  throw new TypeError('here')
})

export const viaHelper = workflow(async (amount = 5) => {
  return convert(amount)
})

export const typeError = workflow(async () => {
  const user = undefined as unknown as { name: string }
  return user.name
})

export const afterAwait = workflow(async () => {
  await new Promise((resolve) => setTimeout(resolve, 1))

  throw new Error('later')
})
`,
    'lib/convert.ts': `// A helper.
export function convert(amount: number): number {
  if (amount > 3)
    throw new RangeError('too much: ' + amount)
  return amount
}
`,
  },
})

async function variablesOf(name: string, input = {}) {
  const answer = await server().execute(name, input)
  const { variables } = await server().api(routes.getExecutionVariables, {
    params: { id: answer.execution_id },
  })
  return variables as Record<string, never>
}

describe('variables at the end', () => {
  test('of const, let, var, parameters and destructuring', async () => {
    expect(await variablesOf('kinds', { name: 'Ada' })).toMatchObject({
      name: 'Ada',
      count: 2,
      fixed: 'const',
      changing: 3,
      a: 1,
      renamed: 2,
      others: { d: 4, e: 5 },
      first: 1,
      third: 'default',
      tail: [4, 5],
      old: 'var',
    })
  })

  test('of loops', async () => {
    expect(await variablesOf('loops')).toMatchObject({
      total: 7,
      squared: 4,
      upper: 'B',
      item: 'b',
      key: 'k2',
      n: 2,
    })
  })

  test('of nested functions and closures', async () => {
    const variables = await variablesOf('nested')
    expect(variables).toMatchObject({ outer: 'outer', sum: 13, doubled: 4, tripled: 9 })
  })

  test('across await', async () => {
    expect(await variablesOf('across')).toMatchObject({
      before: 'before',
      state: 'done',
      left: 'l',
      right: 'r',
    })
  })

  test('what JSON does not have is shown by its type; long ones are cut (10 KB)', async () => {
    const variables = await variablesOf('oddValues')
    expect(variables).toMatchObject({
      date: '<Date 1970-01-01T00:00:00.000Z>',
      map: '<Map of 1>',
      set: '<Set of 1>',
      big: '<BigInt 10>',
      nothing: '<undefined>',
      none: null,
      nan: '<NaN>',
      symbol: '<Symbol>',
      error: '<TypeError: bad>',
      self: { me: '<Circular>' },
      buffer: expect.stringMatching(/^<Buffer/),
      getter: { boom: '<getter>' },
      account: '<Account>',
      proxy: '<Proxy>',
    })
    expect(variables['long']).toMatch(/^x+… \(\d+ more characters\)$/)
    expect(JSON.stringify(variables['long']).length).toBeLessThan(11_000)
  })

  test('of all together a limited size is kept, and how many were left out is said', async () => {
    const variables = await variablesOf('many')
    expect(JSON.stringify(variables).length).toBeLessThan(300_000)
    expect(variables['…']).toMatch(/more variables/)
  })

  test('names that every object has are ordinary names', async () => {
    const variables = await variablesOf('oddNames')
    expect(Object.entries(variables)).toEqual(
      expect.arrayContaining([
        ['toString', 't'],
        ['constructor', 'c'],
        ['hasOwnProperty', 'h'],
        ['ключ', 'u'],
        ['$', 'd'],
      ]),
    )
  })
})

describe('variables at the failure (19)', () => {
  test('of an async and of a sync function', async () => {
    expect(await variablesOf('failsLate')).toMatchObject({
      user: { name: 'Ada', roles: ['admin'] },
      step: 'two',
    })
    expect(await variablesOf('failsSync')).toMatchObject({ answer: 41, wanted: 42 })
  })

  test('of the call that failed, and of those around it', async () => {
    expect(await variablesOf('failsInside')).toMatchObject({ customer: 'ACME', amount: 20, fee: 2 })
    expect(await variablesOf('recursion')).toMatchObject({ left: 0 })
  })

  test('are for developers and admins: a member gets 403', async () => {
    const member = await server().person('member')
    const run = await member.api(routes.executeWorkflow, { params: { id: 'failsSync' }, body: {} })
    const params = { id: run.execution_id }
    await expect(member.api(routes.getExecutionVariables, { params })).rejects.toMatchObject({ status: 403 })
    const developer = await server().person('developer')
    expect((await developer.api(routes.getExecutionVariables, { params })).variables).toMatchObject({
      answer: 41,
    })
  })
})

describe("an error points into the author's file", () => {
  const errorOf = async (name: string) => {
    const { execution_id } = await server().execute(name)
    return (await server().ended(execution_id)).error
  }

  test.each([
    ['direct', 'errors/deep.ts', 6, `  throw new TypeError('here')`],
    ['viaHelper', 'lib/convert.ts', 4, `    throw new RangeError('too much: ' + amount)`],
    ['typeError', 'errors/deep.ts', 15, '  return user.name'],
    ['afterAwait', 'errors/deep.ts', 21, `  throw new Error('later')`],
  ])('%s: %s line %i', async (name, path, line, text) => {
    const error = await errorOf(name)
    expect(error?.source).toMatchObject({ path, line, text })
    expect(error?.stack).toContain(`${path}:${line}:`)
  })

  test('the stack names the functions of the author and nothing of the platform or its folders', async () => {
    const error = await errorOf('viaHelper')
    expect(error?.stack).toMatch(
      /^RangeError: too much: 5\n\s+at convert \(lib\/convert\.ts:4:\d+\)\n.*errors\/deep\.ts:10:\d+/,
    )
    expect(error?.stack).not.toMatch(/bifrost-runtime|node:internal|\/tmp|file:\/\//)
  })

  test('the line stays right when variables are captured in every statement before it', async () => {
    const lines = Array.from(
      { length: 40 },
      (_, n) => `  const v${n} = { n: ${n} }; let w${n} = v${n}.n; w${n}++`,
    )
    server().write(
      'errors/late.ts',
      fails([...lines, `  throw new Error('at 43')`].join('\n')).replace('X', 'late'),
    )
    expect((await errorOf('late'))?.source).toMatchObject({ path: 'errors/late.ts', line: 43, column: 9 })
  })
})
