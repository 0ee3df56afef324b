import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Writes a line to standard output: what the command was asked for. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** Writes a line to standard error: progress and advice, out of the way of pipes. */
export const tell = (text: string): void => void process.stderr.write(`${text}\n`)

/** Colors for a stream, where it is a terminal that wants them (NO_COLOR is heeded). */
export const color = (stream: NodeJS.WriteStream, style: Style, text: string): string =>
  styleText(style, text, { stream, validateStream: true })

/**
 * Text from elsewhere, safe to show: control characters could move the cursor or retitle the window.
 */
export const plain = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to take out
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
