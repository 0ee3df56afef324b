import { forgetFlow } from './flow-control/admit.ts'
import { forgetWorkers } from './lease/lease.ts'
import type { Engine } from './types.ts'

/** The daily clean-up of what only the engine keeps: dead workers, and rates and singletons that hold for no run. */
export async function forgetOld(engine: Engine): Promise<void> {
  await Promise.all([forgetWorkers(engine), forgetFlow(engine)])
}
