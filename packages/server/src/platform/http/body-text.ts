import { isUtf8 } from 'node:buffer'
import { AppError } from '@bifrost/contract'

/** What bodies of JSON are called, by us and by others: RFC 8259, RFC 6839 and habit. */
export const JSON_TYPE = /^(application\/([\w.!#$&^-]{1,100}\+)?json|text\/json)(\s*;|\s*$)/i

const CHARSET = /;\s*charset\s*=\s*"?([\w.:-]{1,40})"?/i
const BOM = '\ufeff'

/** The text of a body, in the encoding that its content type names: UTF-8 unless it names another. */
export function bodyText(body: Buffer, contentType: string | undefined): string {
  const named = CHARSET.exec(contentType ?? '')?.[1]?.toLowerCase() ?? 'utf-8'
  const text = named === 'utf-8' || named === 'utf8' ? utf8(body) : decoded(body, named)
  return text.startsWith(BOM) ? text.slice(1) : text
}

function utf8(body: Buffer): string {
  if (isUtf8(body)) return body.toString('utf8')
  throw new AppError(
    'bad_request',
    'The body is not text in UTF-8: send it in UTF-8, or name its encoding, such as "Content-Type: application/json; charset=iso-8859-1".',
  )
}

function decoded(body: Buffer, name: string): string {
  try {
    return new TextDecoder(name, { fatal: true }).decode(body)
  } catch {
    throw new AppError(
      'media_type_unsupported',
      `The body is not text in the encoding that its content type names (${name}); send it in UTF-8.`,
    )
  }
}

/** Throws for a body that is compressed: a small one could become any size. */
export function requirePlainBody(contentEncoding: string | undefined): void {
  if (contentEncoding === undefined || contentEncoding === '' || contentEncoding.toLowerCase() === 'identity')
    return
  throw new AppError(
    'media_type_unsupported',
    'The body is compressed (Content-Encoding). Send it uncompressed.',
  )
}
