import dgram from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

/** A connection that the platform does not make. The message says why, or where to ask for it. */
export class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly code: string

  constructor(message: string, code = 'egress_refused') {
    super(message)
    this.code = code
  }
}

const LISTENING =
  'A workflow cannot listen for connections: give it an endpoint or a form, and the platform calls it.'
const DATAGRAMS = 'A workflow cannot send or receive UDP: use a service that speaks HTTP or TCP.'
const RECORDS =
  'A workflow cannot ask DNS servers itself: connect to the name, or look its address up with dns.lookup.'
const SERVICES =
  'A workflow cannot look up SRV and TXT records, which addresses such as mongodb+srv:// need: use the address that names the servers themselves (mongodb://host1:27017,host2:27017/?tls=true&replicaSet=…).'

type Method = (...values: unknown[]) => unknown

/** Servers, UDP, and questions to DNS servers are refused where the code asks for them, with a sentence. */
export function refuseListening(): void {
  replace(net.Server.prototype, ['listen', '_listen2'], refusing(LISTENING))
  replace(net, ['_createServerHandle', 'BoundSocket', '_TransferredBoundSocket'], refusing(LISTENING))
  replace(dgram, ['createSocket', 'Socket', '_createSocketHandle'], refusing(DATAGRAMS))
  replace(dgram.Socket?.prototype ?? {}, ['bind', 'send', 'connect', 'addMembership'], refusing(DATAGRAMS))
  const resolvers = [dns.Resolver.prototype, dns.promises.Resolver.prototype]
  // Some of their methods are those of a class above both.
  const above = new Set<object>(resolvers.map((one) => Object.getPrototypeOf(one)))
  for (const home of [dns, dns.promises, ...resolvers, ...above])
    for (const name of namesOf(home)) replace(home, [name], refusing(textOf(name)))
  syncBuiltinESMExports()
}

/** Those that send a question to a DNS server, or choose one. */
const namesOf = (home: object): string[] =>
  Object.getOwnPropertyNames(home).filter((name) =>
    /^(resolve|reverse$|lookupService$|setServers$|setLocalAddress$)/.test(name),
  )

/** What drivers ask for who take one name for many servers: their users need the other way to say it. */
const textOf = (name: string): string => (/^resolve(Srv|Txt)$/.test(name) ? SERVICES : RECORDS)

function refusing(message: string): Method {
  // A declaration, so that `new` reaches its body as well.
  function refused(): never {
    throw new EgressError(message)
  }
  return refused
}

function replace(home: object, names: readonly string[], value: Method): void {
  for (const name of names)
    if (Reflect.has(home, name))
      Object.defineProperty(home, name, { value, writable: false, configurable: false, enumerable: true })
}
