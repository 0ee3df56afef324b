import { AppError, type ExecutionStatus, isTerminal } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { Engine } from '../types.ts'
import { answerWait, type WaitAnswer } from './answer.ts'
import { requestCancel } from './cancel.ts'
import { announceWoken } from './wake.ts'

interface EndedRow {
  status: ExecutionStatus
  workflow_name: string
  result_text: string | null
  error_type: string | null
  error_message: string | null
  parent_id: string | null
  parent_key: string | null
}

const ENDED = `status, workflow_name, result::text as result_text, error_type, error_message, parent_id, parent_key`

/**
 * How a run ended, as the run that waits for it reads it; null until it has ended. It answers only about a run that the
 * waiting run has started: the id comes from the child process, which may send any.
 */
export async function childAnswer(
  query: Query,
  parentId: string,
  childId: string,
): Promise<WaitAnswer | null> {
  const [child] = await query<EndedRow>(
    `select ${ENDED} from executions where id = $1 and parent_id = $2 and parent_key is not null`,
    [childId, parentId],
  )
  if (!child) throw new AppError('not_found', 'There is no such run among those that this run has started.')
  return isTerminal(child.status) ? answerOf(childId, child) : null
}

/** A run that reports a failure by its result has a result: the caller sees it. */
function answerOf(childId: string, child: EndedRow): WaitAnswer {
  if (child.status === 'SUCCESS' || child.status === 'COMPLETED_WITH_ERRORS')
    return { output: child.result_text ?? 'null' }
  const why = child.error_message ? `: ${child.error_message}` : '.'
  return {
    output: null,
    error: {
      type: child.error_type ?? 'Error',
      message: `The run of ${child.workflow_name} (${childId}) ended ${child.status}${why}`,
      stack: '',
    },
  }
}

const ROWS_MAX = 200

/**
 * Tells the runs that an end concerns: the parent that waits gets the result, and children that no run waits for any more
 * are cancelled. Whatever is not told now is told by the next pass; telling twice changes nothing.
 */
export async function announceEnds(engine: Engine): Promise<number> {
  const ended = await engine.db.prepared<{ execution_id: string }>(
    'run_ends',
    `select execution_id from run_ends limit ${ROWS_MAX}`,
    [],
  )
  for (const { execution_id } of ended) await announceEnd(engine, execution_id)
  return ended.length
}

async function announceEnd(engine: Engine, executionId: string): Promise<void> {
  const told = await engine.db.transaction(async (query) => {
    const [row] = await query<EndedRow>(`select ${ENDED} from executions where id = $1`, [executionId])
    const answered =
      row?.parent_id &&
      row.parent_key !== null &&
      (await answerWait(query, row.parent_id, row.parent_key, answerOf(executionId, row)))
    const orphans = await query<{ id: string }>(
      `select id from executions where parent_id = $1 and parent_key is not null and ended_at is null`,
      [executionId],
    )
    await query('delete from run_ends where execution_id = $1', [executionId])
    return { parent: answered ? row.parent_id : null, orphans }
  })
  if (told.parent) announceWoken(engine, [told.parent])
  for (const { id } of told.orphans) await requestCancel(engine, id)
}
