import { feature } from '../feature.ts'
import { contextSdk } from './context.ts'
import { sdkRoutes } from './routes.ts'

export const sdkCalls = feature({
  create: ({ db, sdkMethods }) => ({ routes: () => sdkRoutes(db, sdkMethods()), methods: contextSdk }),
})
