import type { Token } from './tokens.ts'

/** `import module`, or `from module import names`. */
export interface PythonImport {
  /** With dots; empty in `from . import name`. */
  module: string
  /** The dots before it. */
  level: number
  /** Null: the module itself. `*`: all that it has. */
  names: { name: string; as: string }[] | null
  /** What `import module` binds: the first part of the module, or what it is called. */
  as: string | null
  at: number
  /** In a function or class: it binds no name of the module. */
  isInner: boolean
  /** In `try`, or for types alone: the file does without it. */
  isOptional: boolean
  /** By `importlib`, which does not know of the importer: it starts at the workspace's root. */
  isByName?: true
}

/** All imports of a text, wherever they stand, from its tokens alone. */
export function importsOf(text: string, tokens: readonly Token[]): PythonImport[] {
  const found: PythonImport[] = []
  const word = wordsOf(text, tokens)
  /** The columns of statements in whose blocks imports mean less. */
  const optional: number[] = []
  const inner: number[] = []
  let lineStart = 0
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as Token
    if (token.kind === 'newline') {
      lineStart = index + 1
      continue
    }
    if (index === lineStart) {
      const column = token.start - (text.lastIndexOf('\n', token.start - 1) + 1)
      while ((optional.at(-1) ?? -1) >= column) optional.pop()
      while ((inner.at(-1) ?? -1) >= column) inner.pop()
      const first = word(index)
      if (first === 'try' || first === 'except' || (first === 'if' && isForTypes(text, tokens, index)))
        optional.push(column)
      if (first === 'def' || first === 'async' || first === 'class') inner.push(column)
    }
    if (token.kind !== 'name') continue
    const startsStatement = index === lineStart || (token.depth === 0 && /^[;:]$/.test(word(index - 1)))
    const here = word(index)
    const place = { at: token.start, isInner: inner.length > 0, isOptional: optional.length > 0 }
    if (startsStatement && here === 'import') index = readImport(text, tokens, index + 1, place, found)
    else if (startsStatement && here === 'from') index = readFrom(text, tokens, index + 1, place, found)
    else if ((here === 'import_module' || here === '__import__') && tokens[index + 2]?.kind === 'string') {
      const module = /^["']([\w.]+)["']$/.exec(word(index + 2))?.[1]
      if (module && !module.startsWith('.'))
        found.push({
          ...place,
          module,
          level: 0,
          names: null,
          as: null,
          isInner: true,
          isOptional: true,
          ...(here === 'import_module' && { isByName: true }),
        })
    }
  }
  return found
}

type Place = Pick<PythonImport, 'at' | 'isInner' | 'isOptional'>

function isForTypes(text: string, tokens: readonly Token[], index: number): boolean {
  for (let at = index + 1; tokens[at] && tokens[at]?.kind !== 'newline'; at++)
    if (text.slice(tokens[at]?.start, tokens[at]?.end) === 'TYPE_CHECKING') return true
  return false
}

/** The text of a token by its number; none behind the last one. */
const wordsOf = (text: string, tokens: readonly Token[]) => (index: number) =>
  text.slice(tokens[index]?.start ?? 0, tokens[index]?.end ?? 0)

/** Reads from behind `import` on; answers the last token that belongs to it. */
function readImport(
  text: string,
  tokens: readonly Token[],
  start: number,
  place: Place,
  found: PythonImport[],
): number {
  const word = wordsOf(text, tokens)
  let index = start
  for (;;) {
    const dotted = readDotted(text, tokens, index)
    if (dotted.module === '') return index - 1
    index = dotted.next
    const isRenamed = word(index) === 'as' && tokens[index + 1]?.kind === 'name'
    const as = isRenamed ? word(index + 1) : null
    if (isRenamed) index += 2
    found.push({ ...place, module: dotted.module, level: 0, names: null, as })
    if (word(index) !== ',') return index - 1
    index++
  }
}

function readFrom(
  text: string,
  tokens: readonly Token[],
  start: number,
  place: Place,
  found: PythonImport[],
): number {
  const word = wordsOf(text, tokens)
  let index = start
  let level = 0
  for (; /^\.{1,3}$/.test(word(index)); index++) level += word(index).length
  const dotted = readDotted(text, tokens, index)
  index = dotted.next
  if (word(index) !== 'import' || (dotted.module === '' && level === 0)) return start - 1
  index++
  const names: { name: string; as: string }[] = []
  for (; tokens[index] && tokens[index]?.kind !== 'newline'; index++) {
    const here = word(index)
    if (here === '*') names.push({ name: '*', as: '*' })
    if (here === ';') break
    if (tokens[index]?.kind !== 'name') continue
    const isRenamed = word(index + 1) === 'as'
    names.push({ name: here, as: isRenamed ? word(index + 2) : here })
    if (isRenamed) index += 2
  }
  found.push({ ...place, module: dotted.module, level, names, as: null })
  return index - 1
}

function readDotted(text: string, tokens: readonly Token[], start: number): { module: string; next: number } {
  const word = wordsOf(text, tokens)
  const parts: string[] = []
  let index = start
  while (tokens[index]?.kind === 'name' && word(index) !== 'import') {
    parts.push(word(index))
    index++
    if (word(index) !== '.' || tokens[index + 1]?.kind !== 'name') break
    index++
  }
  return { module: parts.join('.'), next: index }
}
