import { accounts } from '../accounts/feature.ts'
import { factors } from '../factors/feature.ts'
import { feature } from '../feature.ts'
import { peopleSignInRoutes } from './people-routes.ts'
import { signInRoutes } from './routes.ts'
import { createSignIn } from './sign-in.ts'

export const signIn = feature({
  needs: { accounts, factors },
  create: ({ db, linkBase }, needs) => ({
    routes() {
      const { authenticator } = needs.accounts
      const parts = { db, ...needs.accounts, ...needs.factors }
      return [
        ...signInRoutes({ ...parts, signIn: createSignIn(parts) }),
        ...peopleSignInRoutes({ db, authenticator, linkBase }),
      ]
    },
  }),
})
