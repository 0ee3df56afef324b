import { feature } from '../feature.ts'
import { taskJob } from './attention.ts'
import { taskOutbox } from './outbox.ts'
import { taskRoutes } from './routes.ts'
import { createScreenPages } from './screen-pages.ts'
import { taskSdk } from './sdk.ts'
import { createTasks } from './tasks.ts'

export const tasks = feature({
  create: ({ codeVersions, db, engine, publicUrl, screenRuntime }) => ({
    routes: () => taskRoutes(db, createTasks(engine), createScreenPages(codeVersions, screenRuntime)),
    methods: taskSdk(db),
    jobs: [taskJob(engine)],
    outbox: taskOutbox(db, publicUrl),
  }),
})
