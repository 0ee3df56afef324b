import { languageOf } from '@bifrost/contract'
import { highlightCode, tagHighlighter, tags } from '@lezer/highlight'
import { parser as typescript } from '@lezer/javascript'
import { parser as python } from '@lezer/python'

export type TokenKind = 'plain' | 'keyword' | 'string' | 'comment' | 'number' | 'type'
export interface Token {
  kind: TokenKind
  text: string
}

/** A source file as it is shown: its lines in colors, and where its declarations end. */
export interface SourceText {
  lines: Token[][]
  /** The last line of what is declared at a line. */
  declarationEnd(line: number): number
}

const kinds = tagHighlighter([
  { tag: [tags.keyword, tags.bool, tags.null, tags.self], class: 'keyword' },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], class: 'string' },
  { tag: tags.comment, class: 'comment' },
  { tag: tags.number, class: 'number' },
  { tag: [tags.typeName, tags.className], class: 'type' },
])

/**
 * Reads a file of the workspace for showing it.
 * @example readSource('a.ts', 'const a = 1').lines[0][0] // { kind: 'keyword', text: 'const' }
 */
export function readSource(path: string, source: string): SourceText {
  const parser =
    languageOf(path) === 'python'
      ? python
      : typescript.configure({ dialect: path.endsWith('x') ? 'ts jsx' : 'ts' })
  const tree = parser.parse(source)
  const lines: Token[][] = [[]]
  const put = (text: string, kind: string) =>
    lines.at(-1)?.push({ kind: (kind || 'plain') as TokenKind, text })
  highlightCode(source, tree, kinds, put, () => lines.push([]))
  return {
    lines,
    declarationEnd(line) {
      const starts = source.split('\n').slice(0, line - 1)
      const start = starts.reduce((sum, { length }) => sum + length + 1, 0)
      const declared = tree.topNode.childAfter(start)
      return declared ? source.slice(0, declared.to).trimEnd().split('\n').length : line
    },
  }
}
