import { afterAll, describe, expect, test } from 'vitest'
import { analyze, only, parametersOf, workspace } from './fixture-parameters.ts'

afterAll(() => workspace.remove())

describe('the cases of the acceptance list', () => {
  test('1: three parameters in order, defaults make optional', () => {
    expect(parametersOf('name: string, count = 1, active: boolean = true')).toEqual([
      {
        name: 'name',
        type: 'string',
        label: 'Name',
        required: true,
        default: null,
        options: null,
        help: null,
      },
      {
        name: 'count',
        type: 'number',
        label: 'Count',
        required: false,
        default: 1,
        options: null,
        help: null,
      },
      {
        name: 'active',
        type: 'boolean',
        label: 'Active',
        required: false,
        default: true,
        options: null,
        help: null,
      },
    ])
  })

  test('2: labels in Title Case', () => {
    const labels = parametersOf('user_email: string, firstName: string, api_key: string, apiURL: string').map(
      (p) => p.label,
    )
    expect(labels).toEqual(['User Email', 'First Name', 'Api Key', 'Api URL'])
  })

  test('3: lists are lists, dictionaries and unknown types are JSON, no annotation is text', () => {
    expect(
      parametersOf(
        'a: string[], b: readonly number[], c: Record<string, unknown>, d: unknown, e: any, f, g: object, h: {}, i: Array<string>',
      ).map(({ name, type, items }) => [name, type, items]),
    ).toEqual([
      ['a', 'list', 'string'],
      ['b', 'list', 'number'],
      ['c', 'json', undefined],
      ['d', 'json', undefined],
      ['e', 'json', undefined],
      ['f', 'string', undefined],
      ['g', 'json', undefined],
      ['h', 'json', undefined],
      ['i', 'list', 'string'],
    ])
  })

  test('4: literals are choices, with values of their own JSON type, in the order written', () => {
    expect(only("role: 'user' | 'admin'")).toMatchObject({
      type: 'string',
      required: true,
      options: [
        { label: 'user', value: 'user' },
        { label: 'admin', value: 'admin' },
      ],
    })
    expect(only('n: 3 | 1 | 2')).toMatchObject({
      type: 'integer',
      options: [{ value: 3 }, { value: 1 }, { value: 2 }],
    })
    expect(only('n: 0.5 | 1')).toMatchObject({ type: 'number' })
    expect(only("role?: 'b' | 'a' | null")).toMatchObject({
      required: false,
      nullable: true,
      options: [{ value: 'b' }, { value: 'a' }],
    })
  })

  test('5: optional in every way; null and what is no JSON are no defaults', () => {
    expect(
      parametersOf(
        'a?: string, b: string | undefined, c: string | null, d: string | null = null, e = new Date(), f = () => 1, g: number = Number("1"), h = undefined',
      ).map(({ name, type, required, default: value, nullable }) => [name, type, required, value, nullable]),
    ).toEqual([
      ['a', 'string', false, null, undefined],
      ['b', 'string', false, null, undefined],
      ['c', 'string', false, null, true],
      ['d', 'string', false, null, true],
      ['e', 'datetime', false, null, undefined],
      ['f', 'json', false, null, undefined],
      ['g', 'number', false, null, undefined],
      ['h', 'string', false, null, undefined],
    ])
  })

  test.each([
    'ctx',
    'context',
    '_context',
    'context: any',
    'ctx?: any',
    '_context: Missing',
    'c: ExecutionContext',
    'info?: ExecutionContext | null',
  ])('6: the context parameter "%s" is no input', (context) => {
    const { parameters, arguments: args } = analyze(
      `export const job = workflow(async (a: string, ${context}${context.includes('?') ? '' : ', b?: number'}) => {})`,
    )
    expect(parameters[0]!.name).toBe('a')
    expect(parameters.map((p) => p.name)).not.toContain('c')
    expect(args[1]).toEqual({ kind: 'context' })
  })

  test('6: nor is it one of a function that is passed by reference', () => {
    const { parameters, arguments: args } = analyze(
      'async function run(a: string, context: any, other: any) {}\nexport const job = workflow(run)',
    )
    expect(parameters.map((p) => p.name)).toEqual(['a', 'other'])
    expect(args[1]).toEqual({ kind: 'context' })
  })

  test('6: rest and this parameters never appear; a typed parameter called context is an input', () => {
    const { parameters, arguments: args } = analyze(
      'export const job = workflow(function (this: void, context: string, ...rest: string[]) {})',
    )
    expect(parameters.map((p) => p.name)).toEqual(['context'])
    expect(args).toEqual([{ kind: 'parameter', name: 'context' }])
  })

  test('7: a function that cannot be found gives no parameters, and says so', () => {
    const executable = analyze('declare const hidden: any\nexport const job = workflow(hidden)')
    expect(executable.parameters).toEqual([])
    expect(executable.error?.message).toContain('cannot be found')
  })
})

describe('defaults', () => {
  test('literals, constants, enum members and what is made of them', () => {
    expect(
      parametersOf(
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
        'a = -1.5, b = `x${1 + 1}`, c = ["p", "q"], d = { deep: [1, { e: null }] }, e = DEFAULT_LIMIT, f = Role.Admin, g = 60 * LOCAL, h = true && "yes", i = [...["z"], "y"], j = OPTIONS.inner.level',
        'const LOCAL = 2; const OPTIONS = { inner: { level: 7 } } as const',
      ).map((p) => p.default),
    ).toEqual([-1.5, 'x2', ['p', 'q'], { deep: [1, { e: null }] }, 1800, 'admin', 120, 'yes', ['z', 'y'], 7])
  })

  test('a default tells the type of a parameter without annotation', () => {
    expect(
      parametersOf(
        'a = "x", b = 2, c = false, d = ["x"], e = [], f = { n: 1 }, g = null, h = Role.Admin',
      ).map(({ type, items, nullable }) => [type, items, nullable]),
    ).toEqual([
      ['string', undefined, undefined],
      ['number', undefined, undefined],
      ['boolean', undefined, undefined],
      ['list', 'string', undefined],
      ['list', 'string', undefined],
      ['object', undefined, undefined],
      ['string', undefined, true],
      ['string', undefined, undefined],
    ])
  })
})

describe('a destructured object', () => {
  test('has its members as parameters', () => {
    const { parameters, arguments: args } = analyze(
      'interface In {\n/** Who. */\nname: string; count?: Int; tags: string[]; hidden: boolean }\nexport const job = workflow(async ({ name: who, count = 3, tags }: In, ctx: ExecutionContext) => {})',
    )
    expect(
      parameters.map(({ name, type, required, default: value, help }) => [name, type, required, value, help]),
    ).toEqual([
      ['name', 'string', true, null, 'Who.'],
      ['count', 'integer', false, 3, null],
      ['tags', 'list', true, null, null],
      ['hidden', 'boolean', true, null, null],
    ])
    expect(args).toEqual([
      { kind: 'object', names: ['name', 'count', 'tags', 'hidden'], rest: false },
      { kind: 'context' },
    ])
  })

  test.each([
    ['{ a, ...others }: { a: string; b: number }', ['a', 'b'], false],
    ['{ a, ...others }: { a: string; [key: string]: unknown }', ['a'], true],
    ['{ a, ...others }: any', ['a'], true],
    ['{ a, ...others }', ['a'], true],
    ['{ a }: { a: string; [key: string]: unknown }', ['a'], true],
    ['{ a, b = 1 }', ['a', 'b'], false],
    ['{ a, b = 1 }: any', ['a', 'b'], false],
    ['{ a, b }: { a: string; b?: string } = { a: "x" }', ['a', 'b'], false],
    ['{ a: { inner } }: { a: { inner: string } }', ['a'], false],
    ['{ a }: { a: string } | null', ['a'], false],
  ])('%s', (list, names, rest) => {
    const { parameters, arguments: args } = analyze(`export const job = workflow((${list}) => {})`)
    expect(parameters.map((p) => p.name)).toEqual(names)
    expect(args).toEqual([{ kind: 'object', names, rest }])
  })

  test('without a type its members are text, unless defaults tell', () => {
    expect(parametersOf('{ a, b = 1, c = true }').map((p) => [p.type, p.required])).toEqual([
      ['string', true],
      ['number', false],
      ['boolean', false],
    ])
  })

  test('leaves out functions and the context, and says so', () => {
    const { parameters, warnings } = analyze(
      'export const job = workflow(({ a }: { a: string; log(): void; ctx: ExecutionContext; maybe?: () => void }) => {})',
    )
    expect(parameters.map((p) => p.name)).toEqual(['a'])
    expect(warnings.map((warning) => warning.message)).toEqual([
      expect.stringContaining('"log" is a function'),
      expect.stringContaining('"ctx" is not an input'),
    ])
  })

  test('a plain object parameter is one parameter with fields', () => {
    const { parameters, arguments: args } = analyze('export const job = workflow((input: Address) => {})')
    expect(parameters).toMatchObject([
      { name: 'input', type: 'object', fields: [{ name: 'street' }, { name: 'zip' }] },
    ])
    expect(args).toEqual([{ kind: 'parameter', name: 'input' }])
  })

  test('parameters of one name are told about', () => {
    const { parameters, warnings } = analyze(
      'export const job = workflow((a: string, { a: b }: { a: string }, [x]: string[]) => {})',
    )
    expect(parameters.map((p) => p.name)).toEqual(['a', 'input3'])
    expect(warnings[0]?.message).toContain('Two parameters have the name "a"')
  })
})

describe('help', () => {
  test('comes from @param, with or without a dash, for members and deeper ones too', () => {
    const { parameters, description } = analyze(`
      /**
       * Moves a person.
       *
       * See {@link https://example.org the guide}.
       * @param name - who moves
       * @param address where to
       * @param address.street the new street
       * @param options.quick - no questions
       * @returns nothing
       */
      export const job = workflow(async (name: string, address: Address, { quick }: { quick: boolean }) => {})`)
    expect(description).toBe('Moves a person.\n\nSee {@link https://example.org the guide}.')
    expect(parameters.map((p) => p.help)).toEqual(['who moves', 'where to', 'no questions'])
    expect(parameters[1]?.fields?.map((field) => field.help)).toEqual(['the new street', null])
  })

  test('may stand at a function that is declared on its own', () => {
    const { parameters, description } = analyze(`
      /** Says hello. @param name who */
      async function hello(name: string) {}
      export const job = workflow(hello)`)
    expect(description).toBe('Says hello.')
    expect(parameters[0]?.help).toBe('who')
  })
})

describe('the function', () => {
  test.each([
    ['an arrow', 'export const job = workflow((a: string) => 1)'],
    ['a function expression', 'export const job = workflow(function named(a: string) {})'],
    ['a declared function', 'async function run(a: string) {}\nexport const job = workflow(run)'],
    ['a const', 'const run = async (a: string) => {}\nexport const job = workflow({}, run)'],
    ['a member', 'const steps = { run(a: string) {} }\nexport const job = workflow(steps.run)'],
    ['a static method', 'class Steps { static run(a: string) {} }\nexport const job = workflow(Steps.run)'],
    ['a wrapped one', 'const wrap = <F>(f: F): F => f\nexport const job = workflow(wrap((a: string) => 1))'],
    ['satisfies', 'export const job = workflow(((a: string) => 1) satisfies Function)'],
    ['a typed const', 'const run: (a: string) => void = (a) => {}\nexport const job = workflow(run)'],
    [
      'overloads, of which the implementation counts',
      'function run(b: number): void\nfunction run(b: string): void\nfunction run(a: string) {}\nexport const job = workflow(run as any)',
    ],
  ])('%s', (_name, declaration) => {
    expect(analyze(declaration).parameters).toMatchObject([{ name: 'a', type: 'string' }])
  })

  test('may be imported', () => {
    workspace.write(
      '_steps.ts',
      'export default async function run(a: number) {}\nexport const other = (b: boolean) => {}',
    )
    const { parameters } = analyze('import run from "./_steps.ts"\nexport const job = workflow(run)')
    expect(parameters).toMatchObject([{ name: 'a', type: 'number' }])
    expect(
      analyze('import * as s from "./_steps.ts"\nexport const job = workflow(s.other)').parameters[0]?.name,
    ).toBe('b')
  })
})
