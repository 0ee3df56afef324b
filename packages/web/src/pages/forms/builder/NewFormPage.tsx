import { routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../../app/api.ts'
import { useMay } from '../../../app/session.ts'
import { Button } from '../../../ui/Button.tsx'
import { notify } from '../../../ui/notices.tsx'
import { Page } from '../../../ui/Page.tsx'
import { NoAccess } from '../../../ui/states.tsx'
import { previewClient } from '../fill/form-client.ts'
import { FormBuilder } from './FormBuilder.tsx'
import { bodyOf, freshDraft } from './form-draft.ts'

export function NewFormPage() {
  const { workflow } = useSearch({ from: '/shell/forms/new' })
  const [draft, setDraft] = useState(() => freshDraft(workflow ?? ''))
  const may = useMay()
  const cache = useQueryClient()
  const navigate = useNavigate()
  const create = useMutation({
    mutationFn: (body: NonNullable<ReturnType<typeof bodyOf>>) => api(routes.createForm, { body }),
    onSuccess: async ({ id, name }) => {
      await cache.invalidateQueries({ queryKey: ['forms'] })
      notify.done(`${name} created`)
      await navigate({ to: '/forms/$id/edit', params: { id }, replace: true })
    },
  })
  if (!may('form:write'))
    return (
      <Page title="New form">
        <NoAccess what="the form builder" />
      </Page>
    )
  const body = bodyOf(draft)
  return (
    <Page
      title="New form"
      actions={
        <Button
          look="primary"
          busy={create.isPending}
          disabled={!body || draft.name.trim() === '' || draft.workflow === ''}
          onClick={() => body && create.mutate(body)}
        >
          Create
        </Button>
      }
    >
      <FormBuilder
        draft={draft}
        onChange={setDraft}
        client={previewClient}
        failed={create.error}
        problems={[]}
      />
    </Page>
  )
}
