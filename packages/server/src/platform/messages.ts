import type { Readable } from 'node:stream'
import { countValues, limits } from '@bifrost/contract'
import { workBegan } from '../platform/event-loop-watchdog.ts'

/** What is shorter has too few values to cost much. */
const COUNTED_FROM_LENGTH = 1024 * 1024

/** Messages of one line are given on for so long in one turn; then others have theirs. */
const SLICE_MS = 10

/** Reads what the peer sends, as fast as it may be taken. */
export interface MessageReader {
  readonly isHeld: boolean
  /** While it is held, nothing is read, and nothing of what was read is given on. */
  hold(isHeld: boolean): void
  /** Gives on all that was read, held or not, and calls back. */
  finish(done: () => void): void
}

/**
 * Reads lines of JSON arrays, the framing of the child protocol. A line that is too long or not JSON ends the reading.
 * One line may have as many messages as its sender likes, so they are given on in slices.
 */
export function readMessages(
  stream: Readable,
  lineBytesMax: number,
  onMessage: (message: unknown, bytes: number) => void,
  onBroken: (error: Error) => void,
  /** A part that was read is done; it took from `began` on. */
  onWorked: (began: number) => void = () => {},
): MessageReader {
  const queue: { messages: unknown[]; next: number; bytes: number }[] = []
  let isHeld = false
  let finished: (() => void) | null = null
  let isPlanned = false
  // Pieces of one line are joined once, when it is complete: joining at every piece would be quadratic.
  let pieces: string[] = []
  let length = 0
  let broken = false

  const fail = (error: Error) => {
    broken = true
    pieces = []
    queue.length = 0
    onBroken(error)
  }

  const goOn = () => {
    isPlanned = false
    work(workBegan())
  }

  /** Gives on what there is, for a while. */
  const work = (began: number) => {
    give(began)
    onWorked(began)
    if (queue.length === 0) {
      finished?.()
      finished = null
      if (!isHeld) stream.resume()
    } else {
      stream.pause()
      if (!isPlanned && (!isHeld || finished)) setImmediate(goOn)
      isPlanned ||= !isHeld || finished !== null
    }
  }

  const give = (began: number) => {
    try {
      for (let line = queue[0]; line; line = queue[0]) {
        if (isHeld && !finished) return
        onMessage(line.messages[line.next++], line.bytes)
        if (line.next >= line.messages.length && queue[0] === line) queue.shift()
        if (workBegan() - began > SLICE_MS) return
      }
    } catch (error) {
      // Whatever a child says, it ends no process but its own.
      fail(error as Error)
    }
  }

  const line = (text: string) => {
    let messages: unknown
    if (text.length > COUNTED_FROM_LENGTH && countValues(text) > limits.messageValuesMax)
      return fail(new Error(`a line has more than ${limits.messageValuesMax} values`))
    try {
      messages = JSON.parse(text)
    } catch (error) {
      return fail(error as Error)
    }
    if (!Array.isArray(messages)) return fail(new Error('a line is not an array'))
    if (messages.length > 0) queue.push({ messages, next: 0, bytes: text.length / messages.length })
  }

  stream.setEncoding('utf8')
  stream.on('error', () => {})
  stream.on('data', (text: string) => {
    const began = workBegan()
    read(text)
    if (!isPlanned) work(began)
  })

  const read = (text: string) => {
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
  }

  return {
    get isHeld() {
      return isHeld
    },
    hold(wanted) {
      isHeld = wanted
      if (wanted) stream.pause()
      else if (queue.length === 0) stream.resume()
      else if (!isPlanned) {
        isPlanned = true
        setImmediate(goOn)
      }
    },
    finish(done) {
      if (queue.length === 0) return done()
      finished = done
      if (!isPlanned) setImmediate(goOn)
      isPlanned = true
    },
  }
}
