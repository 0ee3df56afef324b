import { routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { Views } from './views.ts'

export const viewRoutes = (views: Views): Implementation[] => [
  implement(routes.listViews, async (scope, { query }) => ({ items: await views.list(scope, query.list) })),
  implement(routes.createView, (scope, { body }) => views.create(scope, body)),
  implement(routes.updateView, (scope, { params, body }) => views.change(scope, params.id, body)),
  implement(routes.deleteView, async (scope, { params }) => {
    await views.remove(scope, params.id)
    return null
  }),
]
