import { AppError, routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { ConfigStore } from './config.ts'

export const configRoutes = (config: ConfigStore): Implementation[] => [
  implement(routes.listConfig, async (scope, { query }) => ({
    items: await config.list(scope, query.scope),
  })),
  implement(routes.setConfig, (scope, { params, body }) =>
    config.set(scope, params.key, {
      value: body.value,
      isSecret: body.is_secret,
      lendBelow: body.lend_below,
      version: body.version,
    }),
  ),
  implement(routes.deleteConfig, async (scope, { params }) => {
    if (!(await config.delete(scope, params.key)))
      throw new AppError('not_found', `There is no value "${params.key}" here.`)
    return null
  }),
]
