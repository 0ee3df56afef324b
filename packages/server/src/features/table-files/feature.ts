import { feature } from '../feature.ts'
import { rows } from '../rows/feature.ts'
import { tableFileRoutes } from './routes.ts'
import { createTransfers } from './transfers.ts'

export const tableFiles = feature({
  needs: { rows },
  create: ({ db }, needs) => ({ routes: () => tableFileRoutes(createTransfers(db, needs.rows)) }),
})
