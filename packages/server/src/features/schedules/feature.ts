import { createScheduleJob } from '../../engine/engine.ts'
import { feature } from '../feature.ts'
import { workflows } from '../workflows/feature.ts'
import { scheduleRoutes } from './routes.ts'

export const schedules = feature({
  needs: { workflows },
  create({ engine }, { workflows: { starter } }) {
    const job = createScheduleJob(engine, starter.start)
    return {
      routes: (workspace) => scheduleRoutes({ engine, workspace, starter }),
      jobs: [job],
      stop: () => job.idle(),
    }
  },
})
