import type { Module } from './modules.ts'
import type { SyntaxNode } from './parse.ts'
import { stringValue } from './strings.ts'
import { partsOf, textIn } from './values.ts'

/** What a docstring says of a function or class, and of its parameters or attributes. */
export interface Docs {
  description: string
  params: Map<string, string>
}

export const NO_DOCS: Docs = { description: '', params: new Map() }

const SECTION = /^(Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments|Attributes|Fields):\s*$/i
const ENTRY = /^\*{0,2}([\p{L}_][\p{L}\p{N}_]*)\s*(?:\([^)]*\))?\s*:\s*(.*)$/u
const SPHINX = /^:(?:param|parameter|arg)\s+(?:[^:]*\s)?\*{0,2}([\p{L}_][\p{L}\p{N}_]*)\s*:\s*(.*)$/u

/** The docstring of a definition: the first line that has something, and what it says of parameters. */
export function docsOf(definition: SyntaxNode, module: Module): Docs {
  const statement = definition.getChild('Body')?.getChild('ExpressionStatement')
  const first = definition.getChild('Body')?.getChildren('Statement')[0]
  const literal = statement?.firstChild
  if (!statement || first?.from !== statement.from || !literal) return NO_DOCS
  const parts =
    literal.name === 'String' ? [literal] : literal.name === 'ContinuedString' ? partsOf(literal) : []
  const texts = parts.map((part) => (part.name === 'String' ? stringValue(textIn(module, part)) : null))
  if (parts.length === 0 || texts.includes(null)) return NO_DOCS
  return readDocstring(texts.join(''))
}

export function readDocstring(text: string): Docs {
  const lines = text.replaceAll('\t', '        ').split('\n')
  const description = lines.find((line) => line.trim() !== '')?.trim() ?? ''
  const params = new Map<string, string>()
  const add = (name: string, said: readonly string[]) => {
    const help = said
      .map((line) => line.trim())
      .filter(Boolean)
      .join(' ')
    if (help && !params.has(name)) params.set(name, help)
  }
  /** Of the section that is open; the first entry says how far all are indented. */
  let section: { indent: number; entries: number | null } | null = null
  let entry: { name: string; said: string[]; indent: number } | null = null
  const close = () => {
    if (entry) add(entry.name, entry.said)
    entry = null
  }
  for (const line of lines) {
    const content = line.trim()
    const indent = line.length - line.trimStart().length
    const sphinx = SPHINX.exec(content)
    if (sphinx) {
      close()
      section = null
      entry = { name: sphinx[1] as string, said: [sphinx[2] as string], indent }
    } else if (SECTION.test(content)) {
      close()
      section = { indent, entries: null }
    } else if (content === '') {
      if (!section) close()
    } else if (section && indent > section.indent) {
      section.entries ??= indent
      const found = indent <= section.entries ? ENTRY.exec(content) : null
      if (found) {
        close()
        entry = { name: found[1] as string, said: [found[2] as string], indent }
      } else if (entry) (entry as { said: string[] }).said.push(content)
    } else if (section) {
      close()
      section = null
    } else if (entry && indent > (entry as { indent: number }).indent)
      (entry as { said: string[] }).said.push(content)
    else close()
  }
  close()
  return { description, params }
}
