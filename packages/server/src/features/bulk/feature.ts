import { feature } from '../feature.ts'
import { histories } from '../histories/feature.ts'
import { workflows } from '../workflows/feature.ts'
import { rerunWorkflow } from '../workflows/workflows.ts'
import { Bulk } from './bulk.ts'
import { bulkRoutes } from './routes.ts'

export const bulk = feature({
  needs: { histories, workflows },
  create: ({ engine }, { histories: moves, workflows: { starter } }) => ({
    routes: () =>
      bulkRoutes(
        new Bulk({
          engine,
          rerun: (scope, row, key) => rerunWorkflow(starter, scope, row, undefined, key),
          continueParked: (scope, row) => moves.continueOn(scope, row, { version: 'original' }),
        }),
      ),
  }),
})
