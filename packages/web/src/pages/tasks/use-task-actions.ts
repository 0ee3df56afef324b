import { type Json, routes, type Task } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../../app/api.ts'
import { notify } from '../../ui/notices.tsx'
import { taskQueries } from './queries.ts'

/** What can be done with a task. Each puts the task as it is afterwards on the page, and has the lists read again. */
export function useTaskActions(id: string) {
  const client = useQueryClient()
  const params = { id }
  // One after the other: an answer that is sent with its draft would find the draft refused, since the task is over.
  const scope = { id: `task:${id}` }
  const changed = async (task: Task) => {
    client.setQueryData(taskQueries.one(id).queryKey, task)
    await client.invalidateQueries({ queryKey: ['tasks', 'list'] })
    await client.invalidateQueries({ queryKey: ['tasks', 'count'] })
  }
  // Another person was first, or the run continued: the page shows what is.
  const reread = () => void client.invalidateQueries({ queryKey: taskQueries.one(id).queryKey })
  const failed = (error: Error) => {
    notify.failure(error)
    reread()
  }
  return {
    claim: useMutation({
      scope,
      mutationFn: () => api(routes.claimTask, { params }),
      onSuccess: changed,
      onError: failed,
    }),
    release: useMutation({
      scope,
      mutationFn: () => api(routes.releaseTask, { params }),
      onSuccess: changed,
      onError: failed,
    }),
    complete: useMutation({
      scope,
      mutationFn: (output: Json) => api(routes.completeTask, { params, body: { output } }),
      onSuccess: async (task) => {
        notify.done('Answered; the run continues')
        await changed(task)
      },
      onError: reread,
    }),
    cancel: useMutation({
      scope,
      mutationFn: (comment: string) =>
        api(routes.cancelTask, { params, body: comment === '' ? {} : { comment } }),
      onSuccess: changed,
      onError: failed,
    }),
    sendBack: useMutation({
      scope,
      mutationFn: ({ to, comment }: { to: string; comment: string }) =>
        api(routes.sendBackTask, { params, body: { to, comment } }),
      onSuccess: changed,
      onError: failed,
    }),
    comment: useMutation({
      scope,
      mutationFn: (text: string) => api(routes.commentTask, { params, body: { text } }),
      onSuccess: changed,
      onError: failed,
    }),
    saveDraft: useMutation({
      scope,
      mutationFn: (draft: Json) => api(routes.saveTaskDraft, { params, body: { draft } }),
      onSuccess: changed,
      onError: failed,
    }),
  }
}
