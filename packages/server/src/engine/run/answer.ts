import { isTerminal, type StepFailure } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { lockRun } from './lock-run.ts'
import { transition } from './transition.ts'

/** What a wait is answered with. */
export interface WaitAnswer {
  /** JSON text; null for what has none: a timer, or a time that ran out. */
  output: string | null
  error?: StepFailure
  /** Who answered, for those who come second. */
  by?: string
}

/**
 * Answers a wait: the first who comes deletes its row and has answered. A run that was suspended goes back to the queue.
 * False when another answer was first. After the commit call `announceWoken`.
 */
export async function answerWait(
  query: Query,
  executionId: string,
  key: string,
  answer: WaitAnswer,
): Promise<boolean> {
  const execution = await lockRun(query, executionId)
  const [wait] = await query<{ kind: string }>(
    'delete from waits where execution_id = $1 and key = $2 returning kind',
    [executionId, key],
  )
  if (!execution || !wait) return false
  if (isTerminal(execution.status)) return true
  if (wait.kind === 'resume') await resumeStep(query, executionId, key, answer)
  // A step that waits for its next attempt is no outcome yet; its code runs again.
  else if (wait.kind !== 'retry') await completeStep(query, executionId, key, answer)
  if (execution.status === 'SUSPENDED') await requeue(query, executionId)
  return true
}

const BY_TIME = 'its time limit'

/** The step's code is called again with the answer; null as data says that the time ran out. */
async function resumeStep(query: Query, executionId: string, key: string, answer: WaitAnswer): Promise<void> {
  await query(
    `update execution_steps set status = 'resumed', resume_data = $3, answered_by = $4, answered_at = engine_now(), due_at = null
     where execution_id = $1 and key = $2`,
    [executionId, key, answer.output, answer.by ?? BY_TIME],
  )
}

/** Its place in the order it gets when the code is about to learn of it. */
async function completeStep(
  query: Query,
  executionId: string,
  key: string,
  answer: WaitAnswer,
): Promise<void> {
  await query(
    `update execution_steps set status = $3, output = $4, error = $5, answered_by = $6, ended_at = engine_now()
     where execution_id = $1 and key = $2`,
    [
      executionId,
      key,
      answer.error ? 'failed' : 'completed',
      answer.output,
      answer.error ? JSON.stringify(answer.error) : null,
      answer.by ?? null,
    ],
  )
}

// A parked run waits until a person continues it.
const NOT_PARKED = `not exists (select from waits p where p.execution_id = e.id and p.kind = 'parked')`
const CLAIMS = 'e.id, e.org_id, e.attempt, e.claims'
const REQUEUE = transition(
  { SUSPENDED: 'PENDING' },
  { where: `e.id = $1 and ${NOT_PARKED}`, returning: CLAIMS },
)

/** The same for the runs of the rows `answered`. */
export const BACK_TO_QUEUE = transition(
  { SUSPENDED: 'PENDING' },
  {
    from: '(select distinct execution_id from answered) a',
    where: `e.id = a.execution_id and ${NOT_PARKED}`,
    returning: CLAIMS,
  },
)

/** A suspended run goes back to the queue, with the claims that it has used up; one that is parked stays where it is. */
export async function requeue(query: Query, executionId: string): Promise<void> {
  await query(
    `with back as (
       ${REQUEUE}
     )
     insert into queue (execution_id, org_id, due_at, attempt, claim)
     select id, org_id, engine_now(), attempt, claims from back`,
    [executionId],
  )
}
