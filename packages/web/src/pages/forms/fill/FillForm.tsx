import { useQuery } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useEffect, useRef } from 'react'
import { explain, fieldErrorsOf } from '../../../errors.ts'
import { Button } from '../../../ui/Button.tsx'
import { QueryView } from '../../../ui/QueryView.tsx'
import { InlineProblem } from '../../../ui/states.tsx'
import { FormFields } from './FormFields.tsx'
import { type Answers, contextOf, type FillableForm, type FormClient, type Startup } from './form-client.ts'
import { useFormFill } from './use-form-fill.ts'

export interface FillProps {
  form: FillableForm
  client: FormClient
  busy: boolean
  failed: Error | null
  onSubmit: (answers: Answers, handle: string | undefined) => void
  /** Beside the button. */
  children?: ReactNode
}

/** A designed form to fill in; first its launch workflow runs, when it has one. */
export function FillForm(props: FillProps) {
  const { form, client } = props
  const startup = useQuery({
    queryKey: ['forms', 'startup', client.key],
    queryFn: () => client.startup(),
    enabled: form.launches,
    staleTime: 25 * 60_000,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  })
  if (!form.launches) return <Fields {...props} startup={undefined} />
  return (
    <QueryView query={startup} rows={4}>
      {(begun) =>
        begun.handle ? (
          <Fields {...props} startup={begun} />
        ) : (
          <InlineProblem>
            {begun.error?.message ?? 'Can’t open this form right now.'}
            <Button size="sm" className="ml-3" onClick={() => void startup.refetch()}>
              Try again
            </Button>
          </InlineProblem>
        )
      }
    </QueryView>
  )
}

function Fields({
  form,
  client,
  busy,
  failed,
  onSubmit,
  children,
  startup,
}: FillProps & { startup: Startup | undefined }) {
  const handle = startup?.handle ?? undefined
  const fill = useFormFill(form.fields, contextOf(startup?.result), client, handle)
  const element = useRef<HTMLFormElement>(null)
  const refuse = useRef(fill.refuse)
  refuse.current = fill.refuse
  useEffect(() => {
    const errors = fieldErrorsOf(failed)
    if (errors.length > 0) refuse.current(errors)
  }, [failed])

  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (busy || fill.uploading) return
    const answers = fill.submit()
    if (answers) onSubmit(answers, handle)
    else
      requestAnimationFrame(() =>
        element.current?.querySelector<HTMLElement>('[aria-invalid="true"], [id$="-problem"]')?.focus(),
      )
  }
  return (
    <form
      ref={element}
      noValidate
      onSubmit={submit}
      aria-label={form.name}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault()
          submit()
        }
      }}
      className="flex flex-col gap-5"
    >
      <FormFields fields={form.fields} fill={fill} />
      {fill.general.length > 0 && (
        <InlineProblem>
          {fill.general.map(({ field, message }) => (
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
        <Button type="submit" look="primary" busy={busy} disabled={fill.uploading}>
          {form.texts.submit ?? 'Submit'}
        </Button>
        {children}
      </div>
    </form>
  )
}
