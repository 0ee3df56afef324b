import { afterAll, describe, expect, test } from 'vitest'
import type { AnalyzedFile, Executable } from '../types.ts'
import { Analyzer } from './analyzer.ts'
import { FixtureWorkspace } from './fixture-workspace.ts'

const workspace = new FixtureWorkspace({
  '_defaults.ts': `
    export const MINUTE = 60
    export const common = { category: 'Shared', tags: ['a', 'b'], timeoutSeconds: 5 * MINUTE } as const
    export enum Names { Nice = 'Nice name' }`,
  '_wrapped.ts': "export { workflow as job } from 'bifrost'\nexport * as kit from 'bifrost'",
})
const analyzer = new Analyzer(workspace.dir)
afterAll(() => workspace.remove())

function read(source: string): AnalyzedFile {
  workspace.write('flows/case.ts', source)
  return analyzer.analyze(['flows/case.ts'])[0]!
}
const IMPORT = "import { workflow, tool, dataProvider } from 'bifrost'\n"
const readAll = (source: string): Executable[] => read(IMPORT + source).executables
const withOptions = (options: string, before = ''): Executable =>
  readAll(`${before}\nexport const job = workflow(${options}, async (a: string) => a)`)[0]!
const problems = (executable: Executable) => [
  executable.error?.message ?? null,
  ...executable.warnings.map((warning) => warning.message),
]

describe('what counts as a definition', () => {
  test('with and without options it is the same, name from the const, description from JSDoc, category General', () => {
    const [plain, empty] = readAll(`
      /** Greets. */
      export const greet = workflow(async (a: string) => a)
      /** Greets. */
      export const again = workflow({}, async (a: string) => a)`)
    expect(plain).toEqual({
      exportName: 'greet',
      type: 'workflow',
      name: 'greet',
      description: 'Greets.',
      category: 'General',
      tags: [],
      parameters: [
        { name: 'a', type: 'string', label: 'A', required: true, default: null, options: null, help: null },
      ],
      arguments: [{ kind: 'parameter', name: 'a' }],
      executionMode: 'async',
      timeoutSeconds: 1800,
      retryPolicy: null,
      schedule: null,
      flowControl: null,
      startOn: null,
      columns: [],
      cancelOn: [],
      endpointEnabled: false,
      allowedMethods: ['POST'],
      disableGlobalKey: false,
      publicEndpoint: false,
      toolDescription: null,
      timeSaved: 0,
      value: 0,
      cacheTtlSeconds: null,
      graph: null,
      line: 4,
      error: null,
      warnings: [],
      neverDurable: true,
    })
    expect({ ...empty, exportName: 'greet', name: 'greet', line: 4 }).toEqual(plain)
  })

  test.each([
    ["import { workflow as w } from 'bifrost'\nexport const a = w(() => 1)", ['a']],
    ["import * as bifrost from 'bifrost'\nexport const a = bifrost.workflow(() => 1)", ['a']],
    ["import { job } from '../_wrapped.ts'\nexport const a = job(() => 1)", ['a']],
    ["import { kit } from '../_wrapped.ts'\nexport const a = kit.tool({ description: 'x' }, () => 1)", ['a']],
    [`${IMPORT}const make = workflow\nexport const a = make(() => 1)`, ['a']],
    [`${IMPORT}const inner = workflow(() => 1)\nexport { inner as outer }`, ['outer']],
    [`${IMPORT}const inner = workflow(() => 1)\nexport default inner`, ['default:inner']],
    [`${IMPORT}export default workflow(async function sweep() {})`, ['default:sweep']],
    [`${IMPORT}export default workflow(() => 1)`, ['default:case']],
    [`${IMPORT}export const a = workflow(() => 1) satisfies Function`, ['a']],
    [`${IMPORT}export const a = (workflow(() => 1) as any)!`, ['a']],
    [`${IMPORT}const a = workflow(() => 1)\nexport { a, a as b }\nexport default a`, ['a']],
    [`${IMPORT}const base = workflow(() => 1)\nexport const again = base`, ['again:base']],
    [`${IMPORT}export const a = workflow(() => 1), b = tool({ description: '' }, () => 2)`, ['a', 'b']],
    [`${IMPORT}export let a = workflow(() => 1)`, ['a']],
    [`${IMPORT}const hidden = workflow(() => 1)`, []],
    ['const workflow = (f: unknown) => f\nexport const a = workflow(() => 1)', []],
    ["import { workflow } from './other'\nexport const a = workflow(() => 1)", []],
    ["export const a = 1\nexport function workflow() {}\nexport class B {}\nexport type { X } from 'y'", []],
    ['', []],
  ])('%j', (source, names) => {
    const found = read(source).executables.map(({ exportName, name }) =>
      exportName === name ? name : `${exportName}:${name}`,
    )
    expect(found).toEqual(names.map((name) => (name === 'again:base' ? 'again' : name)))
  })

  test('a re-export counts where it is declared', () => {
    workspace.write('flows/declared.ts', `${IMPORT}export const real = workflow(() => 1)`)
    workspace.write(
      'flows/barrel.ts',
      "export { real, real as alias } from './declared.ts'\nexport * from './declared.ts'",
    )
    const files = analyzer.analyze(['flows/declared.ts', 'flows/barrel.ts'])
    expect(files.map((file) => [file.path, file.executables.map((one) => one.name)])).toEqual([
      ['flows/barrel.ts', []],
      ['flows/declared.ts', ['real']],
    ])
  })

  test('a tool is a workflow that is a tool', () => {
    const [one, two] = readAll(`
      export const a = tool({ description: 'Finds.' }, (q: string) => q)
      export const b = workflow({ isTool: true, toolDescription: 'Finds.' }, (q: string) => q)`)
    expect(one).toMatchObject({ type: 'tool', toolDescription: 'Finds.', description: 'Finds.' })
    expect({ ...two, name: 'a', exportName: 'a', line: one?.line }).toEqual(one)
  })

  test('a data provider keeps its options for 300 seconds, or as long as it says', () => {
    const provider = (options: string) => readAll(`export const p = dataProvider(${options}() => [])`)[0]
    expect(provider('')).toMatchObject({ type: 'data_provider', cacheTtlSeconds: 300, executionMode: 'sync' })
    expect(provider('{ cacheTtlSeconds: 10 }, ')?.cacheTtlSeconds).toBe(10)
    expect(provider('{ cacheTtl: 0 }, ')?.cacheTtlSeconds).toBe(0)
    expect(problems(provider('{ schedule: "0 0 * * *" }, ')!)).toEqual([
      null,
      'The option "schedule" has no effect on a data provider.',
    ])
  })
})

describe('options', () => {
  test('every one of them is read', () => {
    expect(
      withOptions(`{
        name: 'Nice name', description: 'Text.', category: 'Users', tags: ['x', 'y', 'x'], executionMode: 'async',
        timeoutSeconds: 0, retryPolicy: { maxRetries: 3, delaySeconds: 5, backoff: 'exponential', maxDelaySeconds: 100 },
        schedule: { cron: '*/5  * * * *', timezone: 'Europe/Berlin', overlap: 'queue', catchUp: 'all' },
        endpointEnabled: true, allowedMethods: ['get', 'POST'], disableGlobalKey: true, publicEndpoint: true,
        isTool: true, toolDescription: 'For agents.', timeSaved: 2.5, value: 10 }`),
    ).toMatchObject({
      exportName: 'job',
      type: 'tool',
      name: 'Nice name',
      description: 'Text.',
      category: 'Users',
      tags: ['x', 'y'],
      executionMode: 'async',
      timeoutSeconds: 0,
      retryPolicy: { max_retries: 3, delay_seconds: 5, backoff: 'exponential', max_delay_seconds: 100 },
      schedule: { cron: '*/5 * * * *', timezone: 'Europe/Berlin', overlap: 'queue', catch_up: 'all' },
      endpointEnabled: true,
      allowedMethods: ['GET', 'POST'],
      disableGlobalKey: true,
      publicEndpoint: true,
      toolDescription: 'For agents.',
      timeSaved: 2.5,
      value: 10,
      error: null,
    })
  })

  test('a schedule gives no input, so a parameter that is required gets a warning', () => {
    const message = expect.stringContaining('"a" is required: none of its runs would start')
    expect(withOptions(`{ schedule: '0 9 * * *' }`).warnings).toMatchObject([{ message }])
    expect(withOptions(`{ category: 'Users' }`).warnings).toEqual([])
  })

  test('have defaults that depend on each other', () => {
    expect(withOptions('{ endpointEnabled: true }').executionMode).toBe('sync')
    expect(withOptions('{ retryPolicy: { maxRetries: 1 } }').retryPolicy).toEqual({
      max_retries: 1,
      delay_seconds: 60,
      backoff: 'fixed',
      max_delay_seconds: 3600,
    })
    expect(withOptions("{ schedule: '0 9 * * 1-5' }").schedule).toEqual({
      cron: '0 9 * * 1-5',
      timezone: 'UTC',
      overlap: 'skip',
      catch_up: 'latest',
    })
  })

  test.each([
    [
      'a const',
      'OPTIONS',
      "const OPTIONS = { category: 'Here', timeoutSeconds: 30 * 60 } as const",
      ['Here', 1800],
    ],
    [
      'a spread from another file',
      '{ ...common, timeoutSeconds: common.timeoutSeconds * 2 }',
      '',
      ['Shared', 600],
    ],
    ['a later member over a spread', "{ ...common, category: 'Mine' }", '', ['Mine', 300]],
    ['a spread over an earlier member', "{ category: 'Mine', ...common }", '', ['Shared', 300]],
    [
      'a template and an enum',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
      '{ category: `${Names.Nice}!`, timeoutSeconds: MINUTE }',
      '',
      ['Nice name!', 60],
    ],
    [
      'a computed and a shorthand name',
      "{ [KEY]: 'K', timeoutSeconds }",
      "const KEY = 'category'; const timeoutSeconds = 2 ** 3",
      ['K', 8],
    ],
    [
      'Object.freeze and satisfies',
      'Object.freeze({ category: "F" } satisfies { category: string })',
      '',
      ['F', 1800],
    ],
    [
      'a member of an object',
      'ALL.first',
      "const ALL = { first: { category: 'First', timeoutSeconds: 1 } }",
      ['First', 1],
    ],
    ['a condition', "{ category: true ? 'T' : 'F', timeoutSeconds: false || 7 }", '', ['T', 7]],
    ['undefined', '{ category: undefined, timeoutSeconds: undefined }', '', ['General', 1800]],
  ])('may be %s', (_name, options, before, [category, timeoutSeconds]) => {
    const executable = withOptions(
      options,
      `import { common, Names, MINUTE } from '../_defaults.ts'\n${before}`,
    )
    expect(problems(executable)).toEqual([null])
    expect([executable.category, executable.timeoutSeconds]).toEqual([category, timeoutSeconds])
  })

  test.each([
    ['{ bogus: 1 }', 'Unknown option "bogus"; it is ignored.'],
    [
      '{ timeout_seconds: 5 }',
      'Unknown option "timeout_seconds"; it is ignored. Did you mean "timeoutSeconds"?',
    ],
    ['{ timeout: 5 }', 'Unknown option "timeout"; it is ignored. Did you mean "timeoutSeconds"?'],
    ['{ toString: 1 }', 'Unknown option "toString"; it is ignored.'],
    ['{ category: String(Math.random()) }', 'The option "category" cannot be read without running the code'],
    ['{ timeoutSeconds: process.argv.length }', 'The option "timeoutSeconds" cannot be read without running'],
    ['{ ...JSON.parse("{}") }', 'Some options cannot be read without running the code'],
    ['JSON.parse("{}")', 'The options cannot be read without running the code'],
    ['{ retryPolicy: { maxRetries: 1, factor: 2 } }', 'Unknown member "factor" of the option "retryPolicy"'],
  ])('%s: one warning, the workflow still registers', (options, message) => {
    const executable = withOptions(options)
    expect(problems(executable)).toEqual([null, expect.stringContaining(message)])
    expect(executable).toMatchObject({ name: 'job', category: 'General', timeoutSeconds: 1800 })
  })

  test.each([
    ['{ timeoutSeconds: 86401 }', 'must be a number from 0 to 86400'],
    ['{ timeoutSeconds: -1 }', 'must be a number from 0 to 86400'],
    ['{ timeoutSeconds: "5m" as any }', 'must be a number'],
    ['{ retryPolicy: { backoff: "exponential" } as any }', 'has no effect without "maxRetries"'],
    ['{ retryPolicy: { maxRetries: 0 } }', 'has no effect without "maxRetries"'],
    ['{ retryPolicy: { maxRetries: 1.5 } }', 'whole number from 1 to 100'],
    ['{ retryPolicy: { maxRetries: 1, backoff: "linear" } as any }', '"fixed" or "exponential"'],
    ['{ retryPolicy: 3 as any }', 'must be an object'],
    ['{ schedule: "" }', 'has 0'],
    ['{ schedule: "* * * *" }', 'has 4'],
    ['{ schedule: "0 * * * * *" }', 'has 6'],
    ['{ schedule: "0 0 1 1 * 2026 7" }', 'has 7'],
    ['{ schedule: "invalid" }', 'has 1'],
    ['{ schedule: "@daily" }', 'has 1'],
    ['{ schedule: "99 99 99 99 99" }', 'cannot use "99" as the minute'],
    ['{ schedule: "a b c d e" }', 'cannot use "a" as the minute'],
    ['{ schedule: { cron: "0 9 * * *", timezone: "Mars/Base" } }', 'IANA name'],
    ['{ schedule: { cron: "0 9 * * *", overlap: "both" } as any }', 'one of skip, queue, cancel_previous'],
    ['{ schedule: { timezone: "UTC" } as any }', 'needs "cron"'],
    ['{ allowedMethods: ["FETCH"] as any }', 'must be a list of GET, POST'],
    ['{ allowedMethods: [] }', 'must be a list of GET, POST'],
    ['{ executionMode: "later" as any }', '"sync" or "async"'],
    ['{ tags: "x" as any }', 'must be a list of texts'],
    ['{ name: "" }', '1 to 200 characters'],
    ['{ endpointEnabled: 1 as any }', 'must be true or false'],
    ['{ value: -1 }', '0 or more'],
  ])('%s is an error at its line', (options, message) => {
    const executable = withOptions(options)
    expect(executable.error).toMatchObject({
      message: expect.stringContaining(message),
      path: 'flows/case.ts',
      line: 3,
    })
  })

  test.each(['0 9 * * *', '*/30 * * * *', '0 9-17 * * 1-5', '0 0 * * 7'])(
    'the schedule %s is fine',
    (cron) => {
      expect(withOptions(`{ schedule: '${cron}' }`).error).toBeNull()
    },
  )

  test('without a function it is an error', () => {
    expect(readAll('export const job = (workflow as any)()')).toEqual([])
    expect(readAll('export const job = workflow({ category: "x" } as never)')[0]?.error?.message).toContain(
      'function',
    )
  })
})
