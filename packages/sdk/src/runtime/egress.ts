import { AsyncLocalStorage } from 'node:async_hooks'
import * as dns from 'node:dns'
import net from 'node:net'
import { type ClosedPort, type EgressRules, egressRules } from '@bifrost/contract'
import { EgressError, refuseListening } from './no-listening.ts'
import type { ProxyLine } from './proxy-line.ts'

// Everything here runs beside authors' code, which can replace what it finds: so it uses what there was at the start,
// and reads what it is given once.
const { apply } = Reflect
const { isArray } = Array
const { isIP } = net
const { nextTick } = process
const nodeLookup = dns.lookup as Lookup
const text = String
const number = Number
const part = Function.prototype.call.bind(String.prototype.slice) as (of: string, ...at: number[]) => string

/** Nothing is open before the code is loaded. */
let rules: EgressRules | null = null

/** From now on connections may go where these rules open, beside the public internet. */
export function openEgress(opened: readonly string[], closed: ClosedPort | null): void {
  rules = egressRules(net, opened, closed)
}

function refusal(host: string, address: string, port: number): string | null {
  return rules === null
    ? 'Code cannot connect to anything before it is loaded.'
    : rules.refusal({ host, address, port })
}

type Connect = (this: net.Socket, ...values: unknown[]) => net.Socket
type ConnectOptions = net.TcpNetConnectOpts & { path?: string | null }
type Lookup = net.LookupFunction

/**
 * Checks every connection of this process: fetch, http, tls and database drivers all end in `Socket.connect`. With a
 * proxy, connections are made there, and this process has no other way out. Without one, names are looked up once, and
 * the connection goes to an address that was checked: a fence and no wall, since code that means to can climb it, which
 * is why the docs tell how to close the network of the machine itself.
 */
export function guardConnections(proxy: ProxyLine | null): void {
  freezeAddressLists()
  refuseListening()
  const original = net.Socket.prototype.connect as Connect
  const normalize = (net as unknown as { _normalizeArgs(values: unknown[]): [ConnectOptions, unknown] })
    ._normalizeArgs
  const guarded: Connect = function (...values) {
    const [given, callback] = isArray(values[0])
      ? (values[0] as [ConnectOptions, unknown])
      : normalize(values)
    // Getters are asked once, and what Object.prototype may have got meanwhile does not count.
    const options = { __proto__: null, ...given } as unknown as ConnectOptions
    const refuse = (message: string) => {
      nextTick(() => this.destroy(new EgressError(message)))
      return this
    }
    if (options.path && !proxy?.isPath(options.path))
      return refuse('A workflow cannot connect to sockets of the machine itself.')
    const host = text(options.host ?? 'localhost')
    const port = number(options.port)
    const address = unbracketed(host)
    if (proxy) {
      const ownLookup = isIP(address) > 0 ? undefined : (options.lookup as Lookup | undefined)
      proxy.connect({
        socket: this,
        host: address,
        port,
        lookup: ownLookup,
        callback,
        // What the connection then tells belongs to the run that asked for it.
        make: AsyncLocalStorage.bind((path: string) => apply(original, this, [{ path }])),
      })
      return this
    }
    if (isIP(address) > 0) {
      const why = refusal(address, address, port)
      if (why !== null) return refuse(why)
    }
    const checked = {
      ...options,
      __proto__: null,
      host,
      port,
      path: undefined,
      lookup: checkedLookup(options.lookup, port),
    }
    return apply(original, this, typeof callback === 'function' ? [checked, callback] : [checked])
  }
  net.Socket.prototype.connect = guarded as typeof net.Socket.prototype.connect
}

const unbracketed = (host: string) => (host[0] === '[' ? part(host, 1, -1) : host)

/** Names are looked up by Node, or by the function that came with the options: its answers are addresses like any others. */
function checkedLookup(own: Lookup | undefined, port: number): Lookup {
  return (name, options, callback) => {
    const host = text(name)
    const lookup = own ?? nodeLookup
    lookup(host, options, (error, found, family) => {
      if (error) return callback(error, '', 0)
      const addresses: { address: string; family: number }[] = []
      if (isArray(found))
        for (let index = 0; index < found.length; index++) {
          const { address, family: one } = found[index] as { address: string; family: number }
          addresses[index] = { address: text(address), family: number(one) }
        }
      else addresses[0] = { address: text(found), family: number(family) }
      for (let index = 0; index < addresses.length; index++) {
        const { address } = addresses[index] as { address: string }
        // A rule for a name says nothing of the addresses that another resolver gives for it.
        const why = refusal(own && own !== nodeLookup ? address : host, address, port)
        if (why !== null) return callback(new EgressError(why), '', 0)
      }
      const [first] = addresses
      if (options.all) callback(null, addresses as never)
      else callback(null, first?.address ?? '', first?.family)
    })
  }
}

/** How addresses are compared with networks: no code of authors replaces it. */
function freezeAddressLists(): void {
  const list = new net.BlockList()
  Object.freeze(net.BlockList.prototype)
  Object.freeze(net.SocketAddress.prototype)
  const address = new net.SocketAddress({})
  for (const one of [list, address])
    for (const key of Object.getOwnPropertySymbols(one)) {
      const handle = (one as unknown as Record<symbol, unknown>)[key]
      const prototype: unknown = typeof handle === 'object' && handle && Object.getPrototypeOf(handle)
      // Of plain objects it is shared by all code: frozen, no code could assign a member called `constructor` or `toString`.
      if (prototype && prototype !== Object.prototype) Object.freeze(prototype)
    }
}
