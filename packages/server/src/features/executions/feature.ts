import { feature } from '../feature.ts'
import { files } from '../files/feature.ts'
import { workflows } from '../workflows/feature.ts'
import { forkRun, rerunWorkflow } from '../workflows/workflows.ts'
import { failedLine } from './failed-line.ts'
import { Histories } from './histories.ts'
import { executionRoutes } from './routes.ts'
import { executionSdk } from './sdk.ts'

export const executions = feature({
  needs: { files, workflows },
  create: (
    { codeVersions, db, engine, historyChecker },
    { files: { locations }, workflows: { starter, usable } },
  ) => ({
    routes: (workspace) =>
      executionRoutes({
        engine,
        failedLine: (scope, row) => failedLine({ codeVersions, mayRead: locations.mayRead }, scope, row),
        rerun: (scope, row, input, key) => rerunWorkflow(starter, scope, row, input, key),
        fork: (scope, row, request) => forkRun({ engine, codeVersions, usable }, scope, row, request),
        histories: new Histories({
          engine,
          codeVersions,
          checker: historyChecker,
          runnable: (scope, id) => workspace.runnable(scope, id),
        }),
      }),
    methods: executionSdk(db),
  }),
})
