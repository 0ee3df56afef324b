import ts from 'typescript'
import type { SdkSymbols } from './sdk-symbols.ts'

/** More than this is not looked at: then it may make durable calls. */
const NODES_MAX = 20_000
/** What could reach anything. */
const DYNAMIC = new Set(['eval', 'Function', 'globalThis', 'require', 'module', 'exports'])

/**
 * Whether it is certain that code makes no durable call: everything that it names, directly or through functions of the
 * workspace, is known and is none. A file often defines both kinds, and a run without steps must not be repeated by
 * itself after a crash. Where anything is not certain, the answer is false, and the code of the whole file decides.
 */
export function isNeverDurable(root: ts.Node, checker: ts.TypeChecker, sdk: SdkSymbols): boolean {
  const visited = new Set<ts.Node>()
  let left = NODES_MAX

  const isFine = (node: ts.Node): boolean => {
    if (visited.has(node)) return true
    visited.add(node)
    if (--left < 0) return false
    if (ts.isTypeNode(node)) return true
    if (node.kind === ts.SyntaxKind.ImportKeyword) return false
    if (ts.isIdentifier(node)) return !isReference(node) || isFineName(node)
    return !ts.forEachChild(node, (child) => !isFine(child))
  }

  const isFineName = (name: ts.Identifier): boolean => {
    if (DYNAMIC.has(name.text)) return false
    const symbol = ts.isShorthandPropertyAssignment(name.parent)
      ? checker.getShorthandAssignmentValueSymbol(name.parent)
      : checker.getSymbolAtLocation(name)
    if (name.text === 'undefined') return true
    if (!symbol) return false
    const target = sdk.resolve(symbol)
    const kind = sdk.kindOf(target)
    if (kind !== null) return kind === 'ordinary'
    return (target.declarations ?? []).every(isFineDeclaration) && target.declarations !== undefined
  }

  const isFineDeclaration = (declaration: ts.Declaration): boolean => {
    if (ts.isSourceFile(declaration) || ts.isModuleDeclaration(declaration)) return false
    const { fileName, isDeclarationFile } = declaration.getSourceFile()
    // The standard library and Node have no durable calls; a package may have taken one from anywhere.
    if (isDeclarationFile)
      return /\/node_modules\/(typescript\/lib|@types\/node|undici-types)\//.test(fileName)
    if (fileName.includes('/node_modules/')) return false
    return ts.isParameter(declaration) || isFine(declaration)
  }

  return isFine(root)
}

/** A name that is looked up, as opposed to the name of a member or of what is declared. */
function isReference(name: ts.Identifier): boolean {
  const { parent } = name
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === name
  if (ts.isQualifiedName(parent) || ts.isMetaProperty(parent) || ts.isLabeledStatement(parent)) return false
  if (ts.isBreakOrContinueStatement(parent)) return false
  if (ts.isPropertyAssignment(parent)) return parent.initializer === name
  if (ts.isBindingElement(parent)) return parent.initializer === name
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isPropertyDeclaration(parent))
    return parent.initializer === name
  if (ts.isEnumMember(parent)) return parent.initializer === name
  const isDeclared =
    ts.isFunctionLike(parent) ||
    ts.isClassLike(parent) ||
    ts.isEnumDeclaration(parent) ||
    ts.isInterfaceDeclaration(parent)
  return !(isDeclared && parent.name === name)
}
