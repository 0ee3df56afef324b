export type TokenKind = 'plain' | 'keyword' | 'string' | 'comment' | 'number' | 'type'
export interface Token {
  kind: TokenKind
  text: string
}

const pattern = new RegExp(
  [
    String.raw`(?<comment>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))`,
    String.raw`(?<string>'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?|\`(?:\\[\s\S]|[^\`\\])*\`?)`,
    String.raw`(?<number>\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?\b|\b0x[\da-f]+\b)`,
    String.raw`(?<keyword>\b(?:import|export|from|const|let|var|function|async|await|return|if|else|for|of|in|while|do|switch|case|break|continue|default|throw|try|catch|finally|new|class|extends|implements|interface|type|enum|as|satisfies|typeof|instanceof|null|undefined|true|false|this|void|yield|readonly|public|private|static)\b)`,
    String.raw`(?<type>\b[A-Z][\w$]*\b)`,
  ].join('|'),
  'g',
)

/**
 * Colors for reading a source file, line by line. It knows words, not grammar: enough to find one's way.
 * @example tokenLines("const a = 1")[0][0] // { kind: 'keyword', text: 'const' }
 */
export function tokenLines(source: string): Token[][] {
  const lines: Token[][] = [[]]
  const push = (kind: TokenKind, text: string) => {
    for (const [at, part] of text.split('\n').entries()) {
      if (at > 0) lines.push([])
      if (part !== '') lines.at(-1)?.push({ kind, text: part })
    }
  }
  let end = 0
  for (const match of source.matchAll(pattern)) {
    push('plain', source.slice(end, match.index))
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0] as TokenKind
    push(kind, match[0])
    end = match.index + match[0].length
  }
  push('plain', source.slice(end))
  return lines
}

/** The last line of the declaration that starts on `line`: where its brackets close again. */
export function declarationEnd(lines: readonly Token[][], line: number): number {
  let depth = 0
  let opened = false
  for (let at = line - 1; at < lines.length; at++) {
    for (const { kind, text } of lines[at] ?? []) {
      if (kind === 'string' || kind === 'comment') continue
      for (const character of text) {
        if ('([{'.includes(character)) {
          depth++
          opened = true
        } else if (')]}'.includes(character)) depth--
      }
    }
    if (opened && depth <= 0) return at + 1
  }
  return line
}
