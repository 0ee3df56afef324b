import { createBatcher } from '../platform/batcher.ts'
import { isDataError } from '../platform/database.ts'
import { insertExecutions } from './accept.ts'
import { admit } from './admit.ts'
import type { Engine, EngineDeps } from './engine.ts'
import { writeSteps } from './journal.ts'
import { insertLogs } from './logs.ts'
import { updateEnds } from './record.ts'

/** Two statements under way keep both the disk and the processor busy; more only make each smaller. */
const LANES = 2
const BATCH_SIZE_MAX = 500

export function createEngine(deps: EngineDeps): Engine {
  const options = { lanes: LANES, sizeMax: BATCH_SIZE_MAX, isFaultOfItem: isDataError }
  const engine: Engine = {
    ...deps,
    localWorker: null,
    accepts: createBatcher({ ...options, write: (items) => insertExecutions(deps.db, items) }),
    ends: createBatcher({ ...options, write: (items) => updateEnds(deps.db, items) }),
    steps: createBatcher({ ...options, write: (items) => writeSteps(deps.db, items) }),
    logs: createBatcher({ ...options, lanes: 1, write: (items) => insertLogs(deps.db, items) }),
    admissions: createBatcher({ ...options, lanes: 1, write: (items) => admit(engine, items) }),
  }
  return engine
}
