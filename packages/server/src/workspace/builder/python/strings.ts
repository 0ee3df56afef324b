const PLAIN: Record<string, string> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
}

const ESCAPE =
  /\\(?:N\{([^}]*)\}|u([\da-fA-F]{4})|U([\da-fA-F]{8})|x([\da-fA-F]{2})|([0-7]{1,3})|(\r\n|[\s\S]))/g

/** The value of a string literal; null: it holds bytes, or a character by a name. */
export function stringValue(literal: string): string | null {
  const quoteAt = literal.search(/["']/)
  const prefix = literal.slice(0, quoteAt).toLowerCase()
  const quote = literal[quoteAt] as string
  const width = literal.startsWith(quote.repeat(3), quoteAt) ? 3 : 1
  if (prefix.includes('b') || literal.length < quoteAt + 2 * width) return null
  const inner = literal.slice(quoteAt + width, -width).replace(/\r\n?/g, '\n')
  const text = prefix.includes('f') ? inner.replaceAll('{{', '{').replaceAll('}}', '}') : inner
  if (prefix.includes('r')) return text
  let isKnown = true
  const value = text.replace(ESCAPE, (whole, named, four, eight, two, octal, one) => {
    if (named !== undefined) isKnown = false
    const code = four ?? eight ?? two
    if (code !== undefined) return codePoint(Number.parseInt(code, 16))
    if (octal !== undefined) return codePoint(Number.parseInt(octal, 8))
    return one !== undefined && one in PLAIN ? (PLAIN[one] as string) : whole
  })
  return isKnown ? value : null
}

const codePoint = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd')
