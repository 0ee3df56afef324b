// Each peer runs in a process of its own, so that its timers, memory and signal handlers are gone when it is.
// Started by ../peers.ts with the adapter's name and variant; answers its calls.

/**
 * What an adapter exports as default: a function of the variant that gives this. All but start and stop may be absent.
 * @typedef {object} Peer
 * @property {(place: Place) => Promise<HttpEntry | void>} start  Answers where to call it when it is called over HTTP.
 * @property {(calls: number) => Promise<Float64Array>} [callInTurn]  Milliseconds of each call, one after another.
 * @property {(atOnce: number, forMs: number) => Promise<number>} [callAtOnce]  Calls per second.
 * @property {(runs: number) => Promise<Drain>} [drain]  Fills a queue while nothing takes from it, then empties it.
 * @property {() => Promise<void>} stop
 *
 * @typedef {{ host: string, port: number, user: string, password: string, database: string, folder: string }} Place
 *   An empty database (host is the folder of its socket) and an empty folder.
 * @typedef {{ port: number, path: string, headers: Record<string, string>, body: string, contains?: string }} HttpEntry
 * @typedef {{ acceptedPerSecond: number, drainedPerSecond: number, bothPerSecond: number }} Drain
 */

const [name, variant = ''] = process.argv.slice(2)
const { default: makePeer } = await import(`./${name}.mjs`)
/** @type {Peer} */
const peer = makePeer(variant)

process.on(
  'message',
  async (/** @type {{ id: number, method: keyof Peer, args: any[] }} */ { id, method, args }) => {
    try {
      const call = /** @type {any} */ (peer)[method]
      process.send?.({ id, value: await call.apply(peer, args) })
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? error.message || error.name : String(error) })
    }
  },
)
// The bench went away: a peer may have processes of its own to take along.
process.on('disconnect', async () => {
  await Promise.race([peer.stop().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 5_000))])
  process.exit()
})
process.send?.({ id: 0, value: Object.keys(peer) })
