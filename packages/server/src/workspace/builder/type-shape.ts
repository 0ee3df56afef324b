import { labelOf, type Parameter } from '@bifrost/contract'
import ts from 'typescript'
import { readDocs } from './doc-comments.ts'
import { literalOrder } from './literal-order.ts'
import type { SdkSymbols } from './sdk-symbols.ts'
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
} from './shape.ts'

const { TypeFlags, SymbolFlags } = ts
const literalFlags =
  TypeFlags.StringLiteral | TypeFlags.NumberLiteral | TypeFlags.BooleanLiteral | TypeFlags.EnumLiteral
const textFlags = TypeFlags.StringLike
const deferred =
  TypeFlags.TypeParameter |
  TypeFlags.IndexedAccess |
  TypeFlags.Conditional |
  TypeFlags.Substitution |
  TypeFlags.Index

/** Turns types into form fields. Whatever cannot be one becomes JSON, with a note that says why. */
export class TypeShapes {
  readonly #checker: ts.TypeChecker
  readonly #sdk: SdkSymbols
  readonly #isForeign: (file: ts.SourceFile) => boolean
  #count = 0

  /** `isForeign`: the file belongs to TypeScript or Node, so its classes and interfaces are no form fields. */
  constructor(checker: ts.TypeChecker, sdk: SdkSymbols, isForeign: (file: ts.SourceFile) => boolean) {
    this.#checker = checker
    this.#sdk = sdk
    this.#isForeign = isForeign
  }

  /** `node` is the type as written, when it is: it gives choices their order. */
  shapeOf(type: ts.Type, node?: ts.TypeNode): Shape {
    this.#count = 0
    return this.#shape(type, node, [])
  }

  #shape(type: ts.Type, node: ts.TypeNode | undefined, trail: readonly ts.Type[]): Shape {
    const parts = type.isUnion() ? type.types : [type]
    const optional = parts.some((part) => part.flags & (TypeFlags.Undefined | TypeFlags.Void))
    const nullable = parts.some((part) => part.flags & TypeFlags.Null)
    const rest = parts.filter(
      (part) => !(part.flags & (TypeFlags.Undefined | TypeFlags.Void | TypeFlags.Null)),
    )
    return { ...this.#union(rest, type, node, trail), optional, nullable }
  }

  #union(
    parts: readonly ts.Type[],
    whole: ts.Type,
    node: ts.TypeNode | undefined,
    trail: readonly ts.Type[],
  ): Shape {
    const [first] = parts
    if (!first) return json(this.#because(whole, 'its only value is null'))
    if (parts.every((part) => part.flags & literalFlags)) return this.#choices(parts, whole, node)
    if (parts.length === 1) return this.#single(first, node, trail)
    // `'a' | (string & {})` is any text, with suggestions for editors.
    if (parts.every((part) => part.flags & textFlags || primitiveOf(part)?.flags === TypeFlags.String))
      return plain('string')
    if (parts.every((part) => part.flags & TypeFlags.NumberLike || this.#sdk.typeName(part) === 'Int'))
      return plain('number')
    const shapes = parts.map((part) => this.#single(part, undefined, trail))
    if (shapes.every((shape) => JSON.stringify(shape) === JSON.stringify(shapes[0]))) return shapes[0]!
    return json(this.#because(whole, 'it is one of several kinds of values'))
  }

  #choices(parts: readonly ts.Type[], whole: ts.Type, node: ts.TypeNode | undefined): Shape {
    const values = this.#inOrder(parts, node).map((part) => ({ part, value: this.#literalValue(part) }))
    if (values.some(({ value }) => value === undefined))
      return json(this.#because(whole, 'its values are known only when it runs'))
    return choiceOf(
      values.map(({ part, value }) => ({ label: optionLabel(part, value!), value: value! })),
      this.#nameOf(whole),
    )
  }

  #inOrder(parts: readonly ts.Type[], node: ts.TypeNode | undefined): readonly ts.Type[] {
    const enumOrder = parts.every((part) => part.flags & TypeFlags.EnumLiteral)
    const rank = new Map<ts.Type, number>()
    const regular = (type: ts.Type) => (type.isLiteral() ? type.regularType : type)
    for (const type of literalOrder(this.#checker, node))
      for (const part of type.isUnion() ? type.types : [type])
        if (!rank.has(regular(part))) rank.set(regular(part), rank.size)
    const position = (type: ts.Type) =>
      enumOrder ? (type.symbol?.valueDeclaration?.pos ?? 0) : (rank.get(regular(type)) ?? rank.size)
    return parts
      .map((part, index) => ({ part, index }))
      .sort((a, b) => position(a.part) - position(b.part) || a.index - b.index)
      .map(({ part }) => part)
  }

  #literalValue(type: ts.Type): string | number | boolean | undefined {
    if (type.isStringLiteral() || type.isNumberLiteral()) return type.value
    if (type.flags & TypeFlags.BooleanLiteral) return this.#checker.typeToString(type) === 'true'
    return undefined
  }

  #single(type: ts.Type, node: ts.TypeNode | undefined, trail: readonly ts.Type[]): Shape {
    switch (this.#sdk.typeName(type)) {
      case 'Int':
        return plain('integer')
      case 'FileRef':
        return plain('file')
      case 'ExecutionContext':
        return json('The context is given by the platform only as a parameter of its own.')
    }
    const { flags } = type
    if (flags & TypeFlags.Any) return json(this.#unknownName(node))
    if (flags & (TypeFlags.Unknown | TypeFlags.NonPrimitive)) return json(null)
    if (flags & textFlags) return plain('string')
    if (flags & TypeFlags.NumberLike) return plain('number')
    if (flags & TypeFlags.BooleanLike) return plain('boolean')
    if (flags & deferred) return this.#deferred(type, node, trail)
    if (type.isIntersection()) {
      const primitive = primitiveOf(type)
      return primitive ? this.#single(primitive, undefined, trail) : this.#object(type, trail)
    }
    if (flags & TypeFlags.Object) return this.#object(type, trail, node)
    return json(this.#because(type, 'JSON has no such value'))
  }

  /** A type that depends on a type parameter is what the parameter is limited to, or has by default. */
  #deferred(type: ts.Type, node: ts.TypeNode | undefined, trail: readonly ts.Type[]): Shape {
    if (trail.includes(type)) return json(this.#because(type, 'it refers to itself'))
    const limit =
      (type.flags & TypeFlags.TypeParameter && this.#checker.getDefaultFromTypeParameter(type)) ||
      this.#checker.getBaseConstraintOfType(type)
    if (!limit || limit === type || limit.flags & TypeFlags.Unknown) return json(null)
    return this.#shape(limit, node, [...trail, type])
  }

  #object(type: ts.Type, trail: readonly ts.Type[], node?: ts.TypeNode): Shape {
    if (trail.includes(type)) return json(this.#because(type, 'it refers to itself'))
    if (trail.length >= SHAPE_DEPTH_MAX) return json(this.#because(type, 'it is nested too deeply'))
    if (this.#checker.isArrayType(type)) return this.#list(type as ts.TypeReference, node, trail)
    if (this.#checker.isTupleType(type)) return json(this.#because(type, 'it is a tuple'))
    if (type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0)
      return json(this.#because(type, 'a function is not an input'))
    const named = type.symbol && type.symbol.flags & (SymbolFlags.Class | SymbolFlags.Interface)
    if (named) {
      const files = type.symbol.declarations?.map((declaration) => declaration.getSourceFile()) ?? []
      const foreign = files.some(this.#isForeign)
      if (foreign && type.symbol.name === 'Date') return plain('datetime')
      if (foreign) return json(this.#because(type, 'it can only be created by code'))
      if (type.symbol.flags & SymbolFlags.Class)
        return json(this.#because(type, 'an instance of a class can only be created by code'))
    }
    return this.#fields(type, [...trail, type])
  }

  #fields(type: ts.Type, trail: readonly ts.Type[]): Shape {
    const properties = this.#checker.getPropertiesOfType(type)
    const open = this.#checker.getIndexInfosOfType(type).length > 0
    if (properties.length === 0) return json(null)
    if (open) return json(this.#because(type, 'it takes members of any name'))
    const fields: Parameter[] = []
    for (const property of properties) {
      if (++this.#count > SHAPE_MEMBERS_MAX) return json(this.#because(type, 'it has too many members'))
      const field = this.member(property, trail)
      if (field === 'method') {
        if (property.flags & SymbolFlags.Optional) continue
        return json(this.#because(type, `its member "${property.name}" is a function`))
      }
      fields.push(field)
    }
    return { ...plain('object'), fields }
  }

  /** One member of an object type as a field; a member that is a function is none. */
  member(property: ts.Symbol, trail: readonly ts.Type[] = []): Parameter | 'method' {
    if (trail.length === 0) this.#count = 0
    const type = this.#checker.getTypeOfSymbol(property)
    const bareType = this.#checker.getNonNullableType(type)
    if (property.flags & SymbolFlags.Method || bareType.getCallSignatures().length > 0) return 'method'
    const declaration = property.valueDeclaration ?? property.declarations?.[0]
    const node =
      declaration && (ts.isPropertySignature(declaration) || ts.isPropertyDeclaration(declaration))
        ? declaration.type
        : undefined
    const shape = this.#shape(type, node, trail)
    const optional = Boolean(property.flags & SymbolFlags.Optional)
    const help = declaration ? readDocs([declaration]).description : ''
    return parameterOf(
      property.name,
      { ...shape, optional: shape.optional || optional },
      { help: help || null },
    )
  }

  #list(type: ts.TypeReference, node: ts.TypeNode | undefined, trail: readonly ts.Type[]): Shape {
    const [element] = this.#checker.getTypeArguments(type)
    if (!element) return listOf(null)
    return listOf(this.#shape(element, elementNode(node), trail))
  }

  #because(type: ts.Type, reason: string): string {
    return because(this.#nameOf(type), reason)
  }

  #nameOf(type: ts.Type): string {
    return this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.None)
  }

  /** A note when `any` is there only because a name leads nowhere. */
  #unknownName(node: ts.TypeNode | undefined): string | null {
    if (!node || !ts.isTypeReferenceNode(node)) return null
    const symbol = this.#checker.getSymbolAtLocation(node.typeName)
    const target =
      symbol && symbol.flags & SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol
    if (target?.declarations?.length) return null
    return `The type \`${node.typeName.getText()}\` was not found, so it is entered as JSON.`
  }
}

/** The primitive under a brand, such as `string` of `string & { __brand: 'UserId' }`. */
function primitiveOf(type: ts.Type): ts.Type | null {
  if (!type.isIntersection()) return null
  const primitive = TypeFlags.StringLike | TypeFlags.NumberLike | TypeFlags.BooleanLike
  return type.types.find((part) => part.flags & primitive) ?? null
}

function elementNode(node: ts.TypeNode | undefined): ts.TypeNode | undefined {
  if (!node) return
  if (ts.isArrayTypeNode(node)) return node.elementType
  if (ts.isTypeOperatorNode(node)) return elementNode(node.type)
  return node
}

const optionLabel = (type: ts.Type, value: string | number | boolean): string =>
  type.flags & TypeFlags.EnumLiteral && type.symbol ? labelOf(type.symbol.name) : String(value)
