import { feature } from '../feature.ts'
import { files } from '../files/feature.ts'
import { rolesGranting } from '../roles/roles.ts'
import { createUsableWorkflows } from './access.ts'
import { createExecutor } from './execute.ts'
import { workflowRoutes } from './routes.ts'
import { workflowSdk } from './sdk.ts'
import { createRunStarter } from './start-run.ts'

export const workflows = feature({
  needs: { files },
  create({ codeVersions, db, engine, notifier, usesOf, workspace: catalog }, { files: { locations } }) {
    const usable = createUsableWorkflows({ db, notifier, workspace: catalog, rolesGranting })
    const starter = createRunStarter(engine, catalog, usable)
    const executor = createExecutor(engine, starter)
    return {
      value: { usable, starter, executor },
      routes: (workspace) =>
        workflowRoutes({ engine, workspace, locations, starter, executor, usable, usedBy: usesOf }),
      methods: workflowSdk({ engine, usable, starter }),
      cleanup: () => codeVersions.prune(),
    }
  },
})
