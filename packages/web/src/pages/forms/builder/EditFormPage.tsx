import { routes } from '@bifrost/contract'
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Clock, Eye, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { api } from '../../../app/api.ts'
import { useMay } from '../../../app/session.ts'
import { Button, ButtonLink, IconButton } from '../../../ui/Button.tsx'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { notify } from '../../../ui/notices.tsx'
import { Page } from '../../../ui/Page.tsx'
import { InlineProblem } from '../../../ui/states.tsx'
import { ownFormClient } from '../fill/form-client.ts'
import { formQueries } from '../queries.ts'
import { FormBuilder } from './FormBuilder.tsx'
import { bodyOf, draftOf } from './form-draft.ts'
import { LinksSection } from './LinksSection.tsx'

export function EditFormPage() {
  const { id } = useParams({ from: '/shell/forms/$id/edit' })
  const query = formQueries.settings(id)
  const form = useSuspenseQuery(query).data
  const [draft, setDraft] = useState(() => draftOf(form))
  const [version, setVersion] = useState(form.version)
  const [removing, setRemoving] = useState(false)
  const client = useMemo(() => ({ ...ownFormClient(id), key: `${id} ${version}` }), [id, version])
  const may = useMay()
  const cache = useQueryClient()
  const navigate = useNavigate()
  const save = useMutation({
    mutationFn: (body: NonNullable<ReturnType<typeof bodyOf>>) =>
      api(routes.updateForm, { params: { id }, body: { ...body, version } }),
    onSuccess: async (saved) => {
      cache.setQueryData(query.queryKey, saved)
      setVersion(saved.version)
      setDraft(draftOf(saved))
      notify.done('Saved.')
      await cache.invalidateQueries({ queryKey: ['forms'] })
    },
  })
  const remove = useMutation({
    mutationFn: () => api(routes.deleteForm, { params: { id } }),
    onSuccess: async () => {
      await navigate({ to: '/forms' })
      cache.removeQueries({ queryKey: ['forms', 'settings', id] })
      await cache.invalidateQueries({ queryKey: ['forms', 'list'] })
      notify.done(`${form.name} deleted`)
    },
    onError: notify.failure,
  })
  const body = bodyOf(draft)
  const changed = JSON.stringify(draft) !== JSON.stringify(draftOf(form))
  const editable = form.may_edit && may('form:write')
  return (
    <Page
      title={form.name}
      lead={changed ? 'There are unsaved changes.' : 'Saved.'}
      actions={
        <>
          {editable && <IconButton icon={Trash2} label="Delete the form" onClick={() => setRemoving(true)} />}
          <ButtonLink look="quiet" icon={Clock} to="/history" search={{ form: id }}>
            Runs
          </ButtonLink>
          <ButtonLink icon={Eye} to="/forms/$id" params={{ id }}>
            Open
          </ButtonLink>
          {editable && (
            <Button
              look="primary"
              busy={save.isPending}
              disabled={!body || !changed || draft.name.trim() === ''}
              onClick={() => body && save.mutate(body)}
            >
              Save
            </Button>
          )}
        </>
      }
    >
      {!editable && (
        <div className="mb-5">
          <InlineProblem tone="warn">
            This form belongs to another organization or is global. Switch there to change it.
          </InlineProblem>
        </div>
      )}
      <FormBuilder
        draft={draft}
        onChange={setDraft}
        client={client}
        failed={save.error}
        problems={form.problems}
      >
        <LinksSection formId={id} />
      </FormBuilder>
      {removing && (
        <ConfirmDialog
          title={`Delete ${form.name}?`}
          confirm="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate()}
          onClose={() => setRemoving(false)}
        >
          Its public links stop working. Its runs stay in the history.
        </ConfirmDialog>
      )}
    </Page>
  )
}
