import { feature } from '../feature.ts'
import { workflows } from '../workflows/feature.ts'
import { createEvents } from './events.ts'
import { pruneEvents } from './prune.ts'
import { eventRoutes } from './routes.ts'
import { eventSdk } from './sdk.ts'

export const events = feature({
  needs: { workflows },
  create({ config, db, engine, workspace }, { workflows: { starter } }) {
    const store = createEvents({ engine, workspace, starter })
    return {
      routes: () => eventRoutes(db, store),
      methods: eventSdk(store),
      jobs: [store.job],
      cleanup: () => pruneEvents(db.query, config.eventDays),
      stop: () => store.stop(),
    }
  },
})
