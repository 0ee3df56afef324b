import { routes } from '@bifrost/contract'
import { implement } from '../../platform/http/implement.ts'
import { feature } from '../feature.ts'
import { createPackages } from './packages.ts'

export const packages = feature({
  create(context) {
    const made = createPackages(context)
    return {
      routes: () => [
        implement(routes.listPythonPackages, async (scope) => ({ items: await made.list(scope) })),
        implement(routes.retryPythonPackages, async (scope) => ({ items: await made.retry(scope) })),
      ],
    }
  },
})
