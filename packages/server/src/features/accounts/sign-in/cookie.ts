import { limits } from '@bifrost/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'

export const SESSION_COOKIE = 'bifrost_session'

const attributes = (request: FastifyRequest) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure: cameByTls(request) }) as const

export const setSessionCookie = (token: string, request: FastifyRequest, reply: FastifyReply): void => {
  reply.setCookie(SESSION_COOKIE, token, {
    ...attributes(request),
    maxAge: limits.sessionDaysMax * 24 * 60 * 60,
  })
}

export const forgetSession = (reply: FastifyReply): void => {
  reply.clearCookie(SESSION_COOKIE, { path: '/' })
}

/** Behind a proxy we are reached by plain HTTP; the browser says where its page came from. */
export const cameByTls = ({ protocol, headers }: FastifyRequest): boolean =>
  protocol === 'https' || headers.origin?.startsWith('https://') === true
