import { z } from 'zod'
import { limits } from '../limits.ts'
import { Json } from '../parameters.ts'
import { route } from '../route.ts'
import { Task, TaskStatus, TaskSummary } from '../task.ts'
import { Cursor, Id, Limit, page } from './common.ts'

const tag = 'Tasks'
const Comment = z.string().max(4000).regex(/\S/, 'must not be empty')

export const taskRoutes = {
  listTasks: route({
    method: 'GET',
    path: '/api/tasks',
    permission: 'task:read',
    tag,
    summary: 'List tasks: waiting tasks by due date, others newest first',
    query: z.strictObject({
      status: z
        .array(TaskStatus)
        .max(5)
        .optional()
        .describe('Repeat for several; open and claimed when absent'),
      assignee: z
        .enum(['me', 'unclaimed', 'all'])
        .optional()
        .describe('me: assigned to me or claimed by me; unclaimed: I could claim them; all (default)'),
      execution: z.uuid().optional().describe('Of one run'),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(TaskSummary),
  }),
  countTasks: route({
    method: 'GET',
    path: '/api/tasks/count',
    permission: 'task:read',
    tag,
    summary: 'Get how many tasks wait for you',
    response: z.object({ mine: z.int(), unclaimed: z.int(), overdue: z.int() }),
  }),
  getTask: route({
    method: 'GET',
    path: '/api/tasks/{id}',
    permission: 'task:read',
    tag,
    summary: 'Get one task with the content of its screen',
    params: Id,
    response: Task,
  }),
  getTaskScreen: route({
    method: 'GET',
    path: '/api/tasks/{id}/screen',
    permission: 'task:read',
    tag,
    summary: 'Get the page with the React component of a task, for a sandboxed frame',
    description:
      'HTML with an opaque origin and without network access, from the code version that the run began with.',
    params: Id,
    transport: 'download',
    response: z.string(),
  }),
  claimTask: route({
    method: 'POST',
    path: '/api/tasks/{id}/claim',
    permission: 'task:work',
    tag,
    summary: 'Claim a task, so that no one else works on it',
    params: Id,
    response: Task,
  }),
  releaseTask: route({
    method: 'POST',
    path: '/api/tasks/{id}/release',
    permission: 'task:work',
    tag,
    summary: 'Release a task that you claimed',
    params: Id,
    response: Task,
  }),
  completeTask: route({
    method: 'POST',
    path: '/api/tasks/{id}/complete',
    permission: 'task:work',
    bodyBytesMax: limits.bodyBytesMax,
    tag,
    summary: 'Answer a task; the run continues with the answer',
    description:
      'An answer that does not fit the fields is 422 with the field errors, and the task stays open. The first answer counts: a later one is 409 with who was first and when.',
    params: Id,
    body: z.strictObject({ output: Json }),
    response: Task,
  }),
  cancelTask: route({
    method: 'POST',
    path: '/api/tasks/{id}/cancel',
    permission: 'task:work',
    tag,
    summary: 'Decline a task; the screen throws in the run',
    params: Id,
    body: z.strictObject({ comment: Comment.optional() }),
    response: Task,
  }),
  sendBackTask: route({
    method: 'POST',
    path: '/api/tasks/{id}/send-back',
    permission: 'task:work',
    tag,
    summary: 'Send the run back to an earlier screen',
    description: 'Everything from that screen on is done again.',
    params: Id,
    body: z.strictObject({
      to: z.string().min(1).max(1000).optional().describe('Key of the screen; the previous one when absent'),
      comment: Comment.describe('Shown to the people who get that screen'),
    }),
    response: Task,
  }),
  commentTask: route({
    method: 'POST',
    path: '/api/tasks/{id}/comment',
    permission: 'task:work',
    tag,
    summary: 'Add a comment to a task',
    params: Id,
    body: z.strictObject({ text: Comment }),
    response: Task,
  }),
  saveTaskDraft: route({
    method: 'POST',
    path: '/api/tasks/{id}/draft',
    permission: 'task:work',
    bodyBytesMax: limits.bodyBytesMax,
    tag,
    summary: 'Save a draft of an answer',
    params: Id,
    body: z.strictObject({ draft: Json }),
    response: Task,
  }),
} as const
