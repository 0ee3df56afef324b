import { type Integration, type IntegrationAuth, integrationAuths, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { notify } from '../../components/notices.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/Field.tsx'
import { AuthFields } from './AuthFields.tsx'
import { ConfigFieldRows } from './ConfigFieldRows.tsx'
import { bodyOf, type DefinitionForm, formOf } from './definition-form.ts'
import { authWords } from './integration-words.ts'
import { integrationQueries } from './queries.ts'
import { TextField } from './TextField.tsx'

/** Says where a service is and how one signs in there. */
export function DefineDialog({
  integration,
  onClose,
  onSaved,
}: {
  integration: Integration | null
  onClose: () => void
  onSaved: (id: string) => void
}) {
  const client = useQueryClient()
  const [form, setForm] = useState(() => formOf(integration))
  const change = (changes: Partial<DefinitionForm>) => setForm((known) => ({ ...known, ...changes }))
  const save = useMutation({
    mutationFn: () =>
      integration
        ? api(routes.updateIntegration, { params: { id: integration.id }, body: bodyOf(form) })
        : api(routes.createIntegration, { body: bodyOf(form) }),
    onSuccess: async (saved) => {
      client.setQueryData(integrationQueries.one(saved.id).queryKey, saved)
      await client.invalidateQueries({ queryKey: integrationQueries.list().queryKey })
      notify.done(`${saved.name} ${integration ? 'saved' : 'created'}`)
      onClose()
      onSaved(saved.id)
    },
  })
  const errors = fieldErrorsOf(save.error)
  const problem = (field: string) => errors.find((error) => error.field === field)?.message
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog
      title={integration ? `Edit ${integration.name}` : 'Define an integration'}
      onClose={onClose}
      className="w-[min(40rem,calc(100vw-2rem))]"
    >
      <form onSubmit={submit} className="grid gap-4">
        {save.isError && <InlineProblem>{explain(save.error).message}</InlineProblem>}
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Name"
            help="The name that code uses"
            required
            maxLength={100}
            data-autofocus
            value={form.name}
            problem={problem('name')}
            onChange={(name) => change({ name })}
          />
          <TextField
            label="Description"
            maxLength={2000}
            value={form.description}
            onChange={(description) => change({ description })}
          />
          <TextField
            label="Base URL"
            type="url"
            placeholder="https://api.example.com/v1"
            required
            value={form.base_url}
            problem={problem('base_url')}
            onChange={(base_url) => change({ base_url })}
          />
          <TextField
            label="Additional hosts"
            placeholder="*.files.example.com"
            help="Credentials are also sent to these"
            value={form.hosts}
            problem={errors.find(({ field }) => field.startsWith('hosts'))?.message}
            onChange={(hosts) => change({ hosts })}
          />
        </div>
        <Field label="Authentication">
          {({ id }) => (
            <select
              id={id}
              className="control"
              value={form.auth}
              onChange={(event) => change({ auth: event.target.value as IntegrationAuth })}
            >
              {integrationAuths.map((auth) => (
                <option key={auth} value={auth}>
                  {authWords[auth]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <AuthFields form={form} change={change} problem={problem} />
        <TextField
          label="Test path"
          help="What the Test button requests, relative to the base URL"
          value={form.test_path}
          problem={problem('test_path')}
          onChange={(test_path) => change({ test_path })}
        />
        <ConfigFieldRows fields={form.fields} onChange={(fields) => change({ fields })} problem={problem} />
        {integration && (
          <p className="text-sm text-muted">
            Changing the URLs or the authentication deletes the stored credentials, which were entered for the
            old ones.
          </p>
        )}
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
