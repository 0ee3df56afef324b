import { chownSync, closeSync, openSync } from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { EgressRules } from '@bifrost/contract'
import { checkedLookup, type Lookup } from './checked-lookup.ts'
import { lookupName } from './lookup.ts'

export interface HttpProxyOptions {
  rules: EgressRules
  /** A socket of this name in this folder, for this user; null: a port of this machine, for those who know the token. */
  socket: { folder: string; name: string; user: { uid: number; gid: number } | null } | null
  token: string
  lookup?: Lookup
}

export interface HttpProxy {
  /** The address of the port; null where it is a socket. */
  url: string | null
  close(): void
}

const CONNECTIONS_MAX = 64
const IDLE_MS = 60_000

/**
 * An HTTP proxy for a program that knows nothing of our rules: names are looked up here, the address is checked, and the
 * connection is made to the checked address.
 */
export async function startHttpProxy(options: HttpProxyOptions): Promise<HttpProxy> {
  const { rules, socket, token, lookup = lookupName } = options
  const wanted = `Basic ${Buffer.from(`bifrost:${token}`).toString('base64')}`
  const open = new Set<net.Socket | Duplex>()
  const mayUse = ({ headers }: http.IncomingMessage) =>
    socket !== null || headers['proxy-authorization'] === wanted
  const keep = <S extends net.Socket | Duplex>(one: S): S => {
    open.add(one)
    one.once('close', () => open.delete(one))
    return one
  }
  const refusalOf = (host: string, port: number) =>
    net.isIP(host) === 0 ? null : rules.refusal({ host, address: host, port })

  const server = http.createServer((request, response) => {
    const refuse = (status: number, message: string) =>
      response.writeHead(status, { 'content-type': 'text/plain' }).end(`${message}\n`)
    if (!mayUse(request)) return refuse(407, 'The proxy needs its token.')
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : null
    if (url?.protocol !== 'http:') return refuse(400, 'The proxy takes absolute addresses.')
    const host = bare(url.hostname)
    const port = Number(url.port || 80)
    const refusal = refusalOf(host, port)
    if (refusal) return refuse(403, refusal)
    const { 'proxy-authorization': _secret, 'proxy-connection': _hop, ...headers } = request.headers
    const onward = http.request(
      {
        host,
        port,
        path: url.pathname + url.search,
        method: request.method,
        headers,
        agent: false,
        lookup: checkedLookup(rules, lookup, port),
        timeout: IDLE_MS,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    onward.on('timeout', () => onward.destroy())
    onward.on('error', (error) => (response.headersSent ? response.destroy() : refuse(502, error.message)))
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })

  server.on('connect', (request, client: Duplex, head: Buffer) => {
    keep(client)
    client.on('error', () => client.destroy())
    const refuse = (status: string, message: string) =>
      client.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${message}\n`)
    if (!mayUse(request)) return refuse('407 Proxy Authentication Required', 'The proxy needs its token.')
    const [, host = '', digits = ''] = /^\[?([^[\]]+)\]?:(\d{1,5})$/.exec(request.url ?? '') ?? []
    const port = Number(digits)
    if (port < 1 || port > 65_535) return refuse('400 Bad Request', 'The proxy takes a host and a port.')
    const refusal = refusalOf(host, port)
    if (refusal) return refuse('403 Forbidden', refusal)
    const remote = keep(net.connect({ host, port, lookup: checkedLookup(rules, lookup, port) }))
    let connected = false
    remote.once('connect', () => {
      connected = true
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      if (head.length > 0) remote.write(head)
      remote.pipe(client)
      client.pipe(remote)
    })
    remote.setTimeout(IDLE_MS, () => remote.destroy())
    remote.on('error', (error) => {
      if (connected) client.destroy()
      else refuse('502 Bad Gateway', error.message)
    })
    remote.on('close', () => client.end())
    client.on('close', () => remote.destroy())
  })
  server.on('connection', keep)
  server.maxConnections = CONNECTIONS_MAX

  // An address of a socket has 107 characters at most; through the descriptor it is short wherever the folder is.
  const descriptor = socket === null ? null : openSync(socket.folder, 'r')
  const path = socket === null ? null : `/proc/self/fd/${descriptor}/${socket.name}`
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if (path === null) server.listen(0, '127.0.0.1', resolve)
    else server.listen(path, resolve)
  })
  if (path !== null && socket?.user) chownSync(path, socket.user.uid, socket.user.gid)
  return {
    url: path === null ? `http://bifrost:${token}@127.0.0.1:${(server.address() as AddressInfo).port}` : null,
    close() {
      server.close()
      for (const one of open) one.destroy()
      if (descriptor !== null) closeSync(descriptor)
    },
  }
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '')
