import { afterAll, describe, expect, test } from 'vitest'
import type { Executable } from '../types.ts'
import { Analyzer } from './analyzer.ts'
import { FixtureWorkspace } from './fixture-workspace.ts'

const workspace = new FixtureWorkspace({})
const analyzer = new Analyzer(workspace.dir)
afterAll(() => workspace.remove())

const read = (options: string): Executable => {
  workspace.write(
    'case.ts',
    `import { workflow } from 'bifrost'
     export const job = workflow(${options}, async (customerId: string, order: { id: number }) => customerId)`,
  )
  return analyzer.analyze(['case.ts'])[0]?.executables[0] as Executable
}

describe('options of flow control', () => {
  test('absent, they cost nothing: there is no flow control', () => {
    expect(read('{}').flowControl).toBeNull()
  })

  test('are read from the source, each with its defaults', () => {
    const executable = read(`{
      concurrency: { limit: 5, key: 'input.customerId' },
      rate: { limit: 10, perSeconds: 60 },
      debounce: { seconds: 30, maxSeconds: 300, key: 'input.order.id' },
      idempotency: { key: 'input.order.id' },
      priority: -3,
    }`)
    expect(executable.error).toBeNull()
    expect(executable.warnings).toEqual([])
    expect(executable.flowControl).toEqual({
      concurrency: { limit: 5, key: 'input.customerId' },
      rate: { limit: 10, per_seconds: 60, key: null },
      debounce: { seconds: 30, max_seconds: 300, key: 'input.order.id' },
      singleton: null,
      idempotency: { key: 'input.order.id' },
      priority: -3,
    })
    expect(read('{ singleton: true }').flowControl?.singleton).toEqual({ key: null, on_conflict: 'skip' })
    expect(
      read(`{ singleton: { key: 'input.customerId', onConflict: 'cancel_running' } }`).flowControl?.singleton,
    ).toEqual({ key: 'input.customerId', on_conflict: 'cancel_running' })
  })

  test.each([
    ['{ concurrency: 5 }', /"concurrency" must be an object with limit, key/],
    ['{ concurrency: {} }', /needs "limit" as a whole number from 1 to 1000/],
    ['{ concurrency: { limit: 0 } }', /needs "limit"/],
    ['{ concurrency: { limit: 1.5 } }', /needs "limit"/],
    ['{ concurrency: { limit: 5, key: 7 } }', /needs "key" as the path of an input/],
    ['{ concurrency: { limit: 5, key: "customerId" } }', /"input.customerId"/],
    [
      '{ concurrency: { limit: 5, key: "input.custmerId" } }',
      /no input "custmerId"; it has customerId, order/,
    ],
    ['{ rate: { limit: 5 } }', /needs "perSeconds"/],
    ['{ rate: { limit: 5, perSeconds: 0 } }', /needs "perSeconds"/],
    ['{ debounce: {} }', /needs "seconds"/],
    ['{ debounce: { seconds: 60, maxSeconds: 10 } }', /needs "maxSeconds".*not less than "seconds"/],
    ['{ singleton: { onConflict: "replace" } }', /"skip" or "cancel_running"/],
    ['{ singleton: true, concurrency: { limit: 2 } }', /"singleton" is a concurrency of one/],
    ['{ debounce: { seconds: 1 }, singleton: true }', /"debounce" and "singleton"/],
    ['{ idempotency: {} }', /"idempotency" needs "key"/],
    ['{ priority: "high" }', /"priority" must be a whole number from -100 to 100/],
    ['{ priority: 1000 }', /"priority" must be/],
  ])('%s is refused when the file is read', (options, message) => {
    expect(read(options).error?.message).toMatch(message)
  })

  test('an unknown member is a warning that names it', () => {
    const { error, warnings } = read('{ rate: { limit: 5, perSeconds: 60, burst: 2 } }')
    expect(error).toBeNull()
    expect(warnings[0]?.message).toBe('Unknown member "burst" of the option "rate"; it is ignored.')
  })
})
