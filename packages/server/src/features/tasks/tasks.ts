import { AppError, type Json, limits, type Task, type TaskAction, validationError } from '@bifrost/contract'
import {
  announceRewound,
  announceWoken,
  answerWait,
  type Engine,
  lockWait,
  rewindRun,
  type WaitAnswer,
} from '../../engine/engine.ts'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { checkedAnswer } from './answer.ts'
import { addComment, claim, close, findTask, keepDraft, noteSentBack, release } from './queries.ts'
import { actionsOf, type TaskDetailRow, taskOf } from './rows.ts'

/** What people do with the tasks that runs wait for. */
export interface Tasks {
  get(scope: OrgScope, id: string): Promise<Task>
  claim(scope: OrgScope, id: string): Promise<Task>
  release(scope: OrgScope, id: string): Promise<Task>
  complete(scope: OrgScope, id: string, output: Json): Promise<Task>
  cancel(scope: OrgScope, id: string, comment: string | null): Promise<Task>
  /** To the screen with this key, or to the one that was answered last. */
  sendBack(scope: OrgScope, id: string, to: string | null, comment: string): Promise<Task>
  comment(scope: OrgScope, id: string, text: string): Promise<Task>
  saveDraft(scope: OrgScope, id: string, draft: Json): Promise<Task>
}

export function createTasks(engine: Engine): Tasks {
  const { db } = engine

  const find = async (
    scope: OrgScope,
    id: string,
    query: Query = db.as(scope).query,
  ): Promise<TaskDetailRow> => {
    const row = await findTask(scope, query, id)
    if (!row) throw new AppError('not_found', 'There is no such task.')
    return row
  }

  /** The task as it is after what was done to it. */
  const after = async (scope: OrgScope, id: string): Promise<Task> => {
    const row = await find(scope, id)
    engine.notifier.publish('tasks')
    engine.notifier.publish(`execution:${row.execution_id}`)
    return taskOf(scope, row)
  }

  /** Ends the wait with an answer and the task with it, or neither. */
  const answer = async (
    scope: OrgScope,
    id: string,
    action: 'complete' | 'cancel',
    answerOf: (row: TaskDetailRow) => WaitAnswer,
    comment: string | null,
  ): Promise<Task> => {
    const { execution_id: executionId, key } = await find(scope, id)
    await db.transaction(async (query) => {
      await lockWait(query, executionId, key)
      const row = await find(scope, id, query)
      requireAction(scope, row, action)
      const given = answerOf(row)
      await close(scope, query, id, action === 'complete' ? 'done' : 'cancelled', given.output, comment)
      if (!(await answerWait(query, executionId, key, { ...given, by: nameOf(scope) }))) throw tooLate(row)
    })
    announceWoken(engine, [executionId])
    return after(scope, id)
  }

  return {
    get: async (scope, id) => taskOf(scope, await find(scope, id)),
    async claim(scope, id) {
      const row = await find(scope, id)
      if (row.status !== 'claimed' || row.claimed_by !== scope.userId) {
        requireAction(scope, row, 'claim')
        if (!(await claim(scope, db, id))) throw tooLate(await find(scope, id))
      }
      return after(scope, id)
    },
    async release(scope, id) {
      const row = await find(scope, id)
      if (row.status !== 'open') {
        requireAction(scope, row, 'release')
        if (!(await release(scope, db, id))) throw tooLate(await find(scope, id))
      }
      return after(scope, id)
    },
    async complete(scope, id, output) {
      if (Buffer.byteLength(JSON.stringify(output ?? null)) > limits.stepOutputBytesMax)
        throw validationError([
          { field: 'output', message: 'is larger than 8 MB; upload a file and answer with its name' },
        ])
      const text = (row: TaskDetailRow) => JSON.stringify(checkedAnswer(row.fields, output ?? null))
      return answer(scope, id, 'complete', (row) => ({ output: text(row) }), null)
    },
    cancel: (scope, id, comment) =>
      answer(
        scope,
        id,
        'cancel',
        (row) => ({
          output: null,
          error: {
            type: 'ScreenCancelledError',
            message: `${nameOf(scope)} declined "${row.title}"${comment === null ? '.' : `: ${comment}`}`,
            stack: '',
          },
        }),
        comment,
      ),
    async sendBack(scope, id, to, comment) {
      const { execution_id: executionId, key } = await find(scope, id)
      const rewound = await db.transaction(async (query) => {
        await lockWait(query, executionId, key)
        const row = await find(scope, id, query)
        requireAction(scope, row, 'send_back')
        const target = earlierScreen(row, to)
        await close(scope, query, id, 'cancelled', null, comment, 'sent_back')
        await noteSentBack(scope, query, executionId, target.key, comment)
        const why = `${nameOf(scope)} sent the run back from "${row.title}" to "${target.title}": ${comment}`
        const done = await rewindRun(query, executionId, key, target.key, why)
        if (!done)
          throw new AppError('conflict', 'The run is working at the moment. Try again when it waits.')
        return done
      })
      await announceRewound(engine, rewound)
      return after(scope, id)
    },
    async comment(scope, id, text) {
      requireAction(scope, await find(scope, id), 'comment')
      if (!(await addComment(scope, db, id, text, limits.taskCommentsMax)))
        throw new AppError('conflict', `The task already has ${limits.taskCommentsMax} comments.`)
      return after(scope, id)
    },
    async saveDraft(scope, id, draft) {
      requireAction(scope, await find(scope, id), 'complete')
      if (JSON.stringify(draft ?? null).length > limits.taskDraftBytesMax)
        throw validationError([
          { field: 'draft', message: `is larger than ${limits.taskDraftBytesMax / 1024} KB` },
        ])
      if (!(await keepDraft(scope, db, id, draft ?? null))) throw tooLate(await find(scope, id))
      return taskOf(scope, await find(scope, id))
    },
  }
}

function earlierScreen({ earlier }: TaskDetailRow, to: string | null): TaskDetailRow['earlier'][number] {
  const target = to === null ? earlier.at(-1) : earlier.find(({ key }) => key === to)
  if (target) return target
  const known = earlier.map(({ key }) => key).join(', ')
  throw validationError([
    {
      field: 'to',
      message: known
        ? `is not an answered screen of this run; there are ${known}`
        : 'no screen was answered before this one',
    },
  ])
}

/** 409 for what is over, 403 for tasks of another person. */
function requireAction(scope: OrgScope, row: TaskDetailRow, action: TaskAction): void {
  if (actionsOf(scope, row).includes(action)) return
  if (row.status === 'open') throw new AppError('forbidden', 'This task is assigned to another person.')
  if (row.status === 'claimed' && action !== 'claim')
    throw new AppError('forbidden', `${row.claimed_name ?? 'Another person'} has claimed this task.`)
  throw tooLate(row)
}

/** Who was first, and when. */
function tooLate(row: TaskDetailRow): AppError {
  const at = row.closed_at?.toISOString() ?? null
  const by = row.closed_by === null ? null : { id: row.closed_by, name: row.closed_name ?? 'Former user' }
  const details = { status: row.status, by, at }
  switch (row.status) {
    case 'done':
      return new AppError('conflict', `${by?.name ?? 'Another person'} answered this task at ${at}.`, details)
    case 'expired':
      return new AppError('conflict', `The time for this task ran out at ${at}.`, details)
    case 'cancelled':
      return new AppError(
        'conflict',
        by ? `${by.name} declined this task at ${at}.` : `The run stopped waiting for this task at ${at}.`,
        details,
      )
    case 'claimed':
      return new AppError(
        'conflict',
        `${row.claimed_name ?? 'Another person'} has claimed this task.`,
        details,
      )
    case 'open':
      return new AppError(
        'conflict',
        'The run does not wait for this task at the moment. Try again.',
        details,
      )
  }
}

const nameOf = (scope: OrgScope): string => scope.name ?? scope.email ?? 'Unknown user'
