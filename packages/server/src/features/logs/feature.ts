import { feature } from '../feature.ts'
import { logRoutes } from './routes.ts'

export const logs = feature({ create: ({ db }) => ({ routes: () => logRoutes(db) }) })
