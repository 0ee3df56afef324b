import { accounts } from '../accounts/feature.ts'
import { feature } from '../feature.ts'
import { createDeviceLogins } from './device-login.ts'
import { deviceRoutes } from './routes.ts'

export const deviceLogin = feature({
  needs: { accounts },
  create: ({ db, linkBase }, { accounts: { authenticator, limits } }) => ({
    routes: () => deviceRoutes({ authenticator, deviceLogins: createDeviceLogins(db), limits, linkBase }),
  }),
})
