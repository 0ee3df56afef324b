import { feature } from '../feature.ts'
import { files } from '../files/feature.ts'
import { workflows } from '../workflows/feature.ts'
import { forkRun, rerunWorkflow } from '../workflows/workflows.ts'
import { failedLine } from './failed-line.ts'
import { executionRoutes } from './routes.ts'
import { executionSdk } from './sdk.ts'

export const executions = feature({
  needs: { files, workflows },
  create({ codeVersions, db, engine }, { files: { locations }, workflows: { starter, usable } }) {
    const { mayRead } = locations
    return {
      routes: () =>
        executionRoutes({
          engine,
          failedLine: (scope, row) => failedLine({ codeVersions, mayRead }, scope, row),
          rerun: (scope, row, input) => rerunWorkflow(starter, scope, row, input),
          fork: (scope, row, request) => forkRun({ engine, codeVersions, usable }, scope, row, request),
        }),
      methods: executionSdk(db),
    }
  },
})
