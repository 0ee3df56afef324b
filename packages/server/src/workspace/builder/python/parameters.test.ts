import type { Parameter } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { definedBy, only, parametersOf } from './fixture-python.ts'

const shown = ({ type, items, options, required, nullable, default: fallback, fields, note }: Parameter) =>
  [
    required ? '' : 'optional ',
    nullable ? 'nullable ' : '',
    type,
    items ? ` of ${items}` : '',
    options ? ` ${JSON.stringify(options.map(({ value }) => value))}` : '',
    fields ? ` {${fields.map((field) => field.name + (field.required ? '' : '?')).join(' ')}}` : '',
    fallback === null ? '' : ` = ${JSON.stringify(fallback)}`,
    note ? ' (note)' : '',
  ].join('')

describe('types', () => {
  test.for([
    ['x: str', 'string'],
    ['x: int', 'integer'],
    ['x: float', 'number'],
    ['x: bool', 'boolean'],
    ['x: Decimal', 'number'],
    ['x: datetime', 'datetime'],
    ['x: date', 'datetime'],
    ['x: list', 'list of json'],
    ['x: list[str]', 'list of string'],
    ['x: List[int]', 'list of integer'],
    ['x: set[str]', 'list of string'],
    ['x: tuple[int, ...]', 'list of integer'],
    ['x: tuple[int, str]', 'json (note)'],
    ['x: list[dict]', 'list of json'],
    ['x: list[list[int]]', 'list of json (note)'],
    ['x: list[int | None]', 'list of json (note)'],
    ['x: dict', 'json'],
    ['x: dict[str, Any]', 'json'],
    ['x: Dict[str, int]', 'json'],
    ['x: Any', 'json'],
    ['x', 'string'],
    ['x: Optional[str]', 'optional nullable string'],
    ['x: str | None', 'optional nullable string'],
    ['x: None | int', 'optional nullable integer'],
    ['x: Union[int, float]', 'number'],
    ['x: Union[int, str]', 'json (note)'],
    ['x: t.Optional[t.List[str]]', 'optional nullable list of string'],
    ['x: Literal["a", "b"]', 'string ["a","b"]'],
    ['x: Literal[1, 2]', 'integer [1,2]'],
    ['x: Literal["a", None]', 'optional nullable string ["a"]'],
    ['x: Literal["a"] | Literal["b"]', 'string ["a","b"]'],
    ['x: list[Literal["a", "b"]]', 'list of string ["a","b"]'],
    ['x: Role', 'string ["admin","in-progress"]'],
    ['x: types.Role', 'string ["admin","in-progress"]'],
    ['x: Level', 'integer [1,2]'],
    ['x: Kind', 'string ["big"]'],
    ['x: Address', 'object {street zip? tags?}'],
    ['x: list[Address]', 'list of object {street zip? tags?}'],
    ['x: Ticket', 'object {id? title?}'],
    ['x: Customer', 'object {name age? address friend?}'],
    ['x: CustomerId', 'integer'],
    ['x: Names', 'list of string'],
    ['x: Annotated[int, "How many"]', 'integer'],
    ['x: FileRef', 'file'],
    ['x: "int | None"', 'optional nullable integer'],
    ['x: Optional["Address"]', 'optional nullable object {street zip? tags?}'],
    ['x: Nowhere', 'json (note)'],
    ['x: Callable[[int], str]', 'json (note)'],
    ['x: bytes', 'json (note)'],
    ['x: 5', 'json (note)'],
  ] as const)('%s is entered as %s', ([list, expected]) => {
    expect(shown(only(list))).toBe(expected)
  })

  test('a hint that cannot be resolved spoils no other', () => {
    const parameters = parametersOf('a: Nowhere.Else, b: int, c: "broken[", d: str')
    expect(parameters.map(({ type }) => type)).toEqual(['json', 'integer', 'json', 'string'])
  })

  test('with postponed evaluation it is the same', () => {
    const { parameters } = definedBy(
      'from __future__ import annotations\nfrom bifrost import workflow\n@workflow\ndef job(x: Later | None = None): pass\nclass Later(str): pass\n',
    )
    expect(parameters.map(shown)).toEqual(['optional nullable string'])
  })

  test('aliases of the file itself, type statements and type variables', () => {
    const before = 'type Ids = list[int]\nName = str\nT = t.TypeVar("T", bound=int)\n'
    expect(parametersOf('a: Ids, b: Name, c: T', before).map(shown)).toEqual([
      'list of integer',
      'string',
      'integer',
    ])
  })

  test('a type that refers to itself is entered as JSON where it does', () => {
    const friend = only('x: Customer').fields?.find((field) => field.name === 'friend')
    expect(friend).toMatchObject({ type: 'json', note: expect.stringContaining('it refers to itself') })
  })
})

describe('defaults', () => {
  test.for([
    ['x: int = 5', 'optional integer = 5'],
    ['x: int = -5', 'optional integer = -5'],
    ['x: float = 1.', 'optional number = 1'],
    ['x: str = "a" "b"', 'optional string = "ab"'],
    ['x: str = f"plain"', 'optional string = "plain"'],
    ['x: str = None', 'optional nullable string'],
    ['x: bool = True', 'optional boolean = true'],
    ['x: int = MAX_ROWS', 'optional integer = 60'],
    ['x: int = types.MAX_ROWS', 'optional integer = 60'],
    ['x: Role = Role.ADMIN', 'optional string ["admin","in-progress"] = "admin"'],
    ['x: str = Role.ADMIN.value', 'optional string = "admin"'],
    ['x: list[str] = ["a"]', 'optional list of string = ["a"]'],
    ['x: dict = {"a": 1}', 'optional json = {"a":1}'],
    ['x=3', 'optional integer = 3'],
    ['x=2.5', 'optional number = 2.5'],
    ['x=False', 'optional boolean = false'],
    ['x=None', 'optional nullable string'],
    ['x=[]', 'optional list of string = []'],
    ['x=call()', 'optional string'],
    ['x: int = call()', 'optional integer'],
    // Comments may stand between any two parts.
    ['x: int = 5  # five\n', 'optional integer = 5'],
    ['\n  # first\n  x  # of\n  : int  # is\n  =  # five\n  5\n  # last\n', 'optional integer = 5'],
    ['x: int = (2 # two\n  + # more\n  3)', 'optional integer = 5'],
    ['x: int = (- # less\n 5)', 'optional integer = -5'],
    ['x: int = (1 # one\n if # when\n True else 2)', 'optional integer = 1'],
    ['x: Role | # or\n None = None', 'optional nullable string ["admin","in-progress"]'],
  ] as const)('%s', ([list, expected]) => {
    expect(shown(only(list))).toBe(expected)
  })
})

describe('which parameters are inputs', () => {
  const job = (list: string) =>
    definedBy(`from bifrost import workflow, ExecutionContext\n@workflow\nasync def job(${list}): pass\n`)

  test.for([
    ['context: ExecutionContext, a: int', ['context', 'a']],
    ['ctx, a', ['context', 'a']],
    ['_context, a', ['context', 'a']],
    ['c: "ExecutionContext | None" = None, a: int = 1', ['context', 'a']],
    ['context: dict', ['context (input)']],
    ['a, /, b, *, c', ['a', 'b', 'c']],
    ['a, *args, b=1', ['a', 'b']],
    ['a, *, b: int', ['a', 'b']],
    ['', []],
  ] as const)('(%s) takes %j', ([list, expected]) => {
    const { parameters, arguments: args } = job(list)
    const names = args.map((one) =>
      one.kind === 'parameter' ? (one.name === 'context' ? 'context (input)' : one.name) : one.kind,
    )
    expect(names).toEqual(expected)
    expect(parameters.map(({ name }) => name)).toEqual(
      args.flatMap((one) => (one.kind === 'parameter' ? [one.name] : [])),
    )
  })

  test('**params takes all inputs that no other parameter names', () => {
    const { parameters, arguments: args } = job('a, **params')
    expect(parameters.map(({ name }) => name)).toEqual(['a'])
    expect(args.at(-1)).toEqual({ kind: 'object', names: [], rest: true })
  })
})

describe('help', () => {
  test('a docstring gives the description and the help of each parameter', () => {
    const { description, parameters } = definedBy(`
from typing import Annotated
from bifrost import workflow

@workflow
def job(name, user_id: int, notes: str = "", more: Annotated[str, "From the type"] = ""):
    """

    Creates an account.

    And says so to its owner.

    Args:
        name: How the person
            is called
        user_id (int): Number of: the user

    Returns:
        notes: nothing
    """
`)
    expect(description).toBe('Creates an account.')
    expect(parameters.map(({ help }) => help)).toEqual([
      'How the person is called',
      'Number of: the user',
      null,
      'From the type',
    ])
    expect(parameters.map(({ label }) => label)).toEqual(['Name', 'User Id', 'Notes', 'More'])
  })

  test('fields have the help of their class and of Field', () => {
    expect(only('x: Address').fields?.[0]?.help).toBe('Street and number')
    expect(only('x: Customer').fields?.[0]).toMatchObject({ help: 'Full name', required: true })
  })
})
