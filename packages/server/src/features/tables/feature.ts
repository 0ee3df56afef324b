import { quotaDefaults } from '@bifrost/contract'
import { feature } from '../feature.ts'
import { tableRoutes } from './routes.ts'
import { tableSdk } from './sdk.ts'
import { createTableStore } from './tables.ts'

export const tables = feature({
  create({ db, engine, log, roles }) {
    const store = createTableStore(db, log, ({ owner }) =>
      owner === null ? quotaDefaults.table_rows : engine.quotas.limit(owner, 'table_rows'),
    )
    return {
      value: { apply: store.apply },
      routes: () => tableRoutes(store),
      methods: tableSdk(store),
      start() {
        if (roles.includes('api')) store.start()
      },
      stop: () => store.stop(),
    }
  },
})
