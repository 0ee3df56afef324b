import type { Readable } from 'node:stream'

/** Reads lines of JSON arrays, the framing of the child protocol. A line that is too long or not JSON ends the reading. */
export function readMessages(
  stream: Readable,
  lineBytesMax: number,
  onMessage: (message: unknown, bytes: number) => void,
  onBroken: (error: Error) => void,
): void {
  // Pieces of one line are joined once, when it is complete: joining at every piece would be quadratic.
  let pieces: string[] = []
  let length = 0
  let broken = false

  const fail = (error: Error) => {
    broken = true
    pieces = []
    onBroken(error)
  }

  const line = (text: string) => {
    let messages: unknown
    try {
      messages = JSON.parse(text)
    } catch (error) {
      return fail(error as Error)
    }
    if (!Array.isArray(messages)) return fail(new Error('a line is not an array'))
    const bytes = text.length / messages.length
    for (const message of messages) onMessage(message, bytes)
  }

  stream.setEncoding('utf8')
  stream.on('error', () => {})
  stream.on('data', (text: string) => {
    let start = 0
    while (!broken) {
      const end = text.indexOf('\n', start)
      if (end === -1) break
      pieces.push(text.slice(start, end))
      line(pieces.length === 1 ? (pieces[0] as string) : pieces.join(''))
      pieces = []
      length = 0
      start = end + 1
    }
    if (broken || start >= text.length) return
    pieces.push(start === 0 ? text : text.slice(start))
    length += text.length - start
    if (length > lineBytesMax) fail(new Error(`a line has more than ${lineBytesMax} characters`))
  })
}
