import { limits } from '@bifrost/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'

export const SESSION_COOKIE = 'bifrost_session'

/**
 * By https the name says that no other host may have set the cookie: a browser takes one with this prefix only from the
 * host itself, so a page of a neighboring name cannot put its own in the place of it.
 */
const HOST_PREFIX = '__Host-'

export const nameOf = (request: FastifyRequest, name: string): string =>
  cameByTls(request) ? HOST_PREFIX + name : name

/** The value of a cookie of this host, else of one that was set before by http. */
export const cookieOf = (request: FastifyRequest, name: string): string | undefined =>
  request.cookies[HOST_PREFIX + name] ?? request.cookies[name]

export const sessionCookieOf = (request: FastifyRequest): string | undefined =>
  cookieOf(request, SESSION_COOKIE)

export const setSessionCookie = (token: string, request: FastifyRequest, reply: FastifyReply): void => {
  const name = nameOf(request, SESSION_COOKIE)
  reply.setCookie(name, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: cameByTls(request),
    maxAge: limits.sessionDaysMax * 24 * 60 * 60,
  })
  if (name !== SESSION_COOKIE && request.cookies[SESSION_COOKIE])
    reply.clearCookie(SESSION_COOKIE, { path: '/' })
}

export const forgetSession = (reply: FastifyReply): void => {
  reply.clearCookie(SESSION_COOKIE, { path: '/' })
  reply.clearCookie(HOST_PREFIX + SESSION_COOKIE, { path: '/', secure: true })
}

/** Behind a proxy we are reached by plain HTTP; the browser says where its page came from. */
export const cameByTls = ({ protocol, headers }: FastifyRequest): boolean =>
  protocol === 'https' || headers.origin?.startsWith('https://') === true
