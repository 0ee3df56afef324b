import { feature } from '../feature.ts'
import { Histories } from './histories.ts'
import { historyRoutes } from './routes.ts'

export const histories = feature({
  create({ codeVersions, db, engine, historyChecker, workspace }) {
    const store = new Histories({
      engine,
      codeVersions,
      checker: historyChecker,
      runnable: (scope, id) => workspace.runnable(scope, id),
    })
    return { value: store, routes: () => historyRoutes(db, store) }
  },
})
