import { AppError, type Route } from '@bifrost/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Answers where no route is: 405 with the methods that the address does have, else 404. */
export function nothingHere(
  routes: readonly Route[],
): (request: FastifyRequest, reply: FastifyReply) => never {
  const known = routes.map(({ method, path }) => ({
    method,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  }))
  return (request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    if (methods.length === 0) throw new AppError('not_found', 'This address does not exist.')
    reply.header('allow', methods.join(', '))
    throw new AppError('method_not_allowed', `Use ${methods.join(' or ')} here, not ${request.method}.`)
  }
}
