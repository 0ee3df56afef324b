import { connect, type Socket } from 'node:net'

/** A request that is sent again and again. Its bytes are made once: the generator shares the cores with what it measures. */
export interface Target {
  host: string
  port: number
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body: string
  status: number
  /** Text that a good answer contains, such as the status of a run that is answered with 200 whatever it ended with. */
  contains?: string | undefined
}

export interface LoadResult {
  answers: number
  elapsedMs: number
  perSecond: number
  /** CPU time of this process per request, to be known beside the figure it disturbs. */
  generatorMicros: number
}

/** One keep-alive connection with one request under way at a time. */
class Line {
  readonly #socket: Socket
  readonly #request: Buffer
  readonly #target: Target
  #received: Buffer = Buffer.alloc(0)
  #onAnswer: (answer: Buffer) => void = () => {}
  #onError: (error: Error) => void = () => {}

  constructor(target: Target) {
    this.#target = target
    this.#request = requestBytes(target)
    this.#socket = connect({ host: target.host, port: target.port, noDelay: true })
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#socket.on('error', (error) => this.#onError(error))
    this.#socket.on('close', () => this.#onError(new Error('The server closed the connection.')))
  }

  connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onError = reject
      this.#socket.once('connect', () => resolve())
    })
  }

  listen(onAnswer: (answer: Buffer) => void, onError: (error: Error) => void): void {
    this.#onAnswer = onAnswer
    this.#onError = onError
  }

  send(): void {
    this.#socket.write(this.#request)
  }

  close(): void {
    this.#onError = () => {}
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    const all = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const bodyStart = wholeAnswer(all)
    if (bodyStart < 0) {
      this.#received = all
      return
    }
    this.#received = Buffer.alloc(0)
    const status = Number(all.toString('latin1', 9, 12))
    const { contains } = this.#target
    if (status !== this.#target.status || (contains && !all.includes(contains, bodyStart)))
      this.#onError(
        new Error(`Unexpected answer ${status}: ${all.toString('utf8', bodyStart, bodyStart + 500)}`),
      )
    else this.#onAnswer(all.subarray(bodyStart))
  }
}

function requestBytes(target: Target): Buffer {
  const headers = { host: `${target.host}:${target.port}`, ...target.headers }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  if (target.method === 'POST') lines.push(`content-length: ${Buffer.byteLength(target.body)}`)
  return Buffer.from(
    `${target.method} ${target.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${target.body}`,
  )
}

/** Where the body starts when the whole answer is there, else -1. */
function wholeAnswer(all: Buffer): number {
  const headEnd = all.indexOf('\r\n\r\n')
  if (headEnd < 0) return -1
  const head = all.toString('latin1', 0, headEnd)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  const bodyStart = headEnd + 4
  if (length !== undefined) return all.length >= bodyStart + Number(length) ? bodyStart : -1
  return all.includes('\r\n0\r\n\r\n', headEnd) ? bodyStart : -1
}

/** Calls one after another on one connection; the milliseconds of each. */
export async function callInTurn(target: Target, calls: number, warmUp: number): Promise<Float64Array> {
  const times = new Float64Array(calls)
  const line = new Line(target)
  await line.connected()
  try {
    await new Promise<void>((resolve, reject) => {
      let call = -warmUp
      let startedAt = 0
      const next = () => {
        startedAt = performance.now()
        line.send()
      }
      line.listen(() => {
        if (call >= 0) times[call] = performance.now() - startedAt
        call += 1
        // Not within the event of the last answer, so that the reading of it does not count for the next call.
        if (call < calls) setImmediate(next)
        else resolve()
      }, reject)
      next()
    })
  } finally {
    line.close()
  }
  return times
}

/** Keeps so many connections busy until the calls are made or the time is over. */
export async function callAtOnce(
  target: Target,
  connections: number,
  limit: { calls: number; forMs: number },
): Promise<LoadResult> {
  const lines = Array.from({ length: connections }, () => new Line(target))
  await Promise.all(lines.map((line) => line.connected()))
  let sent = 0
  let answers = 0
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  try {
    await new Promise<void>((resolve, reject) => {
      let open = connections
      const next = (line: Line) => {
        if (sent < limit.calls && performance.now() - startedAt < limit.forMs) {
          sent += 1
          line.send()
        } else {
          open -= 1
          if (open === 0) resolve()
        }
      }
      for (const line of lines) {
        line.listen(() => {
          answers += 1
          next(line)
        }, reject)
        next(line)
      }
    })
  } finally {
    for (const line of lines) line.close()
  }
  const elapsedMs = performance.now() - startedAt
  const used = process.cpuUsage(cpu)
  return {
    answers,
    elapsedMs,
    perSecond: (answers / elapsedMs) * 1000,
    generatorMicros: (used.user + used.system) / Math.max(1, answers),
  }
}
