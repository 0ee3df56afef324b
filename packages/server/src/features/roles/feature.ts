import { feature } from '../feature.ts'
import { users } from '../users/feature.ts'
import { resourceNames } from './resources.ts'
import { createRoles } from './roles.ts'
import { roleRoutes } from './routes.ts'
import { roleSdk } from './sdk.ts'

export const roles = feature({
  needs: { users },
  create({ db, workspace }, { users: { get } }) {
    const store = createRoles({ db, person: get, resources: resourceNames(db, workspace) })
    return { routes: () => roleRoutes(store), methods: roleSdk(store) }
  },
})
