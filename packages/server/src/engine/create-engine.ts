import { createBatcher } from '../platform/batcher.ts'
import { isUnavailable } from '../platform/database.ts'
import { Quotas } from '../tenancy/quotas.ts'
import { admit } from './flow-control/admit.ts'
import { writeSteps } from './run/journal.ts'
import { insertLogs } from './run/logs.ts'
import { updateEnds } from './run/record.ts'
import { insertExecutions } from './start/accept.ts'
import type { Engine, EngineDeps } from './types.ts'

/** Two statements under way keep both the disk and the processor busy; more only make each smaller. */
const LANES = 2
const BATCH_SIZE_MAX = 500
/** Steps and results may have megabytes each; what a statement holds is in memory several times. */
const BATCH_TEXT_MAX = 32 * 1024 * 1024

export function createEngine(deps: EngineDeps): Engine {
  const options = {
    lanes: LANES,
    sizeMax: BATCH_SIZE_MAX,
    // As long as the database answers, the fault may lie in one item, in more ways than there are codes of errors for:
    // an index entry or a nesting too large, two keys that are one in UTF-8. The others may be another organization's.
    isFaultOfItem: (error: unknown) => !isUnavailable(error),
  }
  const engine: Engine = {
    ...deps,
    localWorker: null,
    quotas: new Quotas(deps.db.query),
    accepts: createBatcher({ ...options, write: (items) => insertExecutions(deps.db, items) }),
    ends: createBatcher({
      ...options,
      weight: {
        of: (end) => (end.result?.length ?? 0) + end.variables.length,
        max: BATCH_TEXT_MAX,
      },
      write: (items) => updateEnds(deps.db, items),
    }),
    steps: createBatcher({
      ...options,
      weight: { of: (step) => step.output?.length ?? 0, max: BATCH_TEXT_MAX },
      write: (items) => writeSteps(deps.db, items),
    }),
    logs: createBatcher({ ...options, lanes: 1, write: (items) => insertLogs(deps.db, items) }),
    admissions: createBatcher({ ...options, lanes: 1, write: (items) => admit(engine, items) }),
  }
  return engine
}
