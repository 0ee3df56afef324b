import { type Json, labelOf, type Option } from '@bifrost/contract'
import type { StaticValue } from '../static-value.ts'
import { docsOf } from './docstrings.ts'
import type { Module } from './modules.ts'
import type { Names } from './names.ts'
import type { SyntaxNode } from './parse.ts'
import { childrenOf } from './scope.ts'
import { argumentsOf, classValues, dottedName, type Evaluated, textIn, type Values } from './values.ts'

/** Classes that are form fields. */
export type ClassKind = 'enum' | 'dataclass' | 'typed_dict' | 'model'

const BASES_MAX = 10
const ENUMS = new Set(['Enum', 'StrEnum', 'IntEnum', 'Flag', 'IntFlag', 'ReprEnum'])

interface ClassOf {
  node: SyntaxNode
  decorators: SyntaxNode[]
  module: Module
}

/** What kind of class it is, by its bases and decorators; null: another one. */
export function kindOf(
  node: SyntaxNode,
  decorators: readonly SyntaxNode[],
  module: Module,
  names: Names,
  depth = 0,
): ClassKind | null {
  for (const decorator of decorators) {
    const name = decorator
      .getChildren('VariableName')
      .map((part) => textIn(module, part))
      .at(-1)
    if (name === 'dataclass' || name === 'define' || name === 'frozen') return 'dataclass'
  }
  for (const base of argumentsOf(module, node.getChild('ArgList')).positional) {
    const name = dottedName(module, base)
    const target = name === null ? null : names.find(name, module)
    if (target?.kind === 'own' && target.binding.kind === 'class') {
      const { node: above, decorators: its } = target.binding
      const kind = depth < BASES_MAX ? kindOf(above, its, target.module, names, depth + 1) : null
      if (kind) return kind
      continue
    }
    const last = (target?.kind === 'elsewhere' ? target.name : (name ?? '')).split('.').at(-1) as string
    if (ENUMS.has(last)) return 'enum'
    if (last === 'TypedDict') return 'typed_dict'
    if (/^(BaseModel|BaseSettings|RootModel|SQLModel)$/.test(last)) return 'model'
  }
  return null
}

/** The members of an enum; null: some are known only when it runs. */
export function enumOptions(node: SyntaxNode, module: Module, values: Values): Option[] | null {
  const isText = argumentsOf(module, node.getChild('ArgList')).positional.some((base) =>
    /(^|\.)(StrEnum|str)$/.test(dottedName(module, base) ?? ''),
  )
  const options: Option[] = []
  let last: StaticValue = 0
  for (const [name, value] of classValues(node, module)) {
    if (name.startsWith('_')) continue
    const isAuto =
      value.name === 'CallExpression' && /^(\w+\.)?auto\(\)$/.test(textIn(module, value).replace(/\s/g, ''))
    const told: Evaluated = isAuto
      ? ({
          known: true,
          value: isText ? name.toLowerCase() : (typeof last === 'number' ? last : 0) + 1,
        } as const)
      : values.evaluate(value, module)
    if (!told.known || told.value === undefined || typeof told.value === 'object') return null
    last = told.value
    const given = told.value
    if (!options.some((option) => option.value === given))
      options.push({ label: labelOf(labelName(name)), value: given })
  }
  return options.length > 0 ? options : null
}

/** `IN_PROGRESS` reads as `In Progress`. */
const labelName = (name: string): string =>
  /^[A-Z\d_]+$/.test(name) && name.length > 3 ? name.toLowerCase() : name

/** A member that becomes a field of a form. */
export interface ClassField {
  name: string
  annotation: SyntaxNode
  value: SyntaxNode | null
  module: Module
  kind: ClassKind
  /** All members of a `TypedDict` with `total=False`. */
  isOptional: boolean
  help: string | null
}

/** The annotated members of a class, those of its bases first. */
export function fieldsOf(node: SyntaxNode, module: Module, kind: ClassKind, names: Names): ClassField[] {
  const fields = new Map<string, ClassField>()
  collect({ node, decorators: [], module }, kind, names, fields, 0)
  return [...fields.values()]
}

function collect(
  { node, module }: ClassOf,
  kind: ClassKind,
  names: Names,
  into: Map<string, ClassField>,
  depth: number,
): void {
  const { positional, named } = argumentsOf(module, node.getChild('ArgList'))
  for (const base of positional) {
    const name = dottedName(module, base)
    const target = name === null ? null : names.find(name, module)
    if (target?.kind === 'own' && target.binding.kind === 'class' && depth < BASES_MAX)
      collect({ ...target.binding, module: target.module }, kind, names, into, depth + 1)
  }
  const total = named.get('total')
  const docs = docsOf(node, module)
  for (const statement of node.getChild('Body')?.getChildren('AssignStatement') ?? []) {
    const [first, type, equals, value] = childrenOf(statement)
    if (first?.name !== 'VariableName' || type?.name !== 'TypeDef' || !type.lastChild) continue
    const name = textIn(module, first)
    const isOfClass = /^(\w+\.)?(ClassVar|InitVar)\b/.test(textIn(module, type.lastChild))
    if (name.startsWith('_') || isOfClass || name === 'model_config') continue
    into.set(name, {
      name,
      annotation: type.lastChild,
      value: equals?.name === 'AssignOp' ? (value ?? null) : null,
      module,
      kind,
      isOptional: total !== undefined && textIn(module, total) === 'False',
      help: docs.params.get(name) ?? null,
    })
  }
}

/** What the value of a member says: its default, and what `Field` or `field` has. */
export function sourceOf(
  { value, module }: ClassField,
  values: Values,
): { optional: boolean; fallback: { fallback?: Json }; help?: string; name?: string } {
  if (!value) return { optional: false, fallback: {} }
  const callee =
    value.name === 'CallExpression' && value.firstChild ? dottedName(module, value.firstChild) : null
  if (!/(^|\.)(Field|field|attrib|ib)$/.test(callee ?? ''))
    return { optional: true, fallback: jsonOf(values.evaluate(value, module)) }
  const { positional, named } = argumentsOf(module, value.getChild('ArgList'))
  const text = (name: string): string | undefined => {
    const node = named.get(name)
    const told = node && values.evaluate(node, module)
    return told?.known && typeof told.value === 'string' && told.value.trim() ? told.value.trim() : undefined
  }
  const given = named.get('default') ?? (/(^|\.)Field$/.test(callee ?? '') ? positional[0] : undefined)
  const factory = named.get('default_factory') ?? named.get('factory')
  const isRequired =
    given === undefined
      ? factory === undefined
      : /^(\.\.\.|PydanticUndefined|MISSING)$/.test(textIn(module, given))
  const made = factory && /^(list|dict|set|tuple|str|int|float|bool)$/.exec(textIn(module, factory))?.[1]
  const fallback: { fallback?: Json } = isRequired
    ? {}
    : given
      ? jsonOf(values.evaluate(given, module))
      : made
        ? { fallback: MADE[made] as Json }
        : {}
  const help = text('description') ?? text('title')
  const name = text('validation_alias') ?? text('alias')
  return { optional: !isRequired, fallback, ...(help && { help }), ...(name && { name }) }
}

const MADE: Record<string, Json> = {
  list: [],
  dict: {},
  set: [],
  tuple: [],
  str: '',
  int: 0,
  float: 0,
  bool: false,
}

/** As the default of a parameter, where it can be one. */
export function jsonOf(told: { known: true; value: StaticValue } | { known: false }): { fallback?: Json } {
  return told.known && isJson(told.value) ? { fallback: told.value } : {}
}

function isJson(value: StaticValue): value is Json {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return false
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every(isJson)
}
