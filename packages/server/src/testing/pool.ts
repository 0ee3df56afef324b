import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { makeDataDir } from '../platform/data-dir.ts'
import { newId } from '../platform/ids.ts'
import { silentLog } from '../platform/log.ts'
import type { Child } from '../worker/child.ts'
import { type ChildHome, makeChildHome } from '../worker/child-home.ts'
import { Pool, type PoolOptions } from '../worker/pool.ts'
import { spawnChild } from '../worker/spawn-child.ts'

/** Makes pools with real processes, which end with the test. */
export function usePools(): (options?: Partial<PoolOptions>) => Pool {
  let folder: string
  let home: ChildHome
  const pools: Pool[] = []
  beforeAll(async () => {
    folder = mkdtempSync('/tmp/bifrost-pool-')
    makeDataDir(folder)
    home = await makeChildHome(folder)
  })
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.stop()
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return (options = {}) => {
    const pool = new Pool({
      spawn: (index, language) => spawnChild(home, index, language),
      log: silentLog,
      childrenMax: 6,
      idleMs: 60_000,
      ...options,
    })
    pools.push(pool)
    return pool
  }
}

export interface PoolOutcome {
  how: 'done' | 'failed' | 'suspended' | 'lost' | 'loadFailed'
  value: unknown
  child: Child | null
}

/** Runs a function of hand-written code; `orgId` and the code decide which child. */
export function startIn(
  pool: Pool,
  source: string,
  options: { orgId?: string; shareHolder?: string; timeoutMs?: number; input?: Record<string, unknown> } = {},
) {
  let begun: (child: Child) => void = () => {}
  const started = new Promise<Child>((resolve) => {
    begun = resolve
  })
  const outcome = new Promise<PoolOutcome>((resolve) => {
    let child: Child | null = null
    const end = (how: PoolOutcome['how']) => (value: unknown) => resolve({ how, value, child })
    pool.run({
      orgId: options.orgId ?? 'org',
      shareHolder: options.shareHolder ?? options.orgId ?? 'org',
      code: {
        version: `v${createHash('sha256').update(source).digest('hex')}`,
        source: `export const run = ${source}`,
        path: 'test.ts',
      },
      message: {
        target: { exportName: 'run', arguments: [], parameters: [], metadata: {} },
        input: options.input ?? {},
        context: {
          executionId: newId(),
          workflowId: null,
          workflowName: 'run',
          orgId: options.orgId ?? 'org',
          orgName: 'Org',
          userId: null,
          email: null,
          name: null,
          isPlatformAdmin: false,
          isGlobalScope: false,
          publicUrl: 'http://localhost',
          organization: { slug: 'one', isProvider: false, parent: null },
          attempt: 1,
          timeSaved: 0,
          value: 0,
        },
        timeoutMs: options.timeoutMs ?? 0,
        durable: false,
        journal: [],
        lastAttempt: true,
        undo: false,
      },
      events: {
        started: (by) => {
          child = by
          begun(by)
        },
        log() {},
        call() {},
        stepStarted() {},
        undoing() {},
        stepEnded() {},
        wait() {},
        suspended: end('suspended'),
        checked() {},
        columns() {},
        done: (message) => end('done')(JSON.parse(message.result)),
        failed: (message) => end('failed')(message.failure.message),
        lost: end('lost'),
        loadFailed: (failure) => end('loadFailed')(failure.message),
      },
    })
  })
  return { started, outcome }
}
