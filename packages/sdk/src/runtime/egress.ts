import * as dns from 'node:dns'
import net from 'node:net'
import { type EgressRules, egressRules } from '@bifrost/contract'

/** A connection that the platform does not make. The message says where to ask for it. */
class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly code = 'egress_refused'
}

let allow: readonly string[] = []
let rules: EgressRules | null = null
// Made at the first connection: most runs make none.
const rulesNow = () => {
  rules ??= egressRules(net, allow)
  return rules
}

/** From now on connections may go where these rules open, beside the public internet. */
export function openEgress(opened: readonly string[]): void {
  allow = opened
  rules = null
}

type Connect = (this: net.Socket, ...values: unknown[]) => net.Socket
type ConnectOptions = net.TcpNetConnectOpts & { path?: string | null }

/**
 * Checks every connection of this process: fetch, http, tls and database drivers all end in `Socket.connect`. Names are
 * looked up once, and the connection goes to an address that was checked. A fence and no wall: code that means to can
 * climb it, which is why the docs tell how to close the network of the machine itself.
 */
export function guardConnections(): void {
  const original = net.Socket.prototype.connect as Connect
  const normalize = (net as unknown as { _normalizeArgs(values: unknown[]): [ConnectOptions, unknown] })
    ._normalizeArgs
  const guarded: Connect = function (...values) {
    const [options, callback] = Array.isArray(values[0])
      ? (values[0] as [ConnectOptions, unknown])
      : normalize(values)
    const refuse = (message: string) => {
      process.nextTick(() => this.destroy(new EgressError(message)))
      return this
    }
    if (options.path) return refuse('A workflow connects to no socket of the machine itself.')
    const host = String(options.host ?? 'localhost')
    const port = Number(options.port)
    const address = host.replace(/^\[(.*)\]$/, '$1')
    if (net.isIP(address) > 0) {
      const refusal = rulesNow().refusal({ host: address, address, port })
      if (refusal) return refuse(refusal)
    }
    const checked = { ...options, lookup: checkedLookup(options.lookup ?? dns.lookup, port) }
    return typeof callback === 'function'
      ? original.call(this, checked, callback)
      : original.call(this, checked)
  }
  net.Socket.prototype.connect = guarded as typeof net.Socket.prototype.connect
}

function checkedLookup(lookup: net.LookupFunction, port: number): net.LookupFunction {
  return (host, options, callback) =>
    lookup(host, options, (error, found, family) => {
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found]
      for (const address of error ? [] : addresses) {
        const refusal = rulesNow().refusal({ host, address, port })
        if (refusal) return callback(new EgressError(refusal), '', 0)
      }
      callback(error, found, family)
    })
}
