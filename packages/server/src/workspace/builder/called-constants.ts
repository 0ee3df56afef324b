import { childOf, childrenOf, type SyntaxNode } from './syntax.ts'

/**
 * The names of a module's constants that a call makes: `export const greet = workflow(…)`. A workflow is named by its
 * constant, and running code has no other way to know it: the runtime is told which constants to look at.
 */
export function calledConstants(program: SyntaxNode): string[] {
  const names: string[] = []
  for (const statement of childrenOf(program, 'body')) {
    const declaration =
      statement.type === 'ExportNamedDeclaration' ? childOf(statement, 'declaration') : statement
    if (declaration?.type !== 'VariableDeclaration' || declaration['kind'] !== 'const') continue
    for (const declarator of childrenOf(declaration, 'declarations')) {
      const id = childOf(declarator, 'id')
      const init = childOf(declarator, 'init')
      if (id?.type === 'Identifier' && init && isCall(init)) names.push(String(id['name']))
    }
  }
  return names
}

const isCall = (node: SyntaxNode): boolean => {
  if (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression') {
    const inner = childOf(node, 'expression')
    return inner !== null && isCall(inner)
  }
  return node.type === 'CallExpression'
}
