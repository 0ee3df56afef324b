import { quotaDefaults } from '@bifrost/contract'
import { feature } from '../feature.ts'
import { rowRoutes } from './routes.ts'
import { createRows } from './rows.ts'
import { rowSdk } from './sdk.ts'

export const rows = feature({
  create({ db, engine }) {
    const store = createRows(db, ({ owner }) =>
      owner === null ? quotaDefaults.table_rows : engine.quotas.limit(owner, 'table_rows'),
    )
    return { value: store, routes: () => rowRoutes(store), methods: rowSdk(store) }
  },
})
