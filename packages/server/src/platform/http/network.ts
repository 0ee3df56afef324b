import { isIPv4, isIPv6 } from 'node:net'

/** A customer of IPv6 has a whole /64 to choose addresses from, so that counts as one. */
export function networkOf(given: string): string {
  const address = plainAddress(given)
  if (!isIPv6(address) || address.includes('.')) return address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const left = head ? head.split(':') : []
  const right = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

/** A network and those beside it, which one attacker may have together: 256 addresses of IPv4, or a /64 of IPv6. */
export function neighborhoodOf(address: string): string {
  const network = networkOf(address)
  return isIPv4(network) ? network.slice(0, network.lastIndexOf('.')) : network
}

/** A socket for both kinds of addresses writes one of IPv4 as `::ffff:192.0.2.7`. */
export const plainAddress = (address: string): string => {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  return mapped !== undefined && isIPv4(mapped) ? mapped : address
}
