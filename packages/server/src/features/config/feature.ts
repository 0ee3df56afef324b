import { feature } from '../feature.ts'
import { createConfigStore } from './config.ts'
import { configRoutes } from './routes.ts'
import { configSdk } from './sdk.ts'

export const configValues = feature({
  create({ db, sealer }) {
    const store = createConfigStore(db, sealer)
    return { routes: () => configRoutes(store), methods: configSdk(store) }
  },
})
