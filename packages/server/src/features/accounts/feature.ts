import { feature } from '../feature.ts'
import { createAuthenticator } from './authenticate.ts'
import { accountRoutes } from './routes.ts'
import { createKnownDevices } from './sessions/known-devices.ts'
import { pruneSignIns } from './sessions/sessions.ts'
import { createAccounts } from './set-up.ts'
import { createSignInLimits } from './sign-in-limits.ts'

export const accounts = feature({
  create({ config, db, notifier, roles, sealer }) {
    const store = createAccounts(db, config)
    const authenticator = createAuthenticator(db, notifier, config.publicUrl)
    let setupPath: string | null = null
    return {
      value: {
        authenticator,
        devices: createKnownDevices(sealer),
        /** All ways to sign in share them. */
        limits: createSignInLimits(),
        setupPath: () => setupPath,
      },
      routes: () => accountRoutes(db, store, authenticator),
      cleanup: () => pruneSignIns(db),
      async prepare() {
        if (roles.includes('api')) setupPath = (await store.prepare()).setupPath
      },
    }
  },
})
