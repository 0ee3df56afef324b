import type { CallArgument, Json, Parameter } from '@bifrost/contract'
import ts from 'typescript'
import { type Docs, helpOf } from './doc-comments.ts'
import type { SdkSymbols } from './sdk-symbols.ts'
import { parameterOf, type Shape } from './shape.ts'
import type { StaticEvaluator, StaticValue } from './static-value.ts'
import type { TypeShapes } from './type-shape.ts'

/** The inputs of a function, and how it wants them. */
export interface SignatureReading {
  parameters: Parameter[]
  arguments: CallArgument[]
}

export interface SignatureTools {
  checker: ts.TypeChecker
  sdk: SdkSymbols
  shapes: TypeShapes
  evaluator: StaticEvaluator
  warn: (message: string, node: ts.Node) => void
}

const CONTEXT_NAMES = new Set(['context', 'ctx', '_context'])

/** Reads the parameters of a function as its author wrote them. What cannot be read becomes JSON. */
export function readSignature(
  declarations: readonly ts.ParameterDeclaration[],
  docs: Docs,
  tools: SignatureTools,
): SignatureReading {
  const reading: SignatureReading = { parameters: [], arguments: [] }
  declarations.forEach((declaration, index) => {
    if (declaration.dotDotDotToken) return
    const { name } = declaration
    if (ts.isIdentifier(name) && name.text === 'this') return
    if (isContext(declaration, tools)) reading.arguments.push({ kind: 'context' })
    else if (ts.isObjectBindingPattern(name)) readObject(declaration, name, docs, tools, reading)
    else {
      const parameterName = ts.isIdentifier(name) ? name.text : `input${index + 1}`
      reading.arguments.push({ kind: 'parameter', name: parameterName })
      add(reading, readPositional(declaration, parameterName, docs, tools), declaration, tools)
    }
  })
  return reading
}

/** The inputs of a graph: the members of its type argument, which come as one object. */
export function readInputType(
  node: ts.TypeNode | undefined,
  docs: Docs,
  tools: SignatureTools,
): SignatureReading {
  const reading: SignatureReading = { parameters: [], arguments: [] }
  const type = node && tools.checker.getTypeFromTypeNode(node)
  for (const property of node && type ? tools.checker.getPropertiesOfType(type) : []) {
    const parameter = memberParameter(property, undefined, docs, tools, node as ts.TypeNode)
    if (parameter) add(reading, parameter, node as ts.TypeNode, tools)
  }
  const isOpen = type !== undefined && tools.checker.getIndexInfosOfType(type).length > 0
  reading.arguments.push({ kind: 'object', names: reading.parameters.map(({ name }) => name), rest: isOpen })
  return reading
}

function add(reading: SignatureReading, parameter: Parameter, node: ts.Node, tools: SignatureTools): void {
  if (reading.parameters.some(({ name }) => name === parameter.name))
    tools.warn(`Two parameters have the name "${parameter.name}"; both get the same input.`, node)
  else reading.parameters.push(parameter)
}

function isContext(declaration: ts.ParameterDeclaration, { checker, sdk }: SignatureTools): boolean {
  const { name, type, initializer } = declaration
  const isNamed = ts.isIdentifier(name) && CONTEXT_NAMES.has(name.text) && !initializer
  if (!type) return isNamed
  const declared = checker.getNonNullableType(checker.getTypeFromTypeNode(type))
  // A type of "any" says as little as none.
  if (declared.flags & ts.TypeFlags.Any) return isNamed
  return sdk.typeName(declared) === 'ExecutionContext'
}

const textShape: Shape = { type: 'string', nullable: false, optional: false, options: null, note: null }

function readPositional(
  declaration: ts.ParameterDeclaration,
  name: string,
  docs: Docs,
  tools: SignatureTools,
): Parameter {
  const shape = guarded(tools, declaration, () => annotatedShape(declaration, tools))
  const optional =
    shape.optional || declaration.questionToken !== undefined || declaration.initializer !== undefined
  return withHelp(
    parameterOf(
      name,
      { ...shape, optional },
      {
        help: helpOf(docs, [name], false),
        ...defaultOf(declaration.initializer, tools),
      },
    ),
    docs,
    [name],
    false,
  )
}

/** An unexpected type must cost one field, not the workflow. */
function guarded(tools: SignatureTools, node: ts.Node, read: () => Shape): Shape {
  try {
    return read()
  } catch (error) {
    tools.warn(`A type could not be read (${(error as Error).message}); it is entered as JSON.`, node)
    return { ...textShape, type: 'json', note: 'The type could not be read, so it is entered as JSON.' }
  }
}

function annotatedShape(
  declaration: ts.ParameterDeclaration | ts.BindingElement,
  { checker, shapes }: SignatureTools,
): Shape {
  const node = ts.isParameter(declaration) ? declaration.type : undefined
  if (node) return shapes.shapeOf(checker.getTypeFromTypeNode(node), node)
  const { initializer } = declaration
  if (initializer) return initializerShape(initializer, checker, shapes)
  // Without annotation it is text, unless the place where the function stands says what it is.
  const type = checker.getTypeAtLocation(declaration)
  const told = !(type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Never))
  return told ? shapes.shapeOf(type) : textShape
}

/** What a default value tells of a parameter without annotation. */
function initializerShape(initializer: ts.Expression, checker: ts.TypeChecker, shapes: TypeShapes): Shape {
  if (initializer.kind === ts.SyntaxKind.NullKeyword) return { ...textShape, nullable: true }
  if (ts.isIdentifier(initializer) && initializer.text === 'undefined')
    return { ...textShape, optional: true }
  if (ts.isArrayLiteralExpression(initializer) && initializer.elements.length === 0)
    return { ...textShape, type: 'list', items: 'string' }
  const type = checker.getBaseTypeOfLiteralType(checker.getTypeAtLocation(initializer))
  return shapes.shapeOf(type)
}

function defaultOf(
  initializer: ts.Expression | undefined,
  { evaluator }: SignatureTools,
): { fallback?: Json } {
  if (!initializer) return {}
  const result = evaluator.evaluate(initializer)
  return result.known && isJson(result.value) ? { fallback: result.value } : {}
}

function isJson(value: StaticValue): value is Json {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return false
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every(isJson)
}

/** The members of a destructured object are parameters of their own. */
function readObject(
  declaration: ts.ParameterDeclaration,
  pattern: ts.ObjectBindingPattern,
  docs: Docs,
  tools: SignatureTools,
  reading: SignatureReading,
): void {
  const elements = new Map<string, ts.BindingElement>()
  let takesOthers = false
  for (const element of pattern.elements) {
    if (element.dotDotDotToken) takesOthers = true
    else elements.set(elementName(element), element)
  }
  const type = declaration.type && tools.checker.getTypeFromTypeNode(declaration.type)
  const isOpen = type && tools.checker.getIndexInfosOfType(type).length > 0
  // What remains of a closed type is what it names: an input that it does not name is a mistake, not a catch.
  const rest =
    isOpen || (takesOthers && (!type || (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0))
  const names: string[] = []
  const take = (parameter: Parameter | null, node: ts.Node) => {
    if (!parameter) return
    names.push(parameter.name)
    add(reading, parameter, node, tools)
  }
  for (const property of type
    ? tools.checker.getPropertiesOfType(tools.checker.getNonNullableType(type))
    : []) {
    const element = elements.get(property.name)
    elements.delete(property.name)
    take(memberParameter(property, element, docs, tools, declaration), element ?? declaration)
  }
  // Members that no type names: the pattern has no type, or `any`.
  for (const [name, element] of elements)
    take(elementParameter(name, element, Boolean(type), docs, tools), element)
  reading.arguments.push({ kind: 'object', names, rest })
}

function elementName({ propertyName, name }: ts.BindingElement): string {
  if (propertyName && (ts.isIdentifier(propertyName) || ts.isStringLiteralLike(propertyName)))
    return propertyName.text
  return ts.isIdentifier(name) ? name.text : (propertyName?.getText() ?? '')
}

function memberParameter(
  property: ts.Symbol,
  element: ts.BindingElement | undefined,
  docs: Docs,
  tools: SignatureTools,
  node: ts.Node,
): Parameter | null {
  const { checker, sdk, shapes, warn } = tools
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(property))
  if (sdk.typeName(type) === 'ExecutionContext') {
    warn(
      `"${property.name}" is not an input. Take the context as a parameter of its own, or import it.`,
      node,
    )
    return null
  }
  let member: Parameter | 'method' = 'method'
  try {
    member = shapes.member(property)
  } catch (error) {
    warn(`The type of "${property.name}" could not be read: ${(error as Error).message}`, node)
    return parameterOf(property.name, {
      ...textShape,
      type: 'json',
      note: 'The type could not be read, so it is entered as JSON.',
    })
  }
  if (member === 'method') {
    if (!(property.flags & ts.SymbolFlags.Optional))
      warn(`"${property.name}" is a function, which cannot be an input. It is left out.`, node)
    return null
  }
  const help = helpOf(docs, [property.name], true) ?? docs.params.get(property.name) ?? member.help
  const initializer = element?.initializer
  return withHelp(
    {
      ...member,
      help,
      ...(initializer && { required: false, default: defaultOf(initializer, tools).fallback ?? null }),
    },
    docs,
    [property.name],
    true,
  )
}

function elementParameter(
  name: string,
  element: ts.BindingElement,
  typed: boolean,
  docs: Docs,
  tools: SignatureTools,
): Parameter | null {
  if (!name) return null
  const help = helpOf(docs, [name], true) ?? docs.params.get(name) ?? null
  const shape =
    typed && !element.initializer
      ? { ...textShape, type: 'json' as const }
      : guarded(tools, element, () => annotatedShape(element, tools))
  const optional = shape.optional || element.initializer !== undefined
  return parameterOf(name, { ...shape, optional }, { help, ...defaultOf(element.initializer, tools) })
}

/** Gives the fields of an object the text of tags such as `@param user.email`. */
function withHelp(parameter: Parameter, docs: Docs, path: string[], isMember: boolean): Parameter {
  if (!parameter.fields || docs.params.size === 0) return parameter
  const fields = parameter.fields.map((field) => {
    const fieldPath = [...path, field.name]
    return withHelp(
      { ...field, help: helpOf(docs, fieldPath, isMember) ?? field.help },
      docs,
      fieldPath,
      isMember,
    )
  })
  return { ...parameter, fields }
}
