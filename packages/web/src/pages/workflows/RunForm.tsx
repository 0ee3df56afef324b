import { type ExecuteAnswer, type Json, routes, type Workflow } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import { api } from '../../app/api.ts'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { formatDateTime } from '../../format.ts'
import { ParameterField } from '../../parameter-form/ParameterField.tsx'
import { FormProvider, useParameterForm } from '../../parameter-form/use-parameter-form.ts'
import { paths } from '../../paths.ts'
import { Button } from '../../ui/Button.tsx'
import { notify } from '../../ui/notices.tsx'
import { InlineProblem } from '../../ui/states.tsx'
import { EarlierInputs } from './EarlierInputs.tsx'
import { now, planOf, type When } from './run-plan.ts'
import { SyncResult } from './SyncResult.tsx'
import { WhenToRun } from './WhenToRun.tsx'

const submitKey = /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘ Enter' : 'Ctrl Enter'

/** The form that the function's signature gives, and what becomes of it. */
export function RunForm({
  workflow,
  earlier,
}: {
  workflow: Workflow
  earlier?: Record<string, Json> | undefined
}) {
  const form = useParameterForm(workflow.parameters, earlier)
  const [when, setWhen] = useState<When>(now)
  const [whenProblem, setWhenProblem] = useState<string | null>(null)
  const element = useRef<HTMLFormElement>(null)
  const navigate = useNavigate()
  const client = useQueryClient()
  const sync = workflow.execution_mode === 'sync'
  const answersHere = sync && when.kind === 'now'

  const execute = useMutation({
    mutationFn: (input: Record<string, Json>) =>
      api(routes.executeWorkflow, { params: { id: workflow.name }, body: { input } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['executions'] }),
    onError: (error) => form.refuse(fieldErrorsOf(error)),
  })
  const queue = useMutation({
    mutationFn: (body: { input: Record<string, Json>; scheduled_at?: string; delay_seconds?: number }) =>
      api(routes.runWorkflow, { params: { id: workflow.name }, body }),
    onSuccess: async ({ execution_id }, { scheduled_at }) => {
      void client.invalidateQueries({ queryKey: ['executions'] })
      if (scheduled_at) notify.done(`Will run at ${formatDateTime(scheduled_at)}.`)
      await navigate({ href: paths.execution(execution_id) })
    },
    onError: (error) => form.refuse(fieldErrorsOf(error)),
  })
  const failed = execute.error ?? queue.error
  const busy = execute.isPending || queue.isPending

  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (busy || form.uploading) return
    const plan = planOf(when, Date.now())
    setWhenProblem(plan.ok ? null : plan.problem)
    const input = form.submit()
    if (!input || !plan.ok) return focusFirstProblem(element.current)
    execute.reset()
    queue.reset()
    if (answersHere) execute.mutate(input)
    else queue.mutate({ input, ...plan.body })
  }

  return (
    <div className="grid grid-cols-1 gap-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,17rem)]">
      <div className="min-w-0">
        <FormProvider value={form.state}>
          <form
            ref={element}
            noValidate
            onSubmit={submit}
            aria-label={`Run ${workflow.name}`}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                event.preventDefault()
                submit()
              }
            }}
            className="flex flex-col gap-5"
          >
            {workflow.parameters.length === 0 && (
              <p className="text-muted">This {typeNoun(workflow)} takes no input.</p>
            )}
            {workflow.parameters.map((parameter, at) => (
              <ParameterField
                key={parameter.name}
                parameter={parameter}
                path={String(at)}
                value={form.values[at] ?? null}
                onChange={(value) => form.setValue(at, value)}
              />
            ))}
            {form.general.length > 0 && (
              <InlineProblem>
                {form.general.map(({ field, message }) => (
                  <p key={field + message}>
                    <code className="font-mono">{field}</code> {message}
                  </p>
                ))}
              </InlineProblem>
            )}
            {failed && fieldErrorsOf(failed).length === 0 && (
              <InlineProblem>{explain(failed).message}</InlineProblem>
            )}
            <div className="flex flex-wrap items-start gap-3 border-t border-line pt-4">
              <Button
                type="submit"
                look="primary"
                icon={Play}
                busy={busy}
                disabled={form.uploading}
                title={submitKey}
              >
                {when.kind === 'now' ? 'Run' : 'Schedule the run'}
              </Button>
              {!sync && <WhenToRun when={when} onChange={setWhen} problem={whenProblem} />}
              <kbd className="ml-auto hidden self-center font-mono text-2xs text-faint sm:block">
                {submitKey}
              </kbd>
            </div>
          </form>
        </FormProvider>
        {(execute.isPending || execute.data) && (
          <SyncResult
            answer={execute.data as ExecuteAnswer | undefined}
            startedAt={execute.submittedAt}
            pending={execute.isPending}
          />
        )}
      </div>
      <EarlierInputs workflow={workflow} onPick={form.fill} />
    </div>
  )
}

const typeNoun = ({ type }: Workflow) =>
  type === 'data_provider' ? 'data provider' : type === 'tool' ? 'tool' : 'workflow'

function focusFirstProblem(form: HTMLFormElement | null) {
  requestAnimationFrame(() => {
    const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]')
    const place = field ?? form?.querySelector<HTMLElement>('[id$="-problem"], [role="alert"]')
    place?.scrollIntoView({ block: 'center' })
    field?.focus({ preventScroll: true })
  })
}
