import { type Execution, executionCan, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { CircleStop, GitBranch, PencilLine, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../../app/api.ts'
import { useMay } from '../../../app/session.ts'
import { paths } from '../../../paths.ts'
import { Button } from '../../../ui/Button.tsx'
import { notify } from '../../../ui/notices.tsx'
import { ContinueDialog } from './ContinueDialog.tsx'

/** What can be done with the run as it stands. */
export function ExecutionActions({ execution }: { execution: Execution }) {
  const { id, status, workflow_id, workflow_name, waiting_for } = execution
  const [continuing, setContinuing] = useState(false)
  const may = useMay()
  const navigate = useNavigate()
  const client = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => api(routes.cancelExecution, { params: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['executions'] }),
    onError: notify.failure,
  })
  const rerun = useMutation({
    mutationFn: () => api(routes.rerunExecution, { params: { id }, body: {} }),
    onSuccess: async ({ execution_id }) => {
      void client.invalidateQueries({ queryKey: ['executions'] })
      await navigate({ href: paths.execution(execution_id) })
    },
    onError: notify.failure,
  })
  return (
    <>
      {may('workflow:run') && status === 'SUSPENDED' && workflow_id && (
        <Button
          look={waiting_for?.kind === 'parked' ? 'primary' : 'plain'}
          icon={GitBranch}
          onClick={() => setContinuing(true)}
        >
          {waiting_for?.kind === 'parked' ? 'Continue' : 'Version'}
        </Button>
      )}
      {continuing && <ContinueDialog execution={execution} onClose={() => setContinuing(false)} />}
      {may('execution:cancel') && executionCan('cancel', status) && (
        <Button
          look="danger"
          icon={CircleStop}
          busy={cancel.isPending}
          disabled={status === 'CANCELLING'}
          onClick={() => cancel.mutate()}
        >
          {status === 'CANCELLING' ? 'Cancelling' : 'Cancel'}
        </Button>
      )}
      {may('workflow:run') && executionCan('rerun', status) && workflow_id && (
        <Button
          icon={PencilLine}
          onClick={() => void navigate({ href: paths.workflow(workflow_name, { tab: 'run', from: id }) })}
        >
          Edit and rerun
        </Button>
      )}
      {may('workflow:run') && executionCan('rerun', status) && (
        <Button look="primary" icon={RotateCcw} busy={rerun.isPending} onClick={() => rerun.mutate()}>
          Rerun
        </Button>
      )}
    </>
  )
}
