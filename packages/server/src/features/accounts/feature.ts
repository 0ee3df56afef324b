import { feature } from '../feature.ts'
import { createAccounts } from './accounts.ts'
import { createAuthenticator } from './authenticate.ts'
import { accountRoutes } from './routes.ts'
import { pruneSignIns } from './sign-in/sessions.ts'
import { signInImplementations } from './sign-in-parts.ts'

export const accounts = feature({
  create(context) {
    const { config, db, notifier, roles } = context
    const store = createAccounts(db, config)
    const authenticator = createAuthenticator(db, notifier, config.publicUrl)
    let setupPath: string | null = null
    return {
      value: { ...authenticator, setupPath: () => setupPath },
      routes: () => [
        ...accountRoutes(db, store, authenticator),
        ...signInImplementations({ ...context, authenticator }),
      ],
      cleanup: () => pruneSignIns(db),
      async prepare() {
        if (roles.includes('api')) setupPath = (await store.prepare()).setupPath
      },
    }
  },
})
