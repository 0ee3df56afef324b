import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll } from 'vitest'

/** A server on this machine that code under test calls. */
export interface Sink {
  /** Its address, without a slash at its end. */
  readonly base: string
  /** How many requests came for a path. */
  count(path: string): number
}

/**
 * Starts a server for the tests of a file, which counts the requests that come for each path. `answer` ends each request,
 * at once unless another one is given; `pathOf` says for which path an address counts.
 */
export function useSink(
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) =>
    response.end('{}'),
  pathOf: (url: string) => string = (url) => url,
): Sink {
  const counts = new Map<string, number>()
  const count = (path: string) => counts.get(path) ?? 0
  let server: Server
  let base = ''
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = pathOf(request.url ?? '')
      counts.set(path, count(path) + 1)
      answer(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    get base() {
      return base
    },
    count,
  }
}
