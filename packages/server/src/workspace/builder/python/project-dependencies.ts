/**
 * The strings of `dependencies` in the table `[project]` of a `pyproject.toml`. No parser of TOML is needed for that: a
 * list of plain strings, with comments between them.
 */
export function projectDependencies(text: string): string[] {
  const project = /^[ \t]*\[[ \t]*project[ \t]*\][ \t]*(?:#.*)?$/m.exec(text)
  if (!project) return []
  const after = text.slice(project.index + project[0].length)
  const end = /^[ \t]*\[/m
  const start = /^[ \t]*(?:dependencies|"dependencies"|'dependencies')[ \t]*=[ \t]*\[/m.exec(after)
  const next = end.exec(after)
  if (!start || (next && next.index < start.index)) return []
  return stringsOf(after, start.index + start[0].length)
}

/** Up to the bracket that closes the list. */
function stringsOf(text: string, from: number): string[] {
  const found: string[] = []
  const token = /"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|#.*|\]/y
  for (let at = from; at < text.length; ) {
    token.lastIndex = at
    const match = token.exec(text)
    if (!match) {
      at++
      continue
    }
    const [whole, escaped, literal] = match
    if (whole === ']') break
    const value = escaped === undefined ? literal : escaped.replaceAll(/\\(.)/g, '$1')
    if (value?.trim()) found.push(value.trim())
    at += whole.length
  }
  return found
}
