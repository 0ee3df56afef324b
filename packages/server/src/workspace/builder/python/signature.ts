import type { CallArgument, Parameter } from '@bifrost/contract'
import { parameterOf, plain } from '../shape.ts'
import type { SignatureReading } from '../signature.ts'
import type { Annotated, Annotations } from './annotations.ts'
import { jsonOf } from './classes.ts'
import type { Docs } from './docstrings.ts'
import type { Module } from './modules.ts'
import type { SyntaxNode } from './parse.ts'
import { childrenOf } from './scope.ts'
import { type Evaluated, textIn, type Values } from './values.ts'

const CONTEXT_NAMES = new Set(['context', 'ctx', '_context'])

interface Declared {
  name: string
  kind: 'plain' | 'list' | 'rest'
  node: SyntaxNode
  annotation: SyntaxNode | null
  value: SyntaxNode | null
}

export interface SignatureTools {
  annotations: Annotations
  values: Values
  warn(message: string, node: SyntaxNode): void
}

/** Reads the parameters of a function as its author wrote them. What cannot be read becomes JSON. */
export function readSignature(
  node: SyntaxNode,
  module: Module,
  docs: Docs,
  tools: SignatureTools,
): SignatureReading {
  const parameters: Parameter[] = []
  const args: CallArgument[] = []
  for (const declared of declaredIn(node, module)) {
    if (declared.kind === 'list') continue
    if (declared.kind === 'rest') args.push({ kind: 'object', names: [], rest: true })
    else if (isContext(declared, module, tools)) args.push({ kind: 'context' })
    else {
      args.push({ kind: 'parameter', name: declared.name })
      parameters.push(read(declared, module, docs, tools))
    }
  }
  return { parameters, arguments: args }
}

function declaredIn(node: SyntaxNode, module: Module): Declared[] {
  const found: Declared[] = []
  const list = node.getChild('ParamList')
  let stars = ''
  let last: Declared | null = null
  let isDefault = false
  for (const child of list ? childrenOf(list) : []) {
    const { name } = child
    if (name === '*' || name === '**') stars = name
    else if (name === ',' || name === '/' || name === '(' || name === ')') {
      stars = ''
      last = null
      isDefault = false
    } else if (name === 'AssignOp') isDefault = true
    else if (name === 'TypeDef') {
      if (last) last.annotation = child.lastChild
    } else if (isDefault) {
      if (last) last.value = child
    } else if (name === 'VariableName') {
      const kind = stars === '**' ? 'rest' : stars === '*' ? 'list' : 'plain'
      last = { name: textIn(module, child), kind, node: child, annotation: null, value: null }
      found.push(last)
    }
  }
  return found
}

function isContext(
  { name, annotation, value }: Declared,
  module: Module,
  { annotations }: SignatureTools,
): boolean {
  if (annotation && annotations.isContext(annotation, module)) return true
  if (!CONTEXT_NAMES.has(name)) return false
  // `Any` says as little as nothing, and a default of None is for calls in tests.
  const saysNothing = annotation === null || /^(\w+\.)?Any$/.test(textIn(module, annotation))
  return saysNothing && (value === null || value.name === 'None')
}

function read(
  declared: Declared,
  module: Module,
  docs: Docs,
  { annotations, values, warn }: SignatureTools,
): Parameter {
  const { name, annotation, value } = declared
  const told = value && values.evaluate(value, module)
  let shape: Annotated
  try {
    shape = annotation ? annotations.shapeOf(annotation, module) : shapeOfDefault(told)
  } catch (error) {
    warn(`A type could not be read (${(error as Error).message}); it is entered as JSON.`, declared.node)
    shape = { ...plain('json'), note: 'The type could not be read, so it is entered as JSON.' }
  }
  const optional = shape.optional || value !== null || shape.hasDefault === true
  return parameterOf(
    name,
    { ...shape, optional, nullable: shape.nullable || (told?.known === true && told.value === null) },
    { help: docs.params.get(name) ?? shape.help ?? null, ...(told ? jsonOf(told) : {}) },
  )
}

/** Without annotation a parameter is text, unless its default says what else. */
function shapeOfDefault(told: Evaluated | null): Annotated {
  if (!told?.known) return plain('string')
  const { value } = told
  if (typeof value === 'boolean') return plain('boolean')
  if (typeof value === 'number') return plain(Number.isInteger(value) ? 'integer' : 'number')
  if (Array.isArray(value))
    return { ...plain('list'), items: typeof value[0] === 'string' || value.length === 0 ? 'string' : 'json' }
  return plain(typeof value === 'object' && value !== null ? 'json' : 'string')
}
