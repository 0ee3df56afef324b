import ts from 'typescript'

/** What JSDoc says of a function and its parameters. */
export interface Docs {
  description: string
  /** By name as the tag has it: `name`, or `options.name` for members. */
  params: Map<string, string>
}

/** The JSDoc of the first of these nodes that has a description; `@param` texts of all, the first winning. */
export function readDocs(nodes: readonly ts.Node[]): Docs {
  const docs: Docs = { description: '', params: new Map() }
  for (const node of nodes)
    for (const comment of ts.getJSDocCommentsAndTags(node)) {
      if (!ts.isJSDoc(comment)) continue
      docs.description ||= textOf(comment.comment)
      for (const tag of comment.tags ?? []) if (ts.isJSDocParameterTag(tag)) addParam(docs, tag)
    }
  return docs
}

function addParam(docs: Docs, tag: ts.JSDocParameterTag): void {
  const name = tag.name.getText()
  const text = textOf(tag.comment).replace(/^\s*-\s*/, '')
  if (text && !docs.params.has(name)) docs.params.set(name, text)
}

/** The author breaks lines for the editor; a page breaks them for the reader. Paragraphs and lists stay. */
const textOf = (comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string =>
  (ts.getTextOfJSDocComment(comment) ?? '').trim().replace(/([^\n])\n(?!\n|\s*(?:[-*]|\d+\.)\s)/g, '$1 ')

/** The text for a parameter: by its own name, or as the member of whatever the tag calls the object. */
export function helpOf(docs: Docs, path: readonly string[], isMember: boolean): string | null {
  const name = path.join('.')
  const direct = docs.params.get(name)
  if (direct || !isMember) return direct ?? null
  for (const [key, text] of docs.params)
    if (key.slice(key.indexOf('.') + 1) === name && key.includes('.')) return text
  return null
}
