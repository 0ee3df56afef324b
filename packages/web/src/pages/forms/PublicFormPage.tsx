import { routes } from '@bifrost/contract'
import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Check } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import { api } from '../../app/api.ts'
import { ResultView, resultKindOf } from '../executions/ResultView.tsx'
import { FillForm } from './fill/FillForm.tsx'
import { type Answers, publicFormClient } from './fill/form-client.ts'
import { formQueries } from './queries.ts'

/** A form by its public link: the form, and nothing else of the installation. */
export function PublicFormPage() {
  const { token } = useParams({ from: '/f/$token' })
  const form = useSuspenseQuery(formQueries.publicOne(token)).data
  const client = useMemo(() => publicFormClient(token), [token])
  const submit = useMutation({
    mutationFn: (body: { fields: Answers; startup_handle?: string }) =>
      api(routes.submitPublicForm, { params: { token }, body }),
  })
  useEffect(() => {
    document.title = form.name
  }, [form.name])
  return (
    <main className="mx-auto min-h-dvh w-full max-w-[44rem] px-4 py-8 sm:py-14">
      <h1 className="text-2xl font-semibold tracking-[-0.015em]">{form.name}</h1>
      {form.description && <p className="mt-1 text-muted">{form.description}</p>}
      <div className="mt-6 rounded-xl border border-line bg-surface p-5 shadow-lift sm:p-7">
        {submit.data ? (
          <div role="status">
            <span className="mb-3 grid size-10 place-items-center rounded-full bg-ok-soft text-ok">
              <Check size={20} aria-hidden />
            </span>
            <p className="text-lg whitespace-pre-line">{submit.data.message}</p>
            {submit.data.result !== undefined && submit.data.result !== null && (
              <div className="mt-4">
                <ResultView result={submit.data.result} kind={resultKindOf(submit.data.result)} />
              </div>
            )}
          </div>
        ) : (
          <FillForm
            form={form}
            client={client}
            busy={submit.isPending}
            failed={submit.error}
            onSubmit={(fields, handle) =>
              submit.mutate({ fields, ...(handle && { startup_handle: handle }) })
            }
          />
        )}
      </div>
    </main>
  )
}
