import { accounts } from '../accounts/feature.ts'
import { feature } from '../feature.ts'
import { createOrganizations } from './organizations.ts'
import { organizationRoutes } from './routes.ts'
import { organizationSdk } from './sdk.ts'

export const organizations = feature({
  needs: { accounts },
  create({ db, notifier }, { accounts: { authenticator } }) {
    const onChange = () => notifier.publish('organizations')
    const store = createOrganizations({ db, forget: authenticator.forget, onChange })
    return { routes: () => organizationRoutes(store), methods: organizationSdk(store) }
  },
})
