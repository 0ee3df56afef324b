import { accounts } from '../accounts/feature.ts'
import { feature } from '../feature.ts'
import { createInvitations } from './invitations.ts'
import { invitationOutbox } from './outbox.ts'
import { userRoutes } from './routes.ts'
import { userSdk } from './sdk.ts'
import { createUsers } from './users.ts'

export const users = feature({
  needs: { accounts },
  create({ db, notifier, publicUrl, sendsMail }, { accounts: { authenticator } }) {
    const store = createUsers({ db, forget: authenticator.forget })
    const onMail = () => notifier.publish('mail')
    return {
      value: { get: store.get },
      routes: () => userRoutes(store, createInvitations({ db, sendsMail, publicUrl, onMail })),
      methods: userSdk(store),
      outbox: invitationOutbox(db, publicUrl),
    }
  },
})
