import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { BlockList, isIPv6, type Socket } from 'node:net'
import { limits } from '@bifrost/contract'
import { networkOf, plainAddress } from './network.ts'

/**
 * Bounds the connections that a server has open, whatever is or is not said on them: each takes one of the open files of
 * the process. One that is too many is closed at once; a connection without a request ends by the server's
 * `headersTimeout`. Trusted proxies speak for many, so only the bound of all together holds for them.
 */
export function boundConnections(server: Server, trustedProxies: readonly string[]): void {
  const proxies = listOf(trustedProxies)
  const counts = new Map<string, number>()
  server.maxConnections = connectionsMaxOf(openFilesMax())
  server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress } = socket
    // It has gone already, or there is no network between us.
    if (!remoteAddress || isListed(proxies, remoteAddress)) return
    const network = networkOf(remoteAddress)
    const count = counts.get(network) ?? 0
    if (count >= limits.connectionsPerAddressMax) {
      socket.destroy()
      return
    }
    counts.set(network, count + 1)
    socket.once('close', () => {
      const left = (counts.get(network) ?? 1) - 1
      if (left > 0) counts.set(network, left)
      else counts.delete(network)
    })
  })
}

/** A quarter of the open files is left for the database, child processes and files. */
export const connectionsMaxOf = (openFiles: number): number =>
  Math.min(limits.connectionsMax, Math.floor((openFiles * 3) / 4))

/** How many files this process may have open; where the system does not say, it sets no bound. */
function openFilesMax(): number {
  try {
    const [, soft = ''] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === '' ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

const family = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')

function listOf(proxies: readonly string[]): BlockList {
  const list = new BlockList()
  const parts = proxies.flatMap((proxy) => (proxy === 'loopback' ? ['127.0.0.0/8', '::1'] : [proxy]))
  for (const part of parts) {
    const [address = '', bits] = part.split('/')
    if (bits === undefined) list.addAddress(address, family(address))
    else list.addSubnet(address, Number(bits), family(address))
  }
  return list
}

function isListed(list: BlockList, remoteAddress: string): boolean {
  const address = plainAddress(remoteAddress)
  return list.check(address, family(address))
}
