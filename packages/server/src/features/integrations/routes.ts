import { AppError, limits, routes, validationError } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'
import type { Egress } from '../../platform/egress/egress.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { OwnAddress } from '../../platform/http/own-address.ts'
import { isUuid } from '../../platform/ids.ts'
import type { Connecting } from './connect.ts'
import type { Integrations } from './integrations.ts'
import type { Mappings } from './mappings.ts'
import type { AllowOf } from './oauth.ts'
import { tryOut } from './try-out.ts'
import type { IntegrationUse } from './use.ts'
import { mappingView } from './view.ts'

export function integrationRoutes(parts: {
  integrations: Integrations
  mappings: Mappings
  connecting: Connecting
  use: IntegrationUse
  egress: Egress
  allowOf: AllowOf
  ownAddress: OwnAddress
  /** The session of a request: its token may change between the way out and the way back. */
  sessionOf(request: FastifyRequest): string | undefined
}): Implementation[] {
  const { integrations, mappings, connecting, use, egress, allowOf, ownAddress, sessionOf } = parts
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
        mapping_provider: null,
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
    implement(routes.listIntegrationMappings, async (scope, { params, query }) => {
      const { cursor, limit = limits.pageSizeMax, ...filter } = query
      if (cursor !== undefined && !isUuid(cursor))
        throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page' }])
      const rows = await mappings.list(scope, params.id, { ...filter, after: cursor, limit: limit + 1 })
      const items = rows.slice(0, limit).map(mappingView)
      return { items, next_cursor: rows.length > limit ? (items.at(-1)?.organization_id ?? null) : null }
    }),
    implement(routes.putIntegrationMappings, async (scope, { params, body }) => ({
      items: (await mappings.put(scope, params.id, body.mappings)).map(mappingView),
    })),
    implement(routes.deleteIntegrationMapping, async (scope, { params }) => {
      await mappings.remove(scope, params.id, params.organization_id)
      return null
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
