import { feature } from '../feature.ts'
import { viewRoutes } from './routes.ts'
import { createViews } from './views.ts'

export const views = feature({
  create: ({ db }) => ({ routes: () => viewRoutes(createViews(db)) }),
})
