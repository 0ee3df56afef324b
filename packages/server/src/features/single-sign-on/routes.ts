import { routes, type SignInProblem } from '@bifrost/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { OwnAddress } from '../../platform/http/own-address.ts'
import type { Log } from '../../platform/log.ts'
import {
  type Authenticator,
  auditFailedSignIn,
  cameByTls,
  enter,
  giveStep,
  type KnownDevices,
  type SignInLimits,
  takeStep,
} from '../accounts/accounts.ts'
import { accountOf } from './arrivals.ts'
import { type OpenId, reasonOf, SignOnError } from './open-id.ts'
import { findProvider, providersFor } from './providers.ts'

interface Parts {
  db: Database
  authenticator: Authenticator
  openId: OpenId
  limits: SignInLimits
  devices: KnownDevices
  ownAddress: OwnAddress
  log: Log
}

/** Ties the way to the provider and back to one browser: a link that an attacker prepared leads nowhere. */
const WAY_COOKIE = 'bifrost_sso'
const WAY_MINUTES = 15

/** Signing in with an identity provider. Browsers come here by links, so mistakes end on the sign-in page. */
export function singleSignOnRoutes({
  db,
  authenticator,
  openId,
  limits,
  devices,
  ownAddress,
  log,
}: Parts): Implementation[] {
  const redirectUri = (request: FastifyRequest) => `${ownAddress(request)}${routes.finishSingleSignOn.path}`
  const wayCookie = (request: FastifyRequest) =>
    ({
      path: '/api/auth/sso',
      httpOnly: true,
      sameSite: 'lax',
      secure: cameByTls(request),
    }) as const
  const turnBack = (reply: FastifyReply, problem: SignInProblem) =>
    reply.redirect(`/sign-in?${new URLSearchParams({ problem })}`)

  return [
    implement(routes.listSignInProviders, async (_scope, { query }) => ({
      items: await providersFor(db.query, query.email?.toLowerCase().split('@')[1] ?? null),
    })),

    implement(routes.startSingleSignOn, async (_scope, { params, query }, { request, reply }) => {
      try {
        const passed = await limits.takeAddress('sso', request.ip)
        const provider = await findProvider(db.query, params.id)
        if (!provider?.is_active) throw new SignOnError('no_provider')
        const { url, remember } = await openId.depart(provider, redirectUri(request))
        const data = { ...remember, provider: provider.id, next: ownPath(query.next) }
        const { token } = await giveStep(db.query, 'sso', { userId: null, data }, WAY_MINUTES)
        reply.setCookie(WAY_COOKIE, token, { ...wayCookie(request), maxAge: WAY_MINUTES * 60 })
        await passed()
        reply.redirect(url)
      } catch (error) {
        log.warn({ err: error, provider: params.id }, 'a redirect to an identity provider failed')
        turnBack(reply, codeOf(error) ?? 'provider_unreachable')
      }
      return undefined
    }),

    implement(routes.finishSingleSignOn, async (_scope, _input, exchange) => {
      const { request, reply } = exchange
      const token = request.cookies[WAY_COOKIE]
      reply.clearCookie(WAY_COOKIE, wayCookie(request))
      let name: string | null = null
      try {
        const step = token ? await takeStep(db.query, 'sso', token) : null
        if (!step) throw new SignOnError('took_too_long')
        const { provider: id = '', state = '', nonce = '', verifier = '', next = '/' } = step.data
        const provider = await findProvider(db.query, id)
        if (!provider?.is_active) throw new SignOnError('no_provider')
        name = provider.name
        const here = new URL(request.url, ownAddress(request))
        const claims = await openId.arrive(provider, here, { state, nonce, verifier })
        const account = await accountOf(db, provider, claims, request)
        await enter({ db, authenticator, devices }, exchange, account, 'sso')
        reply.redirect(next)
      } catch (error) {
        log.warn({ err: error, provider: name }, 'a sign-in with an identity provider failed')
        await auditFailedSignIn(db, request, null, {
          email: null,
          method: 'sso',
          why: `${name}: ${reasonOf(error)}`,
        })
        turnBack(reply, codeOf(error) ?? 'failed')
      }
      return undefined
    }),
  ]
}

const codeOf = (error: unknown): SignInProblem | null => (error instanceof SignOnError ? error.code : null)

/** A path of our own pages; a link must not lead elsewhere after a sign-in. */
export function ownPath(next: string | undefined): string {
  if (!next?.startsWith('/') || /[\\\p{Cc}]/u.test(next)) return '/'
  const url = URL.parse(next, 'http://here.invalid')
  return url?.origin === 'http://here.invalid' ? url.pathname + url.search + url.hash : '/'
}
