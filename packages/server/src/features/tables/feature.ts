import { feature } from '../feature.ts'
import { rows } from '../rows/feature.ts'
import { tableRoutes } from './routes.ts'
import { tableSdk } from './sdk.ts'
import { createTables } from './tables.ts'

export const tables = feature({
  needs: { rows },
  create({ db, log, roles }, needs) {
    const store = createTables(db, log, needs.rows)
    return {
      routes: () => tableRoutes(store),
      methods: tableSdk(store),
      start() {
        if (roles.includes('api')) store.start()
      },
      stop: () => store.stop(),
    }
  },
})
