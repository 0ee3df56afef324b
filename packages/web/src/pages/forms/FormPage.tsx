import { type RouteAnswer, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ArrowRight, Pencil } from 'lucide-react'
import { useMemo, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { formatDateTime } from '../../format.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { Page } from '../../ui/Page.tsx'
import { InlineProblem } from '../../ui/states.tsx'
import { executionQueries } from '../executions/queries.ts'
import { ResultView, resultKindOf } from '../executions/ResultView.tsx'
import { StatusBadge } from '../executions/StatusBadge.tsx'
import { now, planOf, type When } from '../workflows/run-plan.ts'
import { WhenToRun } from '../workflows/WhenToRun.tsx'
import { FillForm } from './fill/FillForm.tsx'
import { type Answers, ownFormClient } from './fill/form-client.ts'
import { formQueries } from './queries.ts'

type Sent = RouteAnswer<typeof routes.submitForm>

/** A form to fill in, and what became of it. */
export function FormPage() {
  const { id } = useParams({ from: '/shell/forms/$id' })
  const form = useSuspenseQuery(formQueries.one(id)).data
  const may = useMay()
  const cache = useQueryClient()
  const client = useMemo(() => ownFormClient(id), [id])
  const [when, setWhen] = useState<When>(now)
  const [whenProblem, setWhenProblem] = useState<string | null>(null)
  const [round, setRound] = useState(0)
  const submit = useMutation({
    mutationFn: (body: {
      fields: Answers
      startup_handle?: string
      scheduled_at?: string
      delay_seconds?: number
    }) => api(routes.submitForm, { params: { id }, body }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['executions'] }),
  })
  const send = (fields: Answers, handle: string | undefined) => {
    const plan = planOf(when, Date.now())
    setWhenProblem(plan.ok ? null : plan.problem)
    if (plan.ok) submit.mutate({ fields, ...(handle && { startup_handle: handle }), ...plan.body })
  }
  return (
    <Page
      title={form.name}
      lead={form.description}
      width="narrow"
      actions={
        may('form:write') && (
          <ButtonLink icon={Pencil} to="/forms/$id/edit" params={{ id }}>
            Edit
          </ButtonLink>
        )
      }
    >
      {submit.data ? (
        <SentForm
          sent={submit.data}
          onAgain={() => {
            submit.reset()
            setWhen(now)
            setRound(round + 1)
          }}
        />
      ) : (
        <FillForm
          key={round}
          form={form}
          client={client}
          busy={submit.isPending}
          failed={submit.error}
          onSubmit={send}
        >
          {form.allow_schedule && <WhenToRun when={when} onChange={setWhen} problem={whenProblem} />}
        </FillForm>
      )}
    </Page>
  )
}

const lookMs = 1000

/** The run that a submission started, until it has ended. */
function SentForm({ sent, onAgain }: { sent: Sent; onAgain: () => void }) {
  const may = useMay()
  const run = useQuery({
    ...executionQueries.one(sent.execution_id),
    enabled: may('execution:read'),
    refetchInterval: ({ state }) => (state.data?.ended_at ? false : lookMs),
  }).data
  return (
    <section aria-label="Submitted" aria-live="polite">
      <p className="text-lg font-medium whitespace-pre-line">{sent.message}</p>
      <div className="mt-4 rounded-lg border border-line">
        <div className="flex min-h-12 flex-wrap items-center gap-3 px-4 py-2">
          <StatusBadge status={run?.status ?? sent.status} />
          {run?.scheduled_at && run.status === 'SCHEDULED' && (
            <span className="text-sm text-muted">at {formatDateTime(run.scheduled_at)}</span>
          )}
          <ButtonLink
            look="quiet"
            size="sm"
            icon={ArrowRight}
            className="ml-auto"
            to="/history/$id"
            params={{ id: sent.execution_id }}
          >
            Open the run
          </ButtonLink>
        </div>
        {run?.ended_at && (run.error || run.result !== null) && (
          <div className="border-t border-line p-4">
            {run.error && <InlineProblem>{run.error.message}</InlineProblem>}
            {run.result !== null && <ResultView result={run.result} kind={resultKindOf(run.result)} />}
          </div>
        )}
      </div>
      <Button className="mt-5" onClick={onAgain}>
        Fill it in again
      </Button>
    </section>
  )
}
