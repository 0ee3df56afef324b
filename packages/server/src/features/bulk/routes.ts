import { routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { Bulk } from './bulk.ts'

export const bulkRoutes = (bulk: Bulk): Implementation[] => [
  implement(routes.bulkExecutions, (scope, { body }) =>
    bulk.start(scope, body.action, body.filter, body.dry_run ?? false),
  ),
  implement(routes.getBulkProgress, (scope, { params }) => bulk.progress(scope, params.id)),
]
