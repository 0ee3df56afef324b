import { routes, type Schedule } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../../app/api.ts'
import { paths } from '../../paths.ts'
import { notify } from '../../ui/notices.tsx'

/** What can be done with a schedule, wherever it is shown. */
export function useScheduleActions() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const refresh = () => client.invalidateQueries({ queryKey: ['schedules'] })

  const pause = useMutation({
    mutationFn: ({ id, paused }: { id: string; paused: boolean }) =>
      api(routes.updateSchedule, { params: { id }, body: { paused } }),
    // The switch moves with the click; the answer comes later.
    onMutate: ({ id, paused }) =>
      client.setQueriesData<Schedule[]>({ queryKey: ['schedules', 'list'] }, (items) =>
        items?.map((item) => (item.id === id ? { ...item, paused } : item)),
      ),
    onError: notify.failure,
    onSettled: refresh,
  })
  const run = useMutation({
    mutationFn: (id: string) => api(routes.runSchedule, { params: { id } }),
    onSuccess: async ({ execution_id }) => {
      void refresh()
      await navigate({ href: paths.execution(execution_id) })
    },
    onError: notify.failure,
  })
  const remove = useMutation({
    mutationFn: (id: string) => api(routes.deleteSchedule, { params: { id } }),
    onSuccess: async () => {
      await refresh()
      notify.done('Schedule deleted')
    },
    onError: notify.failure,
  })
  return { pause, run, remove, refresh }
}
