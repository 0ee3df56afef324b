import { accounts } from '../accounts/feature.ts'
import { egress } from '../egress/feature.ts'
import { feature } from '../feature.ts'
import { integrationOutbox } from './outbox.ts'
import { createIntegrationParts } from './parts.ts'
import { integrationRoutes } from './routes.ts'
import { integrationSdk } from './sdk.ts'

export const integrations = feature({
  needs: { accounts, egress },
  create(context, { accounts: { authenticator }, egress: { allowOf } }) {
    const { db, ownAddress, publicUrl } = context
    const parts = createIntegrationParts({ ...context, allowOf })
    return {
      routes: () => integrationRoutes({ ...parts, ownAddress, sessionOf: authenticator.sessionOf }),
      methods: integrationSdk(db, context.sealer, parts),
      outbox: integrationOutbox(db, publicUrl),
    }
  },
})
