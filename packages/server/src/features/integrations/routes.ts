import { AppError, routes } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'
import type { Egress } from '../../platform/egress/egress.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { OwnAddress } from '../../platform/http/own-address.ts'
import type { Connecting } from './connect.ts'
import type { Integrations } from './integrations.ts'
import type { AllowOf } from './oauth.ts'
import { tryOut } from './try-out.ts'
import type { IntegrationUse } from './use.ts'

export function integrationRoutes(parts: {
  integrations: Integrations
  connecting: Connecting
  use: IntegrationUse
  egress: Egress
  allowOf: AllowOf
  ownAddress: OwnAddress
  /** The session of a request: its token may change between the way out and the way back. */
  sessionOf(request: FastifyRequest): string | undefined
}): Implementation[] {
  const { integrations, connecting, use, egress, allowOf, ownAddress, sessionOf } = parts
  return [
    implement(routes.listIntegrations, async (scope, { query }) => ({
      items: await integrations.list(scope, query.scope),
    })),
    implement(routes.createIntegration, async (scope, { body }, { request }) => {
      const id = await integrations.create(scope, {
        description: '',
        hosts: [],
        auth_settings: {},
        config_fields: [],
        test_path: '/',
        ...body,
      })
      return integrations.view(scope, id, ownAddress(request))
    }),
    implement(routes.getIntegration, (scope, { params }, { request }) =>
      integrations.view(scope, params.id, ownAddress(request)),
    ),
    implement(routes.updateIntegration, async (scope, { params, body }, { request }) => {
      await integrations.update(scope, params.id, body)
      return integrations.view(scope, params.id, ownAddress(request))
    }),
    implement(routes.deleteIntegration, async (scope, { params, query }) => {
      await integrations.delete(scope, params.id, query.force ?? false)
      return null
    }),
    implement(routes.configureIntegration, async (scope, { params, body }, { request }) => {
      await integrations.configure(scope, params.id, body)
      return integrations.view(scope, params.id, ownAddress(request))
    }),
    implement(routes.disconnectIntegration, async (scope, { params }) => {
      await integrations.disconnect(scope, params.id)
      return null
    }),
    implement(routes.connectIntegration, async (scope, { params }, { request }) => {
      const session = sessionOf(request)
      if (!session || scope.userId === null)
        throw new AppError(
          'bad_request',
          'Connecting requires a browser with a signed-in user. Open the page of the integration.',
        )
      return { url: await connecting.begin(scope, params.id, session, ownAddress(request)) }
    }),
    implement(routes.finishConnect, async (_scope, { query }, { request, reply }) => {
      const answer = Object.fromEntries(
        Object.entries(query).filter(([, value]) => value !== undefined),
      ) as Record<string, string>
      const to = await connecting.finish({ query: answer, sessionToken: sessionOf(request) })
      // What comes back has a code in its address, which no one else may see.
      reply.header('referrer-policy', 'no-referrer').header('cache-control', 'no-store').redirect(to, 303)
      return undefined
    }),
    implement(routes.testIntegration, (scope, { params }) =>
      tryOut(scope, params.id, use, egress, allowOf(scope.orgId)),
    ),
  ]
}
