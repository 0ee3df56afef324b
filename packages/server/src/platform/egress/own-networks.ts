import { networkInterfaces } from 'node:os'

/** The addresses of this machine, as networks: where its own ports are reached. */
export function ownNetworks(): string[] {
  const own = Object.values(networkInterfaces()).flatMap((one) => one ?? [])
  return ['127.0.0.0/8', '0.0.0.0/8', '::1', '::', ...own.map(({ address }) => address)]
}
