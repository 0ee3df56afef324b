export const NOT_BASE64 =
  'must be base64 (letters, digits, + and /, padded with =), since is_base64 is set; nothing was written'

/** The bytes of a base64 text, which may be broken into lines; null when it is anything else. Node would skip what does not fit. */
export function decodeBase64(text: string): Buffer | null {
  const joined = text.replaceAll(/[\r\n]/g, '')
  const bytes = Buffer.from(joined, 'base64')
  return bytes.toString('base64') === joined ? bytes : null
}
