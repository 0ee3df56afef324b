import { AppError, limits, routes, validationError } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { countTasks, findScreen, listTasks } from './queries.ts'
import { isWaiting, summaryOf, type TaskRow } from './rows.ts'
import type { ScreenPages } from './screen-pages.ts'
import type { Tasks } from './tasks.ts'

export const taskRoutes = (db: Database, tasks: Tasks, screens: ScreenPages): Implementation[] => [
  implement(routes.listTasks, async (scope, { query }) => {
    const limit = query.limit ?? limits.pageSizeDefault
    const status = query.status ?? ['open', 'claimed']
    const rows = await listTasks(scope, db, {
      status,
      assignee: query.assignee ?? 'all',
      execution: query.execution,
      after: query.cursor === undefined ? null : readCursor(query.cursor),
      limit: limit + 1,
    })
    const items = rows.slice(0, limit)
    const last = items.at(-1)
    return {
      items: items.map((row) => summaryOf(scope, row)),
      next_cursor: rows.length > limit && last ? cursorOf(last, status.every(isWaiting)) : null,
    }
  }),
  implement(routes.countTasks, (scope) => countTasks(scope, db)),
  implement(routes.getTask, (scope, { params }) => tasks.get(scope, params.id)),
  implement(routes.getTaskScreen, async (scope, { params }, { reply }) => {
    const row = await findScreen(scope, db, params.id)
    const page = row && (await screens.page(row))
    if (!page) throw new AppError('not_found', 'There is no such screen.')
    await reply.code(200).headers(page.headers).send(page.html)
    return undefined
  }),
  implement(routes.claimTask, (scope, { params }) => tasks.claim(scope, params.id)),
  implement(routes.releaseTask, (scope, { params }) => tasks.release(scope, params.id)),
  implement(routes.completeTask, (scope, { params, body }) => tasks.complete(scope, params.id, body.output)),
  implement(routes.cancelTask, (scope, { params, body }) =>
    tasks.cancel(scope, params.id, body.comment ?? null),
  ),
  implement(routes.sendBackTask, (scope, { params, body }) =>
    tasks.sendBack(scope, params.id, body.to ?? null, body.comment),
  ),
  implement(routes.commentTask, (scope, { params, body }) => tasks.comment(scope, params.id, body.text)),
  implement(routes.saveTaskDraft, (scope, { params, body }) => tasks.saveDraft(scope, params.id, body.draft)),
]

/** Where the next page continues: `<due>_<id>`; without a due date, or by age, `_<id>`. */
const cursorOf = (row: TaskRow, byDue: boolean) =>
  `${byDue && row.due_at ? row.due_at.toISOString() : ''}_${row.id}`

function readCursor(text: string): { due: string | null; id: string } {
  const [, due = '', id = ''] = /^([\d:.TZ-]*)_([0-9a-f-]{36})$/.exec(text) ?? []
  if (id === '' || (due !== '' && Number.isNaN(Date.parse(due))))
    throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page' }])
  return { due: due || null, id }
}
