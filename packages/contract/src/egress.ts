/**
 * Where calls that are made for users may go: the same rules on the server and in the processes of authors' code. What
 * is not the public internet is closed, unless a rule of the installation or of the organization opens it.
 */

/** Networks of IPv4 that are not the public internet (IANA special-purpose registry), and the metadata address of one cloud outside of them. */
const CLOSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** Of IPv6 only global unicast is open, and addresses that stand for IPv4 ones (NAT64, mapped), which are looked at as such. `::ffff:0:0:0/96` (SIIT) stays closed. */
const OPEN_V6 = ['2000::/3', '64:ff9b::/96', '::ffff:0:0/96']
const CLOSED_V6 = ['2001::/23', '2001:db8::/32', '3fff::/20', '::/96']

/** The part of `node:net` that the rules need; the contract itself also runs in browsers. */
export interface NetModule {
  isIP(text: string): number
  BlockList: { new (): AddressList; prototype: AddressList }
}

interface AddressList {
  addSubnet(network: string, prefix: number, family: 'ipv4' | 'ipv6'): void
  check(address: string, family: 'ipv4' | 'ipv6'): boolean
}

/** Where a connection goes: the name it was asked for by, the address it would be made to, and the port. */
export interface EgressTarget {
  host: string
  address: string
  /** Null: any port, of a name that is only looked up. */
  port: number | null
}

/** What is closed whatever the allow-list says: the platform's own port. */
export interface ClosedPort {
  port: number
  networks: readonly string[]
}

/** Decides whether a connection may be made. */
export interface EgressRules {
  /** Null when it may; else one sentence that says why not. */
  refusal(target: EgressTarget): string | null
  /** Whether a rule names this very host, or the network of this very address. */
  opens(host: string, port: number | null): boolean
}

interface OpenedHost {
  host: string
  port: number | null
}

/** One entry of an allow-list: `10.2.0.0/16`, `192.168.1.5:5432`, `[fd00::1]:443`, `db.internal`, `db.internal:5432`. */
interface ParsedRule {
  network: { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | null
  host: string
  port: number | null
}

/**
 * Reads one entry of an allow-list; null when it is none.
 * @example parseEgressRule(net, '10.2.0.0/16')
 */
export function parseEgressRule(net: NetModule, rule: string): ParsedRule | null {
  const [, address = '', bits] = /^\[?([^[\]/]+)\]?\/(\d{1,3})$/.exec(rule) ?? []
  if (bits !== undefined) {
    const version = net.isIP(address)
    const prefix = Number(bits)
    if (version === 0 || prefix > (version === 4 ? 32 : 128)) return null
    return { network: { address, prefix, family: familyOf(version) }, host: '', port: null }
  }
  const whole =
    net.isIP(rule) > 0 ? [rule, rule, undefined] : /^(\[[^\]]+\]|[^:[\]/]+)(?::(\d{1,5}))?$/.exec(rule)
  if (!whole) return null
  const host = nameOf(whole[1] ?? '')
  const port = whole[2] === undefined ? null : Number(whole[2])
  if (port !== null && (port < 1 || port > 65_535)) return null
  const version = net.isIP(host)
  if (version === 0 && !/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(host)) return null
  // A number is an address in disguise, and no name.
  if (version === 0 && /^(0x[0-9a-f]*|\d+)$/.test(host.split('.').at(-1) ?? '')) return null
  return {
    network:
      version === 0 ? null : { address: host, prefix: version === 4 ? 32 : 128, family: familyOf(version) },
    host,
    port,
  }
}

// The rules also hold in processes of authors' code, which can replace every method of the built-in objects. What decides
// uses those of the start, and loops that call nothing.
const { call } = Function.prototype
const uncurried = <This, Values extends unknown[], Result>(
  method: (this: This, ...values: Values) => Result,
): ((on: This, ...values: Values) => Result) => call.bind(method) as never
const toLowerCase = uncurried(String.prototype.toLowerCase)
const codeAt = uncurried(String.prototype.charCodeAt)
const part = uncurried(String.prototype.slice) as (text: string, from: number, to?: number) => string
const includes = uncurried(String.prototype.includes) as (text: string, piece: string) => boolean

/**
 * The rules of an installation with what its allow-list opens.
 * @example egressRules(net, ['db.internal:5432']).refusal({ host: 'db.internal', address: '10.0.0.7', port: 5432 })
 */
export function egressRules(
  net: NetModule,
  allow: readonly string[],
  closed: ClosedPort | null = null,
): EgressRules {
  const check = uncurried(net.BlockList.prototype.check)
  const { isIP } = net
  const isPublic = publicAddresses(net, check)
  const hosts: OpenedHost[] = []
  const networks: { list: AddressList; port: number | null }[] = []
  for (const rule of allow) {
    const parsed = parseEgressRule(net, rule)
    if (!parsed) continue
    if (parsed.network) networks.push({ list: listOf(net, [parsed.network]), port: parsed.port })
    else hosts.push(parsed)
  }
  const closedList =
    closed &&
    listOf(
      net,
      closed.networks.flatMap((rule) => parseEgressRule(net, rule)?.network ?? []),
    )
  const opensHost = (host: string, port: number | null) => {
    const name = nameOf(host)
    for (let index = 0; index < hosts.length; index++) {
      const open = hosts[index] as OpenedHost
      if (open.host === name && (open.port === null || port === null || open.port === port)) return true
    }
    return false
  }
  const opensAddress = (address: string, port: number | null) => {
    const version = isIP(address)
    if (version === 0) return false
    for (let index = 0; index < networks.length; index++) {
      const open = networks[index] as (typeof networks)[number]
      const fits = open.port === null || port === null || open.port === port
      if (fits && check(open.list, address, familyOf(version))) return true
    }
    return false
  }
  return {
    refusal({ host, address, port }) {
      const version = isIP(address)
      // An address of a zone (fe80::1%eth0) names an interface of this machine.
      if (version === 0 || includes(address, '%')) return refusalOf(host, port)
      const family = familyOf(version)
      if (closedList && port === closed?.port && check(closedList, address, family))
        return `${host}:${port} is the platform itself; code of a workflow calls it through the SDK.`
      if (isPublic(address, family) || opensHost(host, port) || opensAddress(address, port)) return null
      return refusalOf(host, port)
    },
    opens: (host, port) => opensHost(host, port) || opensAddress(nameOf(host), port),
  }
}

function listOf(net: NetModule, networks: readonly NonNullable<ParsedRule['network']>[]): AddressList {
  const list = new net.BlockList()
  for (const { address, prefix, family } of networks) list.addSubnet(address, prefix, family)
  return list
}

/** What a name resolves to is left out: the private names of a network are not for everyone who may ask for one. */
const refusalOf = (host: string, port: number | null) =>
  `${host} is not on the public internet, and this platform does not connect to private addresses unless its administrator opens them: ask for "${host}${port ? `:${port}` : ''}" in BIFROST_EGRESS_ALLOW, or for your organization alone.`

const familyOf = (version: number) => (version === 4 ? 'ipv4' : 'ipv6')

/** A name as rules compare it: lower case, without the brackets of IPv6 and the dot at the end. */
function nameOf(host: string): string {
  const name = toLowerCase(host)
  const last = name.length - 1
  if (codeAt(name, 0) === 0x5b && codeAt(name, last) === 0x5d) return part(name, 1, last)
  return codeAt(name, last) === 0x2e ? part(name, 0, last) : name
}

function publicAddresses(
  net: NetModule,
  check: (list: AddressList, address: string, family: 'ipv4' | 'ipv6') => boolean,
): (address: string, family: 'ipv4' | 'ipv6') => boolean {
  const closed = new net.BlockList()
  const openV6 = new net.BlockList()
  const add = (list: AddressList, network: string, family: 'ipv4' | 'ipv6') => {
    const [address = '', prefix] = network.split('/')
    list.addSubnet(address, Number(prefix), family)
  }
  for (const network of CLOSED_V4) {
    add(closed, network, 'ipv4')
    const [address = '', prefix] = network.split('/')
    const bits = Number(prefix)
    // The same network behind NAT64 and 6to4.
    add(closed, `64:ff9b::${address}/${96 + bits}`, 'ipv6')
    const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
    add(closed, `2002:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}::/${16 + bits}`, 'ipv6')
  }
  for (const network of CLOSED_V6) add(closed, network, 'ipv6')
  for (const network of OPEN_V6) add(openV6, network, 'ipv6')
  return (address, family) =>
    !check(closed, address, family) && (family === 'ipv4' || check(openV6, address, family))
}

/** A request that was answered with a redirect. */
export interface RedirectedRequest {
  url: string
  method: string
  headers: Headers
  hasBody: boolean
}

/** Where a redirect leads, and with what. */
export interface NextHop {
  url: string
  method: string
  headers: Headers
  keepsBody: boolean
  /** Another host, port or protocol: credentials stayed behind. */
  isCrossOrigin: boolean
}

/** Names of headers that carry credentials, or may carry them. */
const CREDENTIAL_HEADER = /auth|cookie|token|key|secret|session|password|signature|credential/i

/**
 * The request that follows a redirect; null when the answer is none. On the way to another origin it loses every header
 * that looks like a credential.
 */
export function nextHop(request: RedirectedRequest, status: number, location: string | null): NextHop | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return null
  if (!URL.canParse(location, request.url)) return null
  const from = new URL(request.url)
  const to = new URL(location, request.url)
  if (!/^https?:$/.test(to.protocol)) return null
  if (!to.hash) to.hash = from.hash
  const becomesGet =
    (status === 303 && request.method !== 'HEAD') ||
    ((status === 301 || status === 302) && request.method === 'POST')
  const headers = new Headers(request.headers)
  headers.delete('host')
  if (becomesGet)
    for (const name of [
      'content-type',
      'content-length',
      'content-encoding',
      'content-language',
      'content-location',
    ])
      headers.delete(name)
  const isCrossOrigin = from.origin !== to.origin
  if (isCrossOrigin)
    for (const name of [...headers.keys()]) if (CREDENTIAL_HEADER.test(name)) headers.delete(name)
  return {
    url: to.href,
    method: becomesGet ? 'GET' : request.method,
    headers,
    keepsBody: request.hasBody && !becomesGet,
    isCrossOrigin,
  }
}
