import { posix } from 'node:path'
import { organizationFolder, ownerSlug } from '../../platform/file-owner.ts'
import { childOf, childrenOf, type SyntaxNode } from './syntax.ts'

/**
 * Imports such as `import(`../${name}.ts`)` take whatever fits: the bundler walks the folder that their text begins with.
 * Answers where the first one stands that would walk outside of what the file's owner has; null when none does.
 */
export function patternThatLeavesFolder(program: SyntaxNode, path: string): number | null {
  const slug = ownerSlug(path)
  const own = slug === null ? '' : organizationFolder(slug)
  const leaves = (prefix: string): boolean => {
    if (!/^\.{1,2}\//.test(prefix)) return false
    const folder = posix.join(posix.dirname(path), prefix.slice(0, prefix.lastIndexOf('/') + 1))
    if (folder.startsWith('..')) return true
    if (own === '') return false
    return !`${folder.replace(/\/?$/, '/')}`.startsWith(`${own}/`)
  }
  const pending: unknown[] = [program]
  for (let node = pending.pop(); pending.length > 0 || node !== undefined; node = pending.pop()) {
    if (typeof node !== 'object' || node === null) continue
    if (Array.isArray(node)) {
      pending.push(...node)
      continue
    }
    const source = importedBy(node as SyntaxNode)
    const prefix = source && prefixOf(source)
    if (typeof prefix === 'string' && leaves(prefix)) return (node as SyntaxNode).start
    pending.push(...Object.values(node))
  }
  return null
}

function importedBy(node: SyntaxNode): SyntaxNode | null {
  if (node.type === 'ImportExpression') return childOf(node, 'source')
  if (node.type !== 'CallExpression') return null
  const callee = childOf(node, 'callee')
  return callee?.type === 'Identifier' && callee['name'] === 'require'
    ? (childrenOf(node, 'arguments')[0] ?? null)
    : null
}

/** What the text of a pattern begins with; null for a text that is no pattern. */
function prefixOf(source: SyntaxNode): string | null {
  if (source.type === 'TemplateLiteral') {
    if (childrenOf(source, 'expressions').length === 0) return null
    const [first] = childrenOf(source, 'quasis')
    const { cooked } = (first?.['value'] ?? {}) as { cooked?: unknown }
    return typeof cooked === 'string' ? cooked : null
  }
  if (source.type !== 'BinaryExpression') return null
  const left = childOf(source, 'left')
  if (!left) return null
  return typeof left['value'] === 'string' ? left['value'] : prefixOf(left)
}
