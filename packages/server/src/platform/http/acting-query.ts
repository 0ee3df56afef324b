import { ACTING_HEADERS, AppError } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** For which organization and as which user the request acts, where it could send no headers to say so. */
    actingQuery?: { scope: string | undefined; user: string | undefined }
  }
}

const NAMES: readonly string[] = Object.values(ACTING_HEADERS)

/**
 * Takes out of the query for which organization the request acts, before it is checked against the route's schema. What is
 * said there acts or is refused: ignored, it would be done for another organization than the caller meant.
 */
export function takeActingQuery(request: FastifyRequest): void {
  const query = request.query as Record<string, unknown>
  const said = Object.keys(query).filter((name) => NAMES.includes(name.toLowerCase()))
  if (said.length === 0) return
  for (const name of said) refuseUnclear(name, query[name], request)
  const { [ACTING_HEADERS.scope]: scope, [ACTING_HEADERS.user]: user, ...own } = query
  request.actingQuery = { scope: scope as string | undefined, user: user as string | undefined }
  request.query = own
}

function refuseUnclear(name: string, value: unknown, { method, headers }: FastifyRequest): void {
  const header = name.toLowerCase()
  if (method !== 'GET' && method !== 'HEAD')
    throw new AppError(
      'bad_request',
      `The query parameter ${name} is for GET requests only. Send ${header} as a header with this request.`,
    )
  if (name !== header) throw new AppError('bad_request', `Write the query parameter ${name} as ${header}.`)
  if (typeof value !== 'string') throw new AppError('bad_request', `Give the query parameter ${name} once.`)
  if (headers[header] !== undefined && headers[header] !== value)
    throw new AppError(
      'bad_request',
      `The header ${header} and the query parameter of that name differ. Send only the header.`,
    )
}
