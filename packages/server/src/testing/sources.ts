import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'

/** An import as the tidy test sees it. */
export interface Import {
  specifier: string
  /** The file it leads to, from the checkout on; null for a package. */
  file: string | null
  typeOnly: boolean
}

export interface Source {
  /** From the checkout on, with forward slashes. */
  path: string
  text: string
  lines: number
  isTest: boolean
  imports: Import[]
  ast: ts.SourceFile
}

export const CHECKOUT = resolve(import.meta.dirname, '../../../..')

/** Every hand-written TypeScript file of the packages. */
export function readSources(): Source[] {
  return globSync('packages/*/{src,test}/**/*.{ts,tsx,mts}', { cwd: CHECKOUT })
    .filter((path) => !/(^|\/)(node_modules|dist|fixtures)\//.test(path))
    .sort()
    .map(readSource)
}

function readSource(path: string): Source {
  const text = readFileSync(join(CHECKOUT, path), 'utf8')
  const kind = path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind)
  return {
    path,
    text,
    lines: text.split('\n').length,
    isTest: /\.test\.tsx?$/.test(path) || path.includes('/testing/'),
    imports: importsOf(ast, path),
    ast,
  }
}

function importsOf(ast: ts.SourceFile, path: string): Import[] {
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return
    const { text } = specifier
    found.push({
      specifier: text,
      file: text.startsWith('.') ? relative(CHECKOUT, resolve(CHECKOUT, dirname(path), text)) : null,
      typeOnly,
    })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause
      const names = clause?.namedBindings
      const onlyTypes =
        clause !== undefined &&
        (clause.phaseModifier === ts.SyntaxKind.TypeKeyword ||
          (!clause.name &&
            names !== undefined &&
            ts.isNamedImports(names) &&
            names.elements.length > 0 &&
            names.elements.every((element) => element.isTypeOnly)))
      add(node.moduleSpecifier, onlyTypes)
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly)
    // An import in the middle of a function happens later, and closes no loop.
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], true)
    ts.forEachChild(node, visit)
  }
  visit(ast)
  return found
}

/** Names of what a file exports, each with the node that declares it. */
export function exportedDeclarations(ast: ts.SourceFile): { name: string; node: ts.Node }[] {
  return ast.statements.flatMap((statement): { name: string; node: ts.Node }[] => {
    const exported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)
    if (!exported) return []
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map((one) => ({
        name: one.name.getText(ast),
        node: statement,
      }))
    const { name } = statement as ts.DeclarationStatement
    return name ? [{ name: name.getText(ast), node: statement }] : []
  })
}

export const hasDocstring = (node: ts.Node): boolean => ts.getJSDocCommentsAndTags(node).length > 0
