import { afterAll, describe, expect, test } from 'vitest'
import { analyze, analyzer, only, parametersOf, workspace } from './fixture-parameters.ts'

afterAll(() => workspace.remove())

describe('types', () => {
  test('the types of "bifrost" are known by identity, also under another name or inside others', () => {
    const before =
      'type Seats = Int; interface Box { seats: Seats; file?: FileRef | null }\nimport type { Int as Whole } from "bifrost"'
    expect(
      parametersOf(
        'a: Int, b: Int = 1, c: Seats | null, d: FileRef, e: FileRef[], f: Box, g: Whole[], h: Date, i: Partial<Box>',
        before,
      ).map(({ type, items, fields }) => [type, items, fields?.map((field) => field.type)]),
    ).toEqual([
      ['integer', undefined, undefined],
      ['integer', undefined, undefined],
      ['integer', undefined, undefined],
      ['file', undefined, undefined],
      ['list', 'file', undefined],
      ['object', undefined, ['integer', 'file']],
      ['list', 'integer', undefined],
      ['datetime', undefined, undefined],
      ['object', undefined, ['integer', 'file']],
    ])
  })

  test('types named Int, FileRef or Date that belong to another module are not mistaken', () => {
    const path = 'own-names.ts'
    workspace.write(
      path,
      'import { workflow } from "bifrost"\ntype Int = string; interface FileRef { x: string }\nexport const job = workflow((a: Int, b: FileRef) => {})',
    )
    const [file] = analyzer.analyze([path])
    expect(file?.executables[0]?.parameters.map((p) => p.type)).toEqual(['string', 'object'])
  })

  test('objects have fields, from interfaces of other files and packages, with their help', () => {
    expect(parametersOf('address: Address, ticket: Ticket')).toMatchObject([
      {
        type: 'object',
        fields: [
          { name: 'street', type: 'string', required: true, help: 'Street and number.' },
          { name: 'zip', required: false },
        ],
      },
      { type: 'object', fields: [{ name: 'id', type: 'number' }, { name: 'title' }] },
    ])
  })

  test('generics with defaults, utility types, mapped types and intersections resolve', () => {
    const list =
      "a: Page, b: Page<Int>, c: Pick<Address, 'zip'>, d: Omit<Address, 'zip'>, e: Required<Address>, f: Record<'x' | 'y', number>, g: Address & { extra: boolean }, h: { readonly [K in 'p' | 'q']?: string }"
    expect(
      parametersOf(list).map(({ fields }) =>
        fields
          ?.map(({ name, type, items, required }) => `${name}${required ? '' : '?'}:${items ?? type}`)
          .join(' '),
      ),
    ).toEqual([
      'items:string next?:string',
      'items:integer next?:string',
      'zip?:string',
      'street:string',
      'street:string zip:string',
      'x:number y:number',
      'street:string zip?:string extra:boolean',
      'p?:string q?:string',
    ])
  })

  test('enums are choices with readable labels; constants and their keys are too', () => {
    const before = `
      enum Size { Small, Large = 10 } const enum Flag { On = 'on' }
      const COLORS = { red: '#f00', blue: '#00f' } as const
      type Color = (typeof COLORS)[keyof typeof COLORS]`
    expect(
      parametersOf(
        'a: Role = Role.InProgress, b: Size, c: Flag, d: Level = "mid", e: Color, f: keyof typeof COLORS, g: Exclude<Level, "mid">, h: Role[] = [Role.Admin]',
        before,
      ).map(({ type, options, default: value }) => [
        type,
        options?.map((option) => [option.label, option.value]),
        value,
      ]),
    ).toEqual([
      [
        'string',
        [
          ['Admin', 'admin'],
          ['In Progress', 'in-progress'],
        ],
        'in-progress',
      ],
      [
        'integer',
        [
          ['Small', 0],
          ['Large', 10],
        ],
        null,
      ],
      ['string', [['On', 'on']], null],
      [
        'string',
        [
          ['low', 'low'],
          ['mid', 'mid'],
          ['high', 'high'],
        ],
        'mid',
      ],
      [
        'string',
        [
          ['#f00', '#f00'],
          ['#00f', '#00f'],
        ],
        null,
      ],
      [
        'string',
        [
          ['red', 'red'],
          ['blue', 'blue'],
        ],
        null,
      ],
      [
        'string',
        [
          ['low', 'low'],
          ['high', 'high'],
        ],
        null,
      ],
      [
        'list',
        [
          ['Admin', 'admin'],
          ['In Progress', 'in-progress'],
        ],
        ['admin'],
      ],
    ])
  })

  test('booleans: both values are a toggle, one or a mixture is a choice', () => {
    expect(
      parametersOf("a: boolean, b: true, c: boolean | 'auto', d?: false").map(({ type, options }) => [
        type,
        options?.map((option) => option.value).sort(),
      ]),
    ).toEqual([
      ['boolean', undefined],
      ['boolean', [true]],
      ['json', ['auto', false, true]],
      ['boolean', [false]],
    ])
  })

  test('brands and text patterns are what they are made of', () => {
    const list =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a type
      "a: string & { __brand: 'UserId' }, b: number & { __unit: 'ms' }, c: `user-${string}`, d: 'x' | (string & {}), e: 1 | (number & {})"
    expect(parametersOf(list).map(({ type, options }) => [type, options])).toEqual([
      ['string', null],
      ['number', null],
      ['string', null],
      ['string', null],
      ['number', null],
    ])
  })

  test('lists of objects have fields, lists of choices have options', () => {
    expect(parametersOf("a: Address[], b: ('x' | 'y')[], c: Array<{ n: Int }>, d: Date[]")).toMatchObject([
      { type: 'list', items: 'object', fields: [{ name: 'street' }, { name: 'zip' }] },
      { type: 'list', items: 'string', options: [{ value: 'x' }, { value: 'y' }] },
      { type: 'list', items: 'object', fields: [{ name: 'n', type: 'integer' }] },
      { type: 'list', items: 'datetime' },
    ])
  })

  test.each([
    ['string | number', 'one of several kinds'],
    ["{ kind: 'a'; x: string } | { kind: 'b'; y: number }", 'one of several kinds'],
    ['Map<string, number>', 'created by code'],
    ['Set<string>', 'created by code'],
    ['() => void', 'a function is not an input'],
    ['bigint', 'JSON has no such value'],
    ['symbol', 'JSON has no such value'],
    ['never', 'JSON has no such value'],
    ['[string, number]', 'tuple'],
    ['Promise<string>', 'created by code'],
    ['Error', 'created by code'],
    ['Uint8Array', 'created by code'],
    ['URL', 'created by code'],
    ['Buffer', 'created by code'],
    ['{ a: string; [key: string]: unknown }', 'members of any name'],
    ['{ a: string; run(): void }', '"run" is a function'],
    ['null', 'its only value is null'],
    ['DoesNotExist', 'was not found'],
    ['ExecutionContext[]', 'The context is given'],
  ])('%s becomes JSON with a note', (type, note) => {
    const parameter = only(`x: ${type}`)
    expect(parameter.note).toContain(note)
    expect(parameter.type === 'json' || parameter.items === 'json').toBe(true)
  })

  test('a class becomes JSON with a note; optional methods are left out', () => {
    expect(only('x: Thing', 'class Thing { a = 1 }').note).toContain('class')
    expect(only('x: { a: string; log?(): void }').fields?.map((field) => field.name)).toEqual(['a'])
  })

  test('lists within lists and with null are lists of JSON', () => {
    expect(parametersOf('a: string[][], b: (string | null)[]')).toMatchObject([
      { type: 'list', items: 'json', note: expect.stringContaining('list of lists') },
      { type: 'list', items: 'json', note: expect.stringContaining('null') },
    ])
  })

  test('types that refer to themselves end', () => {
    const before = `
      interface Tree { name: string; children: Tree[]; parent?: Tree }
      type Json = string | number | Json[] | { [key: string]: Json }
      interface Grow<T> { value: T; more: Grow<T[]> }
      interface A { b: B } interface B { a: A; n: number }`
    const [tree, value, grow, a] = parametersOf('tree: Tree, value: Json, grow: Grow<string>, a: A', before)
    expect(tree?.fields).toMatchObject([
      { name: 'name', type: 'string' },
      { name: 'children', type: 'list', items: 'json', note: expect.stringContaining('refers to itself') },
      { name: 'parent', type: 'json', required: false },
    ])
    expect(value).toMatchObject({ type: 'json', note: expect.any(String) })
    expect(JSON.stringify(grow)).toContain('nested too deeply')
    expect(a?.fields?.[0]?.fields).toMatchObject([
      { name: 'a', type: 'json' },
      { name: 'n', type: 'number' },
    ])
  })

  test('200 fields are 200 fields', () => {
    const members = Array.from({ length: 200 }, (_, index) => `field${index}: string`).join('; ')
    expect(only(`x: { ${members} }`).fields).toHaveLength(200)
    expect(parametersOf(`{ field0 }: { ${members} }`)).toHaveLength(200)
  })

  test('generic functions use the limit or the default of their type parameters', () => {
    const { parameters } = analyze(
      'export const job = workflow(async <T extends Address, U = number, V>(a: T, b: U, c: V, d: T["street"]) => {})',
    )
    expect(parameters.map((p) => p.type)).toEqual(['object', 'number', 'json', 'string'])
  })
})
