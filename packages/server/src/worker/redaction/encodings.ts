/** Fewer characters of base64 than this are found in ordinary text. */
const BASE64_LENGTH_MIN = 6
/** A line of a longer secret, such as a private key, is looked for on its own, since logs are read by lines. */
const LINE_LENGTH_MIN = 16
/** JSON within JSON within JSON. */
const JSON_DEPTH = 3

/** How a secret may be written where people can read it: as it is, and in the ways that programs encode text. */
export function encodingsOf(secret: string): Set<string> {
  const encodings = new Set<string>()
  for (const text of [secret, ...linesOf(secret)])
    for (const encoded of encodedOnce(text)) {
      let escaped = encoded
      for (let depth = 0; depth <= JSON_DEPTH; depth++) {
        encodings.add(escaped)
        escaped = jsonEscaped(escaped)
      }
    }
  return encodings
}

function encodedOnce(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const base64 = bytes.toString('base64')
  const escaped = jsonEscaped(secret)
  return [
    secret,
    asciiEscaped(secret),
    htmlEscaped(secret),
    base64,
    base64.replace(/=+$/, ''),
    bytes.toString('base64url'),
    ...insideBase64(secret),
    ...(escaped === secret ? [] : insideBase64(escaped)),
    ...urlEncodings(secret),
    hex,
    hex.toUpperCase(),
  ]
}

const linesOf = (secret: string): string[] =>
  secret.includes('\n')
    ? secret
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line.length >= LINE_LENGTH_MIN)
    : []

const jsonEscaped = (text: string): string => JSON.stringify(text).slice(1, -1)

/** As other languages write JSON. */
const asciiEscaped = (text: string): string =>
  jsonEscaped(text).replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: everything outside ASCII is meant
    /[^\x00-\x7f]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const htmlEscaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => HTML[sign] ?? sign)

/** A form body, a component, a whole address, and the user part of an address encode different characters. */
function urlEncodings(secret: string): string[] {
  const text = secret.toWellFormed()
  const address = new URL('http://host')
  address.password = text
  const encodings = [
    encodeURIComponent(text),
    encodeURI(text),
    new URLSearchParams({ '': text }).toString().slice(1),
    address.password,
  ]
  return encodings.flatMap((one) => [one, one.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())])
}

/**
 * The middle of a secret in base64 when one or two bytes of something else stand before it in a group of three, such
 * as the user name of Basic authentication. The signs at both ends hold bits of the neighbors and are not looked for.
 */
function insideBase64(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const middle = text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
    if (middle.length < BASE64_LENGTH_MIN) return []
    return [middle, middle.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
