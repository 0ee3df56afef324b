import { routes } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { noteRun, requireRun } from '../executions/executions.ts'
import type { Histories } from './histories.ts'

export const historyRoutes = (db: Database, histories: Histories): Implementation[] => [
  implement(routes.checkHistories, (scope, { body }) => histories.checkAll(scope, body)),
  implement(routes.continueExecution, async (scope, { params, body }) => {
    const row = await requireRun(scope, db, params.id)
    const answer = await histories.continueOn(scope, row, body)
    await noteRun(scope, db, 'execution.continue', row, { version: body.version ?? null })
    return answer
  }),
]
