import { feature } from '../feature.ts'
import { createEgressAllowance } from './egress.ts'
import { egressRoutes } from './routes.ts'

export const egress = feature({
  create(context) {
    const { config } = context
    const allowance = createEgressAllowance(context)
    return {
      /** What an organization may reach beside the public internet and what the installation allows. */
      value: { allowOf: allowance.of },
      routes: () => egressRoutes(allowance, config.egressAllow),
      prepare: () => allowance.start(),
      close: () => allowance.stop(),
    }
  },
})
