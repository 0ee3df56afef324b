import { AppError, routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { ConfigStore } from './config.ts'

export const configRoutes = (config: ConfigStore): Implementation[] => [
  implement(routes.listConfig, async (scope) => ({ items: await config.list(scope) })),
  implement(routes.setConfig, (scope, { params, body }) =>
    config.set(scope, params.key, body.value, body.is_secret ?? false),
  ),
  implement(routes.deleteConfig, async (scope, { params }) => {
    if (!(await config.delete(scope, params.key)))
      throw new AppError('not_found', `There is no value "${params.key}".`)
    return null
  }),
]
