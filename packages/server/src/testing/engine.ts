import type { ExecutionStatus } from '@bifrost/contract'
import { afterAll, beforeAll } from 'vitest'
import { createEngine } from '../engine/create-engine.ts'
import { renewLease } from '../engine/lease/lease.ts'
import type { StepWrite } from '../engine/run/journal.ts'
import { startExecution } from '../engine/start/start-execution.ts'
import type { AttemptEnd, ClaimedRun, Engine, ExecutionSpec } from '../engine/types.ts'
import { type Database, openDatabase } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import { silentLog } from '../platform/log.ts'
import { createNotifier } from '../platform/notify.ts'
import { makeScope, type OrgScope } from '../platform/scope.ts'
import { useTestDatabase } from './test-database.ts'

/** The engine on a database of its own, without a worker: a test claims and ends by itself. */
export interface EngineUnderTest {
  engine: Engine
  db: Database
  organization(): Promise<OrgScope>
  /** Accepts a run; answers its id. */
  start(scope: OrgScope, spec?: Partial<ExecutionSpec>): Promise<string>
  /** A worker that lives. */
  worker(): Promise<string>
  /** Lets a worker's lease run out. */
  die(workerId: string): Promise<void>
  statusOf(id: string): Promise<ExecutionStatus | undefined>
  queued(id: string): Promise<{ worker_id: string | null; attempt: number; ready: boolean } | undefined>
}

export function useEngine(): () => EngineUnderTest {
  const database = useTestDatabase()
  let under: EngineUnderTest | undefined
  beforeAll(() => {
    const db = openDatabase(database().connection, silentLog)
    const engine = createEngine({ db, notifier: createNotifier(), newId, random: () => 0, log: silentLog })
    under = {
      engine,
      db,
      async organization() {
        const orgId = newId()
        await db.query('insert into organizations (id, name) values ($1, $2)', [orgId, `org ${orgId}`])
        return makeScope({ orgId, orgName: 'org', userId: null, email: null, name: null, role: 'member' })
      },
      start: async (scope, spec) => (await startExecution(engine, scope, specOf(spec))).executionId,
      async worker() {
        const id = newId()
        await renewLease(engine, id)
        return id
      },
      async die(workerId) {
        await db.query(`update workers set lease_until = now() - interval '1 second' where id = $1`, [
          workerId,
        ])
      },
      async statusOf(id) {
        const [row] = await db.query<{ status: ExecutionStatus }>(
          'select status from executions where id = $1',
          [id],
        )
        return row?.status
      },
      async queued(id) {
        const [row] = await db.query<{ worker_id: string | null; attempt: number; ready: boolean }>(
          'select worker_id, attempt, ready from queue where execution_id = $1',
          [id],
        )
        return row
      },
    }
  })
  afterAll(async () => {
    await under?.engine.admissions.idle()
    await under?.db.close()
  })
  return () => {
    if (!under) throw new Error('The engine is there from beforeAll on.')
    return under
  }
}

export const specOf = (spec: Partial<ExecutionSpec> = {}): ExecutionSpec => ({
  workflowId: null,
  parent: null,
  workflowName: 'work',
  type: 'workflow',
  trigger: 'test',
  codeVersion: 'v1',
  input: {},
  timeoutMs: 1000,
  retryPolicy: null,
  timeSaved: 0,
  value: 0,
  scheduledAt: null,
  idempotencyKey: null,
  durable: false,
  ...spec,
})

export const endOf = (executionId: string, claim: number, end: Partial<AttemptEnd> = {}): AttemptEnd => ({
  executionId,
  claim,
  status: 'SUCCESS',
  durationMs: 1,
  error: null,
  result: '1',
  resultKind: 'json',
  variables: '{}',
  logCount: 0,
  cpuMs: 0,
  rssBytes: 0,
  timeSaved: 0,
  value: 0,
  ...end,
})

/** What a claim writes of a step that waits; `more` says what is otherwise. */
export const stepWriteOf = (
  run: ClaimedRun,
  workerId: string,
  key: string,
  more: Partial<StepWrite> = {},
): StepWrite => ({
  key,
  name: key.split('#')[0] ?? key,
  occurrence: 1,
  branch: '',
  position: 0,
  kind: 'step',
  executionId: run.executionId,
  claim: run.claim,
  workerId,
  orgId: run.scope.orgId,
  status: 'waiting',
  ordinal: null,
  attempts: [],
  startedAt: Date.now(),
  endedAt: null,
  dueAt: null,
  output: null,
  error: null,
  hasUndo: false,
  ...more,
})
