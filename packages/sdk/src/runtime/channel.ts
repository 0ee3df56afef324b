import net from 'node:net'
import type { FromChild, ToChild } from '@bifrost/contract'
import { platformTimers } from './platform-timers.ts'

/**
 * The line to the server on file descriptor 3: each line is a JSON array of messages. Messages of one turn of the event
 * loop go out together, because a thousand small writes cost more than the work they report.
 */
export class Channel {
  readonly #socket = new net.Socket({ fd: 3 })
  #waiting: FromChild[] = []
  #scheduled = false
  #lastFlushMs = performance.now()

  constructor(onMessage: (message: ToChild) => void) {
    // Pieces of one line are joined once, when it is complete: joining at every piece would be quadratic.
    let pieces: string[] = []
    this.#socket.setEncoding('utf8')
    this.#socket.on('data', (text: string) => {
      const [first = '', ...others] = text.split('\n')
      pieces.push(first)
      for (const next of others) {
        const line = pieces.join('')
        pieces = [next]
        for (const message of JSON.parse(line) as ToChild[]) onMessage(message)
      }
    })
    // Without a server nothing hears what a run does: end at once.
    this.#socket.on('close', () => process.kill(process.pid, 'SIGKILL'))
    this.#socket.on('error', () => process.kill(process.pid, 'SIGKILL'))
  }

  send(message: FromChild): void {
    this.#waiting.push(message)
    // Code that never yields never reaches the end of its turn; its logs must be seen nevertheless.
    if (performance.now() - this.#lastFlushMs > 100) this.#flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      platformTimers.setImmediate(() => this.#flush())
    }
  }

  #flush(): void {
    this.#scheduled = false
    this.#lastFlushMs = performance.now()
    if (this.#waiting.length === 0) return
    const messages = this.#waiting
    this.#waiting = []
    this.#socket.write(`${JSON.stringify(messages)}\n`)
  }
}
