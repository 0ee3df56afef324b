import { accounts } from '../accounts/feature.ts'
import { feature } from '../feature.ts'
import { createOpenId } from './open-id.ts'
import { providerRoutes } from './provider-routes.ts'
import { singleSignOnRoutes } from './routes.ts'

export const singleSignOn = feature({
  needs: { accounts },
  create: ({ db, egress, log, ownAddress, sealer }, needs) => ({
    routes() {
      const openId = createOpenId(
        sealer,
        (allow) => (url, init) => egress.fetch(String(url), init, { allow }),
      )
      return [
        ...singleSignOnRoutes({ db, log, ownAddress, openId, ...needs.accounts }),
        ...providerRoutes({ db, openId, ownAddress, sealer }),
      ]
    },
  }),
})
