import { AppError, type ExecutionStatus, isTerminal, type Json } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { Engine } from '../types.ts'
import { answerWait, type WaitAnswer } from './answer.ts'
import { lockRun } from './lock-run.ts'
import { announceWoken } from './wake.ts'

export interface ResumeAnswer {
  /** The key of the step that resumes; null when the answer is kept for one that the run has not come to. */
  step: string | null
}

/** Anybody can name steps that will never be. */
const EARLY_ANSWERS_MAX = 100

/** The name under which an early answer is kept that is for whichever step suspends first. */
const ANY_STEP = ''

/**
 * Answers a step that suspended itself: the named one, or the only one that waits. The first answer counts; a second is
 * refused with who was first. One that comes before the run asks is kept for it.
 */
export async function resumeExecution(
  engine: Engine,
  scope: OrgScope,
  executionId: string,
  { data, step }: { data: Json; step?: string | undefined },
): Promise<ResumeAnswer> {
  const by = scope.name ?? scope.email ?? 'an API key'
  const resumed = await engine.db.transaction(async (query): Promise<string | null> => {
    const [own] = await query('select from executions where id = $1 and org_id = $2', [
      executionId,
      scope.orgId,
    ])
    const run = own ? await lockRun(query, executionId) : null
    if (!run) throw new AppError('not_found', 'There is no such run.')
    const waiting = await query<{ key: string }>(
      `select w.key from waits w join execution_steps s using (execution_id, key)
       where w.execution_id = $1 and w.kind = 'resume' and ($2::text is null or s.name = $2 or s.key = $2) order by s.branch, s.position`,
      [executionId, step ?? null],
    )
    if (waiting.length > 1)
      throw new AppError(
        'conflict',
        `The run is waiting at ${waiting.length} steps. Name one as "step": ${waiting.map(({ key }) => key).join(', ')}.`,
      )
    const key = waiting[0]?.key
    if (key === undefined) {
      await keepEarly(query, scope, executionId, run.status, { data, step, by })
      return null
    }
    await answerWait(query, executionId, key, { output: JSON.stringify(data), by })
    return key
  })
  if (resumed !== null) announceWoken(engine, [executionId])
  return { step: resumed }
}

async function keepEarly(
  query: Query,
  scope: OrgScope,
  executionId: string,
  status: ExecutionStatus,
  { data, step, by }: { data: Json; step: string | undefined; by: string },
): Promise<void> {
  const [answered] = await query<{ answered_by: string; answered_at: Date }>(
    `select answered_by, answered_at from execution_steps
     where execution_id = $1 and answered_at is not null and ($2::text is null or name = $2 or key = $2)
     order by answered_at desc limit 1`,
    [executionId, step ?? null],
  )
  if (answered) throw alreadyAnswered(answered)
  if (isTerminal(status))
    throw new AppError('conflict', `The run has ended (${status}); nothing waits for an answer.`)
  const kept = await query(
    `insert into early_answers (execution_id, name, org_id, data, answered_by, answered_at)
     select $1, $2, $3, $4, $5, engine_now()
     where (select count(*) from early_answers where execution_id = $1 and name <> $2) < $6
     on conflict do nothing returning execution_id`,
    [executionId, step ?? ANY_STEP, scope.orgId, JSON.stringify(data), by, EARLY_ANSWERS_MAX],
  )
  if (kept.length > 0) return
  const [earlier] = await query<{ answered_by: string; answered_at: Date }>(
    'select answered_by, answered_at from early_answers where execution_id = $1 and name = $2 and org_id = $3',
    [executionId, step ?? ANY_STEP, scope.orgId],
  )
  if (earlier) throw alreadyAnswered(earlier)
  throw new AppError(
    'conflict',
    `${EARLY_ANSWERS_MAX} answers are already kept for steps that this run has not reached. No more are accepted.`,
  )
}

/** The answer of one who comes second: who was first, and when. */
export function alreadyAnswered({
  answered_by: by,
  answered_at: at,
}: {
  answered_by: string
  answered_at: Date
}): AppError {
  const when = at.toISOString()
  return new AppError('conflict', `${by} already answered it at ${when}.`, {
    answered_by: by,
    answered_at: when,
  })
}

/** The answer that was kept for a step that suspends now. */
export async function takeEarlyResume(
  query: Query,
  executionId: string,
  step: { name: string; key: string },
): Promise<WaitAnswer | null> {
  const [early] = await query<{ data_text: string; answered_by: string }>(
    `delete from early_answers where execution_id = $1 and name = (
       select name from early_answers where execution_id = $1 and name in ($2, $3, $4)
       order by name <> $3, name = $4 limit 1)
     returning data::text as data_text, answered_by`,
    [executionId, step.name, step.key, ANY_STEP],
  )
  return early ? { output: early.data_text, by: early.answered_by } : null
}
