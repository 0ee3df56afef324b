import { pathOf, routes, type StreamEvent } from '@bifrost/contract'
import type { Connection } from './connection.ts'

const ATTEMPTS_MAX = 20
const PAUSE_MS = 500

/** Follows a run to its end. A connection that breaks is made again, and continues after the last line received. */
export async function* follow(
  { url, apiKey }: Connection,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  let lastId = ''
  for (let failures = 0; failures < ATTEMPTS_MAX; failures++) {
    try {
      const response = await fetch(url + pathOf(routes.streamExecution, { id }), {
        headers: {
          accept: 'text/event-stream',
          ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
          ...(lastId ? { 'last-event-id': lastId } : {}),
        },
        signal,
      })
      if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`)
      for await (const { id: eventId, event, data } of readEvents(response.body)) {
        failures = 0
        if (eventId) lastId = eventId
        yield { event, data: JSON.parse(data) } as StreamEvent
        if (event === 'end') return
      }
    } catch (cause) {
      if (signal.aborted || failures === ATTEMPTS_MAX - 1) throw cause
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  throw new Error('the connection to the server keeps failing')
}

interface RawEvent {
  id: string
  event: string
  data: string
}

/** Takes a stream of server-sent events apart. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<RawEvent> {
  let current: RawEvent = { id: '', event: 'message', data: '' }
  let rest = ''
  for await (const text of body.pipeThrough(
    new TextDecoderStream() as never,
  ) as unknown as AsyncIterable<string>) {
    const lines = (rest + text).split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (current.data) yield current
        current = { id: '', event: 'message', data: '' }
        continue
      }
      const colon = line.indexOf(':')
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'data') current.data += (current.data && '\n') + value
      else if (field === 'event') current.event = value
      else if (field === 'id') current.id = value
    }
  }
}
