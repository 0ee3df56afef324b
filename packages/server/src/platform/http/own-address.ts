import type { FastifyRequest } from 'fastify'

/** Where people reach the platform, as an address without a slash at its end. */
export type OwnAddress = (request: FastifyRequest) => string

/**
 * What addresses are made of that people are sent to, or sent back to: the setting, else what a trusted proxy says. Who
 * merely sends a request says nothing of it in its Host header, but which name of this machine was used.
 */
export function createOwnAddress(publicUrl: string | null, localUrl: () => string): OwnAddress {
  return (request) => {
    if (publicUrl !== null) return publicUrl
    const { protocol, host, hostname, ips } = request
    const isThroughProxy = ips !== undefined && ips.length > 1
    return isThroughProxy || isOfThisMachine(hostname) ? `${protocol}://${host}` : localUrl()
  }
}

const isOfThisMachine = (name: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(name)
