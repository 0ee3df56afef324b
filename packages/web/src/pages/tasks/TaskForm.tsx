import type { Json, Parameter, Task } from '@bifrost/contract'
import { Check } from 'lucide-react'
import { type FormEvent, useEffect, useRef } from 'react'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { ParameterField } from '../../parameter-form/ParameterField.tsx'
import { FormProvider, useParameterForm } from '../../parameter-form/use-parameter-form.ts'
import { Button } from '../../ui/Button.tsx'
import { InlineProblem } from '../../ui/states.tsx'

/** A screen without a component: the form that its fields give. */
export function TaskForm({
  task,
  fields,
  busy,
  failed,
  onComplete,
  onDraft,
}: {
  task: Task
  fields: readonly Parameter[]
  busy: boolean
  failed: Error | null
  onComplete: (output: Record<string, Json>) => void
  onDraft: (draft: Record<string, Json>) => void
}) {
  const { draft } = task
  const form = useParameterForm(
    fields,
    typeof draft === 'object' && draft !== null && !Array.isArray(draft) ? draft : undefined,
  )
  const element = useRef<HTMLFormElement>(null)
  const refuse = useRef(form.refuse)
  refuse.current = form.refuse
  useEffect(() => {
    const errors = fieldErrorsOf(failed)
    if (errors.length > 0) refuse.current(errors)
  }, [failed])

  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (busy || form.uploading) return
    const output = form.submit()
    if (output) onComplete(output)
    else
      requestAnimationFrame(() =>
        element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
      )
  }
  return (
    <FormProvider value={form.state}>
      <form
        ref={element}
        noValidate
        onSubmit={submit}
        aria-label={task.title}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault()
            submit()
          }
        }}
        className="flex flex-col gap-5"
      >
        {fields.map((field, at) => (
          <ParameterField
            key={field.name}
            parameter={field}
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
        <div className="flex flex-wrap gap-2 border-t border-line pt-4">
          <Button type="submit" look="primary" icon={Check} busy={busy} disabled={form.uploading}>
            Submit
          </Button>
          <Button disabled={busy} onClick={() => onDraft(form.input)}>
            Save a draft
          </Button>
        </div>
      </form>
    </FormProvider>
  )
}
