import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A network between browser and server that can be cut: connections die, and new ones are refused until it is restored. */
export interface CuttableLine {
  /** Leads to the server. */
  url: string
  cut(): Promise<void>
  restore(): Promise<void>
}

export async function openLine(serverUrl: string): Promise<CuttableLine & AsyncDisposable> {
  const { hostname, port } = new URL(serverUrl)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
  }
  const cut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen(0)
  const own = (server.address() as AddressInfo).port
  return {
    url: `http://${hostname}:${own}`,
    cut,
    restore: () => listen(own),
    [Symbol.asyncDispose]: cut,
  }
}
