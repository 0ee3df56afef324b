import { Worker, type WorkerOptions } from '../worker/worker.ts'
import type { createChildren } from './children.ts'
import type { Platform } from './platform.ts'

/** What executes runs in this process. */
export async function createWorker(
  { codeVersions, config, engine, linkBase, processId }: Platform,
  children: ReturnType<typeof createChildren>,
  sdkMethods: WorkerOptions['sdkMethods'],
  applyTransaction: WorkerOptions['applyTransaction'],
): Promise<Worker> {
  return new Worker({
    engine,
    pool: await children.pool(),
    codeVersions,
    sdkMethods,
    applyTransaction,
    workerId: processId,
    publicUrl: linkBase,
    stopGraceMs: config.stopGraceSeconds * 1000,
  })
}
