import type { OrgScope } from '../../platform/scope.ts'
import { feature } from '../feature.ts'
import { workflows } from '../workflows/feature.ts'
import { createEndpoints } from './endpoints.ts'
import { endpointPaths } from './openapi.ts'
import { endpointRoutes } from './routes.ts'

export const endpoints = feature({
  needs: { workflows },
  create: ({ db, engine, notifier }, { workflows: { starter, usable } }) => ({
    /** The endpoints that a caller may use, as paths of an OpenAPI document. */
    value: { pathsOf: async (scope: OrgScope) => endpointPaths(await usable.list(scope)) },
    routes: () => endpointRoutes({ engine, usable, endpoints: createEndpoints(db, notifier, starter) }),
  }),
})
