import { accounts } from '../accounts/feature.ts'
import { feature } from '../feature.ts'
import { createFactors } from './factors.ts'
import { createPasskeys } from './passkeys.ts'
import { factorRoutes } from './routes.ts'

export const factors = feature({
  needs: { accounts },
  create({ db, ownAddress, sealer }, { accounts: { authenticator, limits } }) {
    const store = createFactors(db, sealer)
    const passkeys = createPasskeys(db, ownAddress)
    return {
      value: { factors: store, passkeys },
      routes: () => factorRoutes({ db, factors: store, passkeys, limits, authenticator }),
    }
  },
})
