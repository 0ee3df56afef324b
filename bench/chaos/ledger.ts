import { once } from 'node:events'
import { createServer, type Server } from 'node:http'

/** One side effect, as the world outside has seen it. */
export interface Effect {
  run: number
  step: number
  /** Its code began, or its effect came. One that its worker was cut off from may still have its effect, and begins nothing. */
  what: 'begun' | 'effect'
  /** Milliseconds since the ledger began. */
  at: number
}

/** A place outside the platform that notes every side effect in the order in which it happens. */
export interface Ledger {
  url: string
  effects: readonly Effect[]
  stop(): Promise<void>
}

export async function startLedger(): Promise<Ledger> {
  const effects: Effect[] = []
  const startedAt = performance.now()
  const server: Server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://ledger')
    const at = Math.round(performance.now() - startedAt)
    const what = searchParams.get('what') === 'effect' ? 'effect' : 'begun'
    effects.push({ run: Number(searchParams.get('run')), step: Number(searchParams.get('step')), what, at })
    response.end('noted')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    effects,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
