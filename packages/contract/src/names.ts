import { z } from 'zod'

/**
 * What no name has: line breaks and other control characters, which forge lines of logs, mails and headers, and the signs
 * that turn the direction of text around or are not seen, which make one name look like another.
 */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u
const ALL_UNSEEN = new RegExp(UNSEEN, 'gu')

/** Of these, what no name of a file has either; systems put the others into names of their own making. */
const FORGED = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u

const ALL_FORGED = new RegExp(FORGED, 'gu')
/** In UTF-16 units. */
const FILE_NAME_MAX = 255

const ONE_LINE = 'must be one line, without control characters'

/** One line of text that is shown as it is, such as a label; it may be empty. */
export const lineSchema = (lengthMax: number) =>
  z
    .string()
    .max(lengthMax)
    .refine((text) => !UNSEEN.test(text), ONE_LINE)

/** The name of a file, as people and systems make them. */
export const fileNameSchema = z
  .string()
  .min(1)
  .max(FILE_NAME_MAX)
  .refine((text) => !FORGED.test(text), ONE_LINE)

/**
 * A name of a file that `fileNameSchema` takes, for what was sent under any name.
 * @example asFileName('a\r\nb.txt') // 'a__b.txt'
 */
export const asFileName = (text: string): string =>
  text.replaceAll(ALL_FORGED, '_').slice(0, FILE_NAME_MAX).toWellFormed() || '_'

/**
 * The name of a thing: one line of text, with something to see.
 * @example nameSchema(200).safeParse('Ada\r\nBcc: all@example.com').success // false
 */
export const nameSchema = (lengthMax: number) =>
  lineSchema(lengthMax).refine((text) => /\S/.test(text), 'must not be empty')

/** Any text as the name of a thing: one line, without what is not seen; null when nothing is left. */
export const asName = (text: string): string | null =>
  text.replaceAll(/\s+/g, ' ').replaceAll(ALL_UNSEEN, '').trim() || null

/**
 * A domain name, as it stands after the @ of an email address.
 * @example domainSchema.parse('example.com')
 */
export const domainSchema = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
    'must be a domain such as example.com',
  )
