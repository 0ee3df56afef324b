import type { OptionEntry } from '../option-entries.ts'
import type { StaticValue } from '../static-value.ts'
import type { Module } from './modules.ts'
import type { Names } from './names.ts'
import type { SyntaxNode } from './parse.ts'
import { childrenOf } from './scope.ts'
import { stringValue } from './strings.ts'

export type Evaluated = OptionEntry<SyntaxNode>['result']

const DEPTH_MAX = 40
const PUNCTUATION = new Set(['(', ')', '[', ']', '{', '}', ',', ':', '.', '*', '**'])

const known = (value: StaticValue): Evaluated => ({ known: true, value })

export const textIn = (module: Module, node: SyntaxNode): string => module.text.slice(node.from, node.to)

/** The parts of a list, call or subscript, without brackets and commas. */
export const partsOf = (node: SyntaxNode): SyntaxNode[] =>
  childrenOf(node).filter(({ name }) => !PUNCTUATION.has(name))

/** A dotted name such as `a.b.c`; null for anything else. */
export function dottedName(module: Module, node: SyntaxNode): string | null {
  if (node.name === 'VariableName' || node.name === 'PropertyName') return textIn(module, node)
  if (node.name !== 'MemberExpression' || node.getChild('[')) return null
  const name = textIn(module, node).replace(/\s+/g, '')
  return /^[\p{L}\p{N}_.]+$/u.test(name) ? name : null
}

/** The arguments of a call: the positional ones in their order, the others by name. */
export interface Arguments {
  positional: SyntaxNode[]
  named: Map<string, SyntaxNode>
  /** `*list` and `**dict`. */
  spread: SyntaxNode[]
}

export function argumentsOf(module: Module, list: SyntaxNode | null): Arguments {
  const found: Arguments = { positional: [], named: new Map(), spread: [] }
  const children = list ? childrenOf(list) : []
  for (let index = 0; index < children.length; index++) {
    const child = children[index] as SyntaxNode
    if (child.name === '*' || child.name === '**') {
      const value = children[++index]
      if (value && child.name === '**') found.spread.push(value)
    } else if (PUNCTUATION.has(child.name)) continue
    else if (child.name === 'VariableName' && children[index + 1]?.name === 'AssignOp') {
      const value = children[index + 2]
      if (value) found.named.set(textIn(module, child), value)
      index += 2
    } else found.positional.push(child)
  }
  return found
}

/** Evaluates literals, constants (of other files, too), members of enums and simple arithmetic. Runs nothing. */
export class Values {
  readonly #names: Names

  constructor(names: Names) {
    this.#names = names
  }

  evaluate(node: SyntaxNode, module: Module, depth = 0): Evaluated {
    const unknown: Evaluated = { known: false, node }
    if (depth > DEPTH_MAX) return unknown
    switch (node.name) {
      case 'String': {
        const value = stringValue(textIn(module, node))
        return value === null ? unknown : known(value)
      }
      case 'FormatString': {
        if (node.getChild('FormatReplacement')) return unknown
        const value = stringValue(textIn(module, node))
        return value === null ? unknown : known(value)
      }
      case 'ContinuedString':
        return this.#joined(node, module, depth)
      case 'Number':
        return numberValue(textIn(module, node), node)
      case 'Boolean':
        return known(textIn(module, node) === 'True')
      case 'None':
        return known(null)
      case 'ParenthesizedExpression': {
        const [inner] = partsOf(node)
        return inner ? this.evaluate(inner, module, depth + 1) : unknown
      }
      case 'UnaryExpression':
        return this.#unary(node, module, depth)
      case 'BinaryExpression':
        return this.#binary(node, module, depth)
      case 'ArrayExpression':
      case 'TupleExpression':
      case 'SetExpression':
        return this.#list(node, module, depth)
      case 'DictionaryExpression':
        return this.#dictionary(node, module, depth)
      case 'ConditionalExpression': {
        const [whenTrue, , condition, , whenFalse] = childrenOf(node)
        const chosen = condition && this.evaluate(condition, module, depth + 1)
        const branch = chosen?.known ? (chosen.value ? whenTrue : whenFalse) : undefined
        return branch ? this.evaluate(branch, module, depth + 1) : unknown
      }
      case 'VariableName':
      case 'MemberExpression':
        return this.#named(node, module, depth)
      case 'CallExpression':
        return this.#call(node, module, depth)
      default:
        return unknown
    }
  }

  /** The entries of a dictionary, each evaluated by itself; null: it is none that the source tells. */
  entries(node: SyntaxNode, module: Module): Map<string, { node: SyntaxNode; module: Module }> | null {
    if (node.name !== 'DictionaryExpression') return null
    const found = new Map<string, { node: SyntaxNode; module: Module }>()
    const parts = partsOf(node)
    if (node.getChild('**') || parts.length % 2 !== 0) return null
    for (let index = 0; index < parts.length; index += 2) {
      const key = this.evaluate(parts[index] as SyntaxNode, module)
      if (!key.known || typeof key.value !== 'string') return null
      found.set(key.value, { node: parts[index + 1] as SyntaxNode, module })
    }
    return found
  }

  #joined(node: SyntaxNode, module: Module, depth: number): Evaluated {
    let text = ''
    for (const part of partsOf(node)) {
      const value = this.evaluate(part, module, depth + 1)
      if (!value.known || typeof value.value !== 'string') return { known: false, node: part }
      text += value.value
    }
    return known(text)
  }

  #unary(node: SyntaxNode, module: Module, depth: number): Evaluated {
    const [operator, operand] = childrenOf(node)
    const value = operand && this.evaluate(operand, module, depth + 1)
    if (!operator || !value?.known) return { known: false, node }
    const sign = textIn(module, operator)
    if (sign === 'not') return known(!truth(value.value))
    if (typeof value.value !== 'number') return { known: false, node }
    return sign === '-' ? known(-value.value) : sign === '+' ? value : { known: false, node }
  }

  #binary(node: SyntaxNode, module: Module, depth: number): Evaluated {
    const [left, operator, right] = childrenOf(node)
    const a = left && this.evaluate(left, module, depth + 1)
    if (!operator || !right || !a?.known) return { known: false, node }
    const sign = textIn(module, operator)
    if (sign === 'or' && truth(a.value)) return a
    if (sign === 'and' && !truth(a.value)) return a
    const b = this.evaluate(right, module, depth + 1)
    if (!b.known) return b
    if (sign === 'or' || sign === 'and') return b
    if (sign === '+' && typeof a.value === 'string' && typeof b.value === 'string')
      return known(a.value + b.value)
    if (sign === '+' && Array.isArray(a.value) && Array.isArray(b.value))
      return known([...a.value, ...b.value])
    if (typeof a.value !== 'number' || typeof b.value !== 'number') return { known: false, node }
    const value = arithmetic[sign]?.(a.value, b.value)
    return value === undefined || !Number.isFinite(value) ? { known: false, node } : known(value)
  }

  #list(node: SyntaxNode, module: Module, depth: number): Evaluated {
    const items: StaticValue[] = []
    let isSpread = false
    for (const child of childrenOf(node)) {
      if (child.name === '*') isSpread = true
      if (PUNCTUATION.has(child.name)) continue
      const item = this.evaluate(child, module, depth + 1)
      if (!item.known) return item
      if (!isSpread) items.push(item.value)
      else if (Array.isArray(item.value)) items.push(...item.value)
      else return { known: false, node: child }
      isSpread = false
    }
    return known(items)
  }

  #dictionary(node: SyntaxNode, module: Module, depth: number): Evaluated {
    const value: { [key: string]: StaticValue } = {}
    const add = (name: string, member: StaticValue) =>
      Object.defineProperty(value, name, {
        value: member,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    const children = childrenOf(node).filter(({ name }) => !PUNCTUATION.has(name) || name === '**')
    for (let index = 0; index < children.length; index += 2) {
      const [first, second] = [children[index] as SyntaxNode, children[index + 1]]
      if (!second) return { known: false, node: first }
      const member = this.evaluate(second, module, depth + 1)
      if (!member.known) return member
      if (first.name === '**') {
        if (!isMembers(member.value)) return { known: false, node: second }
        for (const [name, one] of Object.entries(member.value)) add(name, one)
        continue
      }
      const key = this.evaluate(first, module, depth + 1)
      if (!key.known || !['string', 'number'].includes(typeof key.value)) return { known: false, node: first }
      add(String(key.value), member.value)
    }
    return known(value)
  }

  #named(node: SyntaxNode, module: Module, depth: number): Evaluated {
    const name = dottedName(module, node)
    if (name === null) return this.#subscript(node, module, depth)
    return (
      this.#constant(name, module, depth) ??
      // The value of a member of an enum is what it stands for in JSON, too.
      (name.endsWith('.value') ? this.#constant(name.slice(0, -'.value'.length), module, depth) : null) ?? {
        known: false,
        node,
      }
    )
  }

  #constant(name: string, module: Module, depth: number): Evaluated | null {
    const target = this.#names.find(name, module)
    if (target?.kind === 'own' && target.binding.kind === 'value') {
      const all = target.module.parsed()?.scope.names.get(target.name)
      // What is added to later is not what it was first.
      if (all?.some(({ kind }) => kind === 'other')) return null
      const value = this.evaluate(target.binding.value, target.module, depth + 1)
      return value.known ? value : null
    }
    const at = name.lastIndexOf('.')
    const owner = at === -1 ? null : this.#names.find(name.slice(0, at), module)
    if (owner?.kind !== 'own' || owner.binding.kind !== 'class') return null
    const member = classValues(owner.binding.node, owner.module).get(name.slice(at + 1))
    const value = member && this.evaluate(member, owner.module, depth + 1)
    return value?.known ? value : null
  }

  /** `TABLE["key"]` of a constant. */
  #subscript(node: SyntaxNode, module: Module, depth: number): Evaluated {
    const [object, key, more] = partsOf(node)
    if (!object || !key || more || !node.getChild('[')) return { known: false, node }
    const whole = this.evaluate(object, module, depth + 1)
    const index = this.evaluate(key, module, depth + 1)
    if (!whole.known || !index.known) return { known: false, node }
    if (Array.isArray(whole.value) && typeof index.value === 'number') {
      const item = whole.value.at(index.value)
      return item === undefined ? { known: false, node } : known(item)
    }
    return isMembers(whole.value) && Object.hasOwn(whole.value, String(index.value))
      ? known(whole.value[String(index.value)])
      : { known: false, node }
  }

  /** Calls that only say what kind a list or a dictionary is. */
  #call(node: SyntaxNode, module: Module, depth: number): Evaluated {
    const [callee, list] = childrenOf(node)
    const name = callee && dottedName(module, callee)
    const { positional, named, spread } = argumentsOf(module, list ?? null)
    if (spread.length > 0 || !name) return { known: false, node }
    const [only] = positional
    if (name === 'dict' && positional.length === 0) {
      const entries: [string, StaticValue][] = []
      for (const [key, member] of named) {
        const result = this.evaluate(member, module, depth + 1)
        if (!result.known) return result
        entries.push([key, result.value])
      }
      return known(Object.fromEntries(entries))
    }
    if (/^(list|tuple|set|frozenset|dict|str|int|float|bool)$/.test(name) && named.size === 0) {
      if (!only) return known(EMPTY[name])
      const value = positional.length === 1 ? this.evaluate(only, module, depth + 1) : null
      if (value?.known && /^(list|tuple|set|frozenset)$/.test(name) && Array.isArray(value.value))
        return value
      if (value?.known && name === 'str' && typeof value.value === 'string') return value
      if (value?.known && /^(int|float)$/.test(name) && typeof value.value === 'number')
        return known(name === 'int' ? Math.trunc(value.value) : value.value)
    }
    return { known: false, node }
  }
}

const EMPTY: Record<string, StaticValue> = {
  list: [],
  tuple: [],
  set: [],
  frozenset: [],
  dict: {},
  str: '',
  int: 0,
  float: 0,
  bool: false,
}

/** What the body of a class assigns, by name. */
export function classValues(node: SyntaxNode, module: Module): Map<string, SyntaxNode> {
  const found = new Map<string, SyntaxNode>()
  for (const statement of node.getChild('Body')?.getChildren('AssignStatement') ?? []) {
    const children = childrenOf(statement)
    const value = children.at(-1)
    const isPlain = children[0]?.name === 'VariableName' && children.some(({ name }) => name === 'AssignOp')
    const first = children[0]
    // `A = B = 1` and `A, B = 1, 2` are not members of enums that anybody writes.
    if (isPlain && first && value && children.filter(({ name }) => name === ',').length === 0)
      found.set(textIn(module, first), value)
  }
  return found
}

function numberValue(text: string, node: SyntaxNode): Evaluated {
  const plain = text.replaceAll('_', '').toLowerCase()
  if (plain.endsWith('j') && !plain.startsWith('0x')) return { known: false, node }
  const value = Number(plain)
  return Number.isFinite(value) ? known(value) : { known: false, node }
}

const isMembers = (value: StaticValue): value is { [key: string]: StaticValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** As Python has it: what is empty is false. */
function truth(value: StaticValue): boolean {
  if (Array.isArray(value)) return value.length > 0
  return isMembers(value) ? Object.keys(value).length > 0 : Boolean(value)
}

const arithmetic: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  '%': (a, b) => a - b * Math.floor(a / b),
  '**': (a, b) => a ** b,
}
