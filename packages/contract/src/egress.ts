/**
 * Where calls that are made for users may go: the same rules on the server and in the processes of authors' code. What
 * is not the public internet is closed, unless a rule of the installation or of the organisation opens it.
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
/** Of IPv6 only global unicast is open, and addresses that stand for IPv4 ones (NAT64), which are looked at as such. */
const OPEN_V6 = ['2000::/3', '64:ff9b::/96']
const CLOSED_V6 = ['2001::/23', '2001:db8::/32', '3fff::/20', '::/96']

/** The part of `node:net` that the rules need; the contract itself also runs in browsers. */
export interface NetModule {
  isIP(text: string): number
  BlockList: new () => AddressList
}

interface AddressList {
  addSubnet(network: string, prefix: number, family: 'ipv4' | 'ipv6'): void
  check(address: string, family: 'ipv4' | 'ipv6'): boolean
}

/** Where a connection goes: the name it was asked for by, the address it would be made to, and the port. */
export interface EgressTarget {
  host: string
  address: string
  port: number
}

/** Decides whether a connection may be made. */
export interface EgressRules {
  /** Null when it may; else one sentence that says why not. */
  refusal(target: EgressTarget): string | null
  /** Whether a rule names this very host, or the network of this very address. */
  opens(host: string, port: number): boolean
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

/**
 * The rules of an installation with what its allow-list opens.
 * @example egressRules(net, ['db.internal:5432']).refusal({ host: 'db.internal', address: '10.0.0.7', port: 5432 })
 */
export function egressRules(net: NetModule, allow: readonly string[]): EgressRules {
  const isPublic = publicAddresses(net)
  const hosts: OpenedHost[] = []
  const networks: { list: AddressList; port: number | null }[] = []
  for (const rule of allow) {
    const parsed = parseEgressRule(net, rule)
    if (!parsed) continue
    if (parsed.network) {
      const list = new net.BlockList()
      list.addSubnet(parsed.network.address, parsed.network.prefix, parsed.network.family)
      networks.push({ list, port: parsed.port })
    } else hosts.push(parsed)
  }
  const opensHost = (host: string, port: number) =>
    hosts.some((open) => open.host === nameOf(host) && (open.port === null || open.port === port))
  const opensAddress = (address: string, port: number) => {
    const version = net.isIP(address)
    return (
      version > 0 &&
      networks.some(
        (open) => (open.port === null || open.port === port) && open.list.check(address, familyOf(version)),
      )
    )
  }
  return {
    refusal({ host, address, port }) {
      const version = net.isIP(address)
      // An address of a zone (fe80::1%eth0) names an interface of this machine.
      if (version === 0 || address.includes('%')) return refusalOf(host, address, port)
      const family = familyOf(version)
      if (isPublic(address, family) || opensHost(host, port) || opensAddress(address, port)) return null
      return refusalOf(host, address, port)
    },
    opens: (host, port) => opensHost(host, port) || opensAddress(nameOf(host), port),
  }
}

const refusalOf = (host: string, address: string, port: number) =>
  `${host === address ? address : `${host} (${address})`} is not on the public internet, and this platform does not connect to private addresses unless its administrator opens them: ask for "${host}${port ? `:${port}` : ''}" in BIFROST_EGRESS_ALLOW, or for your organisation alone.`

const familyOf = (version: number) => (version === 4 ? 'ipv4' : 'ipv6')

/** A name as rules compare it: lower case, without the brackets of IPv6 and the dot at the end. */
const nameOf = (host: string) =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')

function publicAddresses(net: NetModule): (address: string, family: 'ipv4' | 'ipv6') => boolean {
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
  const isMapped = /^::ffff:/i
  return (address, family) =>
    !closed.check(address, family) &&
    (family === 'ipv4' || isMapped.test(address) || openV6.check(address, family))
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

/** Names of headers that carry somebody's credentials, or may. */
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
