import { labelOf, type Option, type Parameter } from '@bifrost/contract'
import {
  because,
  choiceOf,
  json,
  listOf,
  parameterOf,
  plain,
  SHAPE_DEPTH_MAX,
  SHAPE_MEMBERS_MAX,
  type Shape,
} from '../shape.ts'
import { type ClassKind, enumOptions, fieldsOf, kindOf, sourceOf } from './classes.ts'
import { type Module, readModule } from './modules.ts'
import type { Names } from './names.ts'
import type { SyntaxNode } from './parse.ts'
import { childrenOf } from './scope.ts'
import { argumentsOf, dottedName, partsOf, textIn, type Values } from './values.ts'

/** Types by their own name; where they come from is not asked, since a name says what is meant. */
const SIMPLE: Record<string, Shape> = {
  str: plain('string'),
  int: plain('integer'),
  float: plain('number'),
  bool: plain('boolean'),
  Decimal: plain('number'),
  complex: json(null),
  datetime: plain('datetime'),
  date: plain('datetime'),
  AwareDatetime: plain('datetime'),
  NaiveDatetime: plain('datetime'),
  FutureDatetime: plain('datetime'),
  PastDatetime: plain('datetime'),
  UUID: plain('string'),
  UUID4: plain('string'),
  Path: plain('string'),
  Text: plain('string'),
  AnyStr: plain('string'),
  LiteralString: plain('string'),
  EmailStr: plain('string'),
  NameEmail: plain('string'),
  HttpUrl: plain('string'),
  AnyUrl: plain('string'),
  AnyHttpUrl: plain('string'),
  SecretStr: plain('string'),
  StrictStr: plain('string'),
  constr: plain('string'),
  conint: plain('integer'),
  StrictInt: plain('integer'),
  PositiveInt: plain('integer'),
  NonNegativeInt: plain('integer'),
  NegativeInt: plain('integer'),
  confloat: plain('number'),
  condecimal: plain('number'),
  StrictFloat: plain('number'),
  PositiveFloat: plain('number'),
  NonNegativeFloat: plain('number'),
  Number: plain('number'),
  StrictBool: plain('boolean'),
  dict: json(null),
  Dict: json(null),
  Mapping: json(null),
  MutableMapping: json(null),
  OrderedDict: json(null),
  defaultdict: json(null),
  Any: json(null),
  object: json(null),
  Json: json(null),
  JsonValue: json(null),
}

const LISTS = new Set([
  'list',
  'List',
  'Sequence',
  'MutableSequence',
  'Iterable',
  'Collection',
  'set',
  'Set',
  'frozenset',
  'FrozenSet',
  'AbstractSet',
  'MutableSet',
  'conlist',
])
/** Types that say something about the one in their brackets. */
const WRAPPERS = new Set(['Required', 'NotRequired', 'ReadOnly', 'Final', 'ClassVar', 'Type', 'Mapped'])

/** A shape, with what an annotation says beside the type. */
export interface Annotated extends Shape {
  help?: string
  /** Set by a `Field(…)` within `Annotated`. */
  hasDefault?: boolean
}

/** What must not be entered again. */
type Trail = readonly string[]

/** Turns annotations into form fields. Whatever cannot be one becomes JSON, with a note that says why. */
export class Annotations {
  readonly #names: Names
  readonly #values: Values
  #members = 0

  constructor(names: Names, values: Values) {
    this.#names = names
    this.#values = values
  }

  shapeOf(node: SyntaxNode, module: Module): Annotated {
    this.#members = 0
    return this.#shape(node, module, [])
  }

  /** The context of the run, however it is written. */
  isContext(node: SyntaxNode, module: Module): boolean {
    const inner = this.#unquoted(node, module)
    if (!inner) return false
    const { node: type, module: own } = inner
    if (type.name === 'BinaryExpression' || type.name === 'MemberExpression') {
      const parts = partsOf(type)
      const options = type.name === 'BinaryExpression' || type.getChild('[') ? parts : []
      const named = options.filter((part) => part.name !== 'None')
      if (options.length > 0) return named.some((part) => this.isContext(part, own))
    }
    const name = dottedName(own, type)
    if (name === null) return false
    const target = this.#names.find(name, own)
    return target?.kind === 'sdk' ? target.name === 'ExecutionContext' : false
  }

  /** A class, such as one that describes all inputs. */
  fields(node: SyntaxNode, module: Module, kind: ClassKind, trail: Trail = []): Parameter[] | null {
    const fields: Parameter[] = []
    for (const field of fieldsOf(node, module, kind, this.#names)) {
      if (++this.#members > SHAPE_MEMBERS_MAX) return null
      const shape = this.#shape(field.annotation, field.module, trail)
      const given = sourceOf(field, this.#values)
      const optional = given.optional || field.isOptional || shape.hasDefault === true
      fields.push(
        parameterOf(
          given.name ?? field.name,
          { ...shape, optional: shape.optional || optional, nullable: shape.nullable },
          { help: given.help ?? shape.help ?? field.help, ...given.fallback },
        ),
      )
    }
    return fields
  }

  #shape(node: SyntaxNode, module: Module, trail: Trail): Annotated {
    if (trail.length > 4 * SHAPE_DEPTH_MAX)
      return json(because(textIn(module, node), 'it is nested too deeply'))
    const inner = this.#unquoted(node, module)
    if (!inner) return json(because(textIn(module, node), 'it cannot be read'))
    const { node: type, module: own } = inner
    switch (type.name) {
      case 'None':
        return { ...json(because('None', 'its only value is null')), nullable: true }
      case 'ParenthesizedExpression': {
        const [only] = partsOf(type)
        return only ? this.#shape(only, own, trail) : json(null)
      }
      case 'BinaryExpression':
        return this.#union(unionParts(type, own), textIn(own, type), own, trail)
      case 'VariableName':
        return this.#named(type, [], own, trail)
      case 'MemberExpression': {
        if (!type.getChild('[')) return this.#named(type, [], own, trail)
        const [name, ...args] = partsOf(type)
        return name ? this.#named(name, args, own, trail) : json(null)
      }
      case 'CallExpression': {
        const callee = type.firstChild
        const called = callee ? this.#named(callee, [], own, trail) : json(null)
        return called.type === 'json' ? json(because(textIn(own, type), 'it is made by a call')) : called
      }
      default:
        return json(because(textIn(own, type), 'it is no type'))
    }
  }

  #named(node: SyntaxNode, args: readonly SyntaxNode[], module: Module, trail: Trail): Annotated {
    const written = dottedName(module, node)
    if (written === null) return json(because(textIn(module, node), 'it is no type'))
    const target = this.#names.find(written, module)
    if (target?.kind === 'own') return this.#own(written, target, trail)
    const name = (target?.kind === 'elsewhere' ? target.name : written).split('.').at(-1) as string
    if (target?.kind === 'sdk') {
      if (target.name === 'FileRef') return plain('file')
      if (target.name === 'ExecutionContext')
        return json('The context is given by the platform only as a parameter of its own.')
    }
    const whole =
      args.length > 0 ? `${written}[${args.map((one) => textIn(module, one)).join(', ')}]` : written
    const [first] = args
    switch (name) {
      case 'Optional':
        return first ? { ...this.#shape(first, module, trail), nullable: true } : json(null)
      case 'Union':
        return this.#union(args, whole, module, trail)
      case 'Annotated':
        return first ? this.#annotated(first, args.slice(1), module, trail) : json(null)
      case 'Literal':
        return this.#literal(args, whole, module)
      case 'tuple':
      case 'Tuple':
        return args.length === 2 && args[1]?.name === 'Ellipsis' && first
          ? listOf(this.#shape(first, module, trail))
          : args.length === 0
            ? listOf(null)
            : json(because(whole, 'it is a tuple'))
      case 'NotRequired':
        return first ? { ...this.#shape(first, module, trail), optional: true } : json(null)
    }
    if (LISTS.has(name)) return listOf(first ? this.#shape(first, module, [...trail, '[]']) : null)
    if (WRAPPERS.has(name) && first) return this.#shape(first, module, trail)
    const simple = Object.hasOwn(SIMPLE, name) ? SIMPLE[name] : undefined
    if (simple) return simple
    if (name === 'Callable' || name === 'Awaitable') return json(because(whole, 'a function is not an input'))
    if (name === 'bytes' || name === 'bytearray') return json(because(whole, 'JSON has no bytes'))
    if (target) return json(because(whole, 'it can only be created by code'))
    return json(`The type \`${whole.slice(0, 80)}\` was not found, so it is entered as JSON.`)
  }

  #own(
    written: string,
    { module, binding, name }: Extract<ReturnType<Names['find']>, { kind: 'own' }>,
    trail: Trail,
  ): Annotated {
    const key = `${module.path}#${name}`
    if (trail.includes(key)) return json(because(written, 'it refers to itself'))
    const next = [...trail, key]
    if (binding.kind === 'value') return this.#alias(written, binding.value, module, next)
    if (binding.kind !== 'class') return json(because(written, 'it is no type'))
    const kind = kindOf(binding.node, binding.decorators, module, this.#names)
    if (kind === 'enum') {
      const options = enumOptions(binding.node, module, this.#values)
      return options
        ? choiceOf(options, written)
        : json(because(written, 'its values are known only when it runs'))
    }
    if (kind !== null) {
      if (next.filter((one) => one !== '[]').length > SHAPE_DEPTH_MAX)
        return json(because(written, 'it is nested too deeply'))
      const fields = this.fields(binding.node, module, kind, next)
      if (fields === null) return json(because(written, 'it has too many members'))
      return fields.length === 0 ? json(null) : { ...plain('object'), fields }
    }
    const base = this.#baseShape(binding.node, module, next)
    return base ?? json(because(written, 'an instance of a class can only be created by code'))
  }

  /** `class TicketId(str)` is text. */
  #baseShape(node: SyntaxNode, module: Module, trail: Trail): Annotated | null {
    for (const base of argumentsOf(module, node.getChild('ArgList')).positional) {
      const shape = this.#shape(base, module, trail)
      if (['string', 'integer', 'number', 'datetime', 'file'].includes(shape.type)) return shape
    }
    return null
  }

  /** A name for a type: an assignment, `NewType`, a type variable. */
  #alias(written: string, value: SyntaxNode, module: Module, trail: Trail): Annotated {
    if (value.name !== 'CallExpression') return this.#shape(value, module, trail)
    const { positional, named } = argumentsOf(module, value.getChild('ArgList'))
    const callee = value.firstChild ? dottedName(module, value.firstChild) : null
    switch (callee?.split('.').at(-1)) {
      case 'NewType':
      case 'TypeAliasType':
        return positional[1] ? this.#shape(positional[1], module, trail) : json(null)
      case 'TypeVar': {
        const bound = named.get('bound')
        if (bound) return this.#shape(bound, module, trail)
        const options = positional.slice(1)
        return options.length > 0 ? this.#union(options, written, module, trail) : json(null)
      }
    }
    return json(because(written, 'it is made by a call'))
  }

  #annotated(type: SyntaxNode, notes: readonly SyntaxNode[], module: Module, trail: Trail): Annotated {
    const shape = this.#shape(type, module, trail)
    for (const note of notes) {
      const value = this.#values.evaluate(note, module)
      if (value.known && typeof value.value === 'string' && value.value.trim())
        return { help: value.value.trim(), ...shape }
      if (note.name !== 'CallExpression') continue
      const { positional, named } = argumentsOf(module, note.getChild('ArgList'))
      const callee = note.firstChild ? dottedName(module, note.firstChild) : null
      const said =
        named.get('description') ??
        named.get('title') ??
        (callee?.endsWith('Doc') ? positional[0] : undefined)
      const help = said && this.#values.evaluate(said, module)
      const hasDefault = named.has('default') || named.has('default_factory')
      if (help?.known && typeof help.value === 'string')
        return { help: help.value.trim(), ...shape, hasDefault }
      if (hasDefault) return { ...shape, hasDefault }
    }
    return shape
  }

  #union(parts: readonly SyntaxNode[], whole: string, module: Module, trail: Trail): Annotated {
    const given = parts.map((part) => ({ part, isNull: part.name === 'None' }))
    const rest = given.filter(({ isNull }) => !isNull).map(({ part }) => part)
    const isNullable = given.length > rest.length
    const shapes = rest.map((part) => this.#shape(part, module, trail))
    const nullable = isNullable || shapes.some((shape) => shape.nullable)
    const [first] = shapes
    if (!first) return { ...json(because(whole, 'its only value is null')), nullable: true }
    if (shapes.length === 1) return { ...first, nullable }
    const help = shapes.find((shape) => shape.help)?.help
    const more = { nullable, ...(help && { help }) }
    if (shapes.every((shape) => shape.options && shape.type !== 'list'))
      return { ...choiceOf(uniqueOptions(shapes.flatMap((shape) => shape.options ?? [])), whole), ...more }
    if (shapes.every((shape) => shape.type === 'string')) return { ...plain('string'), ...more }
    if (shapes.every((shape) => /^(integer|number)$/.test(shape.type))) return { ...plain('number'), ...more }
    // A date that may come as text is entered as a date.
    if (shapes.every((shape) => JSON.stringify(shape) === JSON.stringify(first))) return { ...first, ...more }
    return { ...json(because(whole, 'it is one of several kinds of values')), ...more }
  }

  #literal(args: readonly SyntaxNode[], whole: string, module: Module): Annotated {
    const options: Option[] = []
    let nullable = false
    for (const arg of args) {
      const value = this.#values.evaluate(arg, module)
      if (!value.known) return json(because(whole, 'its values are known only when it runs'))
      if (value.value === null) nullable = true
      else if (typeof value.value !== 'object' && value.value !== undefined) {
        const member = arg.name === 'MemberExpression' ? textIn(module, arg).split('.').at(-1) : undefined
        options.push({ label: member ? labelOf(member) : String(value.value), value: value.value })
      } else return json(because(whole, 'JSON has no such value'))
    }
    return { ...choiceOf(uniqueOptions(options), whole), nullable }
  }

  /** An annotation that is written as text stands for what the text says. */
  #unquoted(node: SyntaxNode, module: Module): { node: SyntaxNode; module: Module } | null {
    if (node.name !== 'String' && node.name !== 'ContinuedString') return { node, module }
    const value = this.#values.evaluate(node, module)
    if (!value.known || typeof value.value !== 'string') return null
    const text = `(${value.value.trim()})\n`
    const quoted = readModule(module.path, text)
    const parsed = quoted.mistake || quoted.problem ? null : quoted.parsed()
    const expression = parsed?.problem === null ? parsed.tree.topNode.firstChild?.firstChild : null
    if (!parsed || !expression) return null
    const own: Module = { ...quoted, home: module.home ?? module }
    const [inner] = expression.name === 'ParenthesizedExpression' ? partsOf(expression) : [expression]
    return inner ? { node: inner, module: own } : null
  }
}

/** `A | B | C`. */
function unionParts(node: SyntaxNode, module: Module): SyntaxNode[] {
  const parts: SyntaxNode[] = []
  let current: SyntaxNode | null = node
  while (current?.name === 'BinaryExpression') {
    const [left, operator, right]: SyntaxNode[] = childrenOf(current)
    if (!left || !operator || !right || textIn(module, operator) !== '|') break
    parts.unshift(right)
    current = left
  }
  if (current) parts.unshift(current)
  return parts
}

function uniqueOptions(options: readonly Option[]): Option[] {
  const seen = new Set<unknown>()
  return options.filter(({ value }) => !seen.has(value) && seen.add(value))
}
