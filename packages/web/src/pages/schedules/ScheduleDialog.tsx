import { type Json, routes, type Schedule, type WorkflowSummary } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { ParameterField } from '../../parameter-form/ParameterField.tsx'
import { FormProvider, useParameterForm } from '../../parameter-form/use-parameter-form.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { notify } from '../../ui/notices.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { InlineProblem } from '../../ui/states.tsx'
import { workflowQueries } from '../workflows/queries.ts'
import { Choice, type Policies, PolicyFields } from './PolicyFields.tsx'
import { ownTimezone } from './schedule-words.ts'
import { type Times, TimesFields } from './TimesFields.tsx'

/** Makes a schedule, or changes one that was made here. */
export function ScheduleDialog({
  schedule,
  workflow,
  onClose,
}: {
  schedule: Schedule | null
  /** The workflow to begin with. */
  workflow?: string | undefined
  onClose: () => void
}) {
  const workflows = useQuery(workflowQueries.list())
  const [name, setName] = useState(schedule?.workflow.name ?? workflow ?? '')
  const [times, setTimes] = useState<Times>({
    cron: schedule?.cron ?? '0 7 * * 1-5',
    timezone: schedule?.timezone ?? ownTimezone(),
  })
  const [policies, setPolicies] = useState<Policies>({
    overlap: schedule?.overlap ?? 'skip',
    catch_up: schedule?.catch_up ?? 'latest',
  })
  const choices = (workflows.data?.items ?? []).filter(({ type }) => type !== 'data_provider')
  const chosen = choices.find((one) => one.name === name)
  return (
    <Dialog
      title={schedule ? `Edit the schedule of ${schedule.workflow.name}` : 'Add a schedule'}
      onClose={onClose}
      className="w-[min(38rem,calc(100vw-2rem))]"
    >
      <QueryView query={workflows} rows={4}>
        {() => (
          <div className="grid gap-4">
            {!schedule && (
              <Choice
                label="Workflow"
                value={name}
                options={[['', 'Choose a workflow'], ...choices.map((one) => [one.name, one.name] as const)]}
                onChange={setName}
                autoFocus={name === ''}
              />
            )}
            {schedule && !chosen && (
              <InlineProblem tone="warn">
                Its workflow is missing at the moment, so the input cannot be changed.
              </InlineProblem>
            )}
            <ScheduleForm
              key={chosen?.id ?? ''}
              schedule={schedule}
              workflow={chosen}
              times={times}
              onTimes={setTimes}
              policies={policies}
              onPolicies={setPolicies}
              onClose={onClose}
            />
          </div>
        )}
      </QueryView>
    </Dialog>
  )
}

/** With the fields of one workflow; another workflow is another form. */
function ScheduleForm({
  schedule,
  workflow,
  times,
  onTimes,
  policies,
  onPolicies,
  onClose,
}: {
  schedule: Schedule | null
  workflow: WorkflowSummary | undefined
  times: Times
  onTimes: (times: Times) => void
  policies: Policies
  onPolicies: (policies: Policies) => void
  onClose: () => void
}) {
  const client = useQueryClient()
  const parameters = workflow?.parameters ?? []
  const form = useParameterForm(parameters, schedule?.input)
  const save = useMutation({
    mutationFn: (input: Record<string, Json>) => {
      const body = { ...times, ...policies, ...(workflow ? { input } : {}) }
      return schedule
        ? api(routes.updateSchedule, { params: { id: schedule.id }, body })
        : api(routes.createSchedule, { body: { workflow: workflow?.name ?? '', ...body } })
    },
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: ['schedules'] })
      notify.done(schedule ? 'Schedule saved' : `Schedule for ${saved.workflow.name} created`)
      onClose()
    },
    onError: (error) =>
      form.refuse(
        fieldErrorsOf(error)
          .filter(({ field }) => field.startsWith('input.'))
          .map(({ field, message }) => ({ field: field.slice('input.'.length), message })),
      ),
  })
  const problems = fieldErrorsOf(save.error)
  const problemOf = (name: string) => problems.find(({ field }) => field === name)?.message

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const input = form.submit()
    if (input && !save.isPending && !form.uploading) save.mutate(input)
  }
  return (
    <FormProvider value={form.state}>
      <form onSubmit={submit} noValidate className="grid gap-4" aria-label="Schedule">
        {save.isError && problems.length === 0 && (
          <InlineProblem>{explain(save.error).message}</InlineProblem>
        )}
        <TimesFields
          times={times}
          onChange={onTimes}
          problems={{ cron: problemOf('cron'), timezone: problemOf('timezone') }}
        />
        <PolicyFields policies={policies} onChange={onPolicies} />
        {parameters.length > 0 && (
          <fieldset className="grid gap-4 border-t border-line pt-3">
            <legend className="sr-only">Input</legend>
            <p aria-hidden className="text-sm font-semibold text-muted">
              Input
            </p>
            {parameters.map((parameter, at) => (
              <ParameterField
                key={parameter.name}
                parameter={parameter}
                path={String(at)}
                value={form.values[at] ?? null}
                onChange={(value) => form.setValue(at, value)}
              />
            ))}
          </fieldset>
        )}
        {form.general.map(({ field, message }) => (
          <InlineProblem key={field + message}>
            <code className="font-mono">{field}</code> {message}
          </InlineProblem>
        ))}
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            busy={save.isPending}
            disabled={form.uploading || (!schedule && !workflow)}
          >
            {schedule ? 'Save' : 'Add'}
          </Button>
        </div>
      </form>
    </FormProvider>
  )
}
