import {
  credentialsOf,
  type Integration,
  type IntegrationCredentials,
  type Json,
  routes,
} from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { queries } from '../../app/queries.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/Dialog.tsx'
import { notify } from '../../components/notices.tsx'
import { Section } from '../../components/Page.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { credentialWords, isOpenCredential } from '../integrations/integration-words.ts'
import { TextField } from '../integrations/TextField.tsx'
import { fromFieldText, toFieldText } from './field-text.ts'
import { ValueField } from './ValueField.tsx'

/** How the organisation is known there, its values, and its credentials; secrets are typed and never shown. */
export function OwnSettings({ integration, canWrite }: { integration: Integration; canWrite: boolean }) {
  const { id, name, auth, own, config_fields, credentials: known } = integration
  const me = useMe()
  const owner = me.acting === 'global' ? 'all organisations' : me.organization.name
  const client = useQueryClient()
  const [entityId, setEntityId] = useState(own?.entity_id ?? '')
  const [entityName, setEntityName] = useState(own?.entity_name ?? '')
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(config_fields.map((field) => [field.name, toFieldText(own?.config[field.name])])),
  )
  const [credentials, setCredentials] = useState<IntegrationCredentials>({})
  const [problems, setProblems] = useState<Record<string, string>>({})
  const [removing, setRemoving] = useState(false)
  const saved = async (after: Integration | null) => {
    if (after) client.setQueryData(queries.integration(id).queryKey, after)
    else await client.invalidateQueries({ queryKey: queries.integration(id).queryKey })
    await client.invalidateQueries({ queryKey: queries.integrations().queryKey })
  }
  const save = useMutation({
    mutationFn: (config: Record<string, Json>) =>
      api(routes.configureIntegration, {
        params: { id },
        body: {
          entity_id: entityId.trim() || null,
          entity_name: entityName.trim() || null,
          config,
          ...(Object.keys(credentials).length > 0 ? { credentials } : {}),
        },
      }),
    onSuccess: async (after) => {
      setCredentials({})
      await saved(after)
      notify.done(`The settings of ${name} are saved.`)
    },
  })
  const disconnect = useMutation({
    mutationFn: () => api(routes.disconnectIntegration, { params: { id } }),
    onSuccess: async () => {
      await saved(null)
      notify.done(`What was set for ${name} is forgotten.`)
    },
    onError: notify.failure,
    onSettled: () => setRemoving(false),
  })
  const errors = fieldErrorsOf(save.error)
  const problem = (field: string) => errors.find((error) => error.field === field)?.message
  const { required, optional } = credentialsOf[auth]
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const config: Record<string, Json> = {}
    const wrong: Record<string, string> = {}
    for (const field of config_fields) {
      const read = fromFieldText(field.type, values[field.name] ?? '')
      if (read.ok) config[field.name] = read.value
      else wrong[field.name] = read.problem
    }
    setProblems(wrong)
    if (Object.keys(wrong).length === 0) save.mutate(config)
  }
  return (
    <Section title={`For ${owner}`}>
      <Standing integration={integration} />
      <form onSubmit={submit} aria-label="Settings of the organisation" className="mt-4 grid gap-4">
        {save.isError && errors.length === 0 && <InlineProblem>{explain(save.error).message}</InlineProblem>}
        <fieldset disabled={!canWrite} className="grid gap-4">
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label="Id over there"
              help="Such as the number of the customer or the tenant"
              value={entityId}
              maxLength={500}
              onChange={setEntityId}
            />
            <TextField label="Name over there" value={entityName} maxLength={500} onChange={setEntityName} />
          </div>
          {config_fields.map((field) => (
            <ValueField
              key={field.name}
              field={field}
              text={values[field.name] ?? ''}
              inherited={own?.config[field.name] === undefined ? integration.config[field.name] : undefined}
              problem={problems[field.name] ?? problem(`config.${field.name}`)}
              onChange={(text) => setValues((before) => ({ ...before, [field.name]: text }))}
            />
          ))}
          {canWrite &&
            [...required, ...optional].map((credential) => (
              <TextField
                key={credential}
                label={credentialWords[credential]}
                type={isOpenCredential(credential) ? 'text' : 'password'}
                autoComplete={isOpenCredential(credential) ? 'off' : 'new-password'}
                aside={
                  known.includes(credential)
                    ? 'stored'
                    : optional.includes(credential)
                      ? 'optional'
                      : undefined
                }
                help={known.includes(credential) ? 'Leave it empty to keep what is stored.' : undefined}
                problem={problem(`credentials.${credential}`)}
                value={credentials[credential] ?? ''}
                onChange={(text) =>
                  setCredentials(({ [credential]: _, ...others }) =>
                    text === '' ? others : { ...others, [credential]: text },
                  )
                }
              />
            ))}
        </fieldset>
        {canWrite && (
          <div className="flex flex-wrap gap-2">
            <Button type="submit" look="primary" busy={save.isPending}>
              Save
            </Button>
            {own && (
              <Button look="danger" onClick={() => setRemoving(true)}>
                Forget these settings
              </Button>
            )}
          </div>
        )}
      </form>
      {removing && (
        <ConfirmDialog
          title={`Forget what is set for ${name}?`}
          confirm="Forget it"
          busy={disconnect.isPending}
          onConfirm={() => disconnect.mutate()}
          onClose={() => setRemoving(false)}
        >
          Values, credentials and access of {owner} go. What is set above it counts from then on, if there is
          anything.
        </ConfirmDialog>
      )}
    </Section>
  )
}

/** Whose credentials count, and since when. */
function Standing({ integration }: { integration: Integration }) {
  const { inherited_from, connected_at, connected_by, expires_at, credentials, auth } = integration
  if (auth === 'none') return <p className="text-sm text-muted">It needs no credentials.</p>
  if (credentials.length === 0) return <p className="text-sm text-muted">There are no credentials yet.</p>
  return (
    <p className="text-sm text-muted">
      {inherited_from ? `Credentials of ${inherited_from.name} count.` : 'Its own credentials count.'}
      {connected_at && (
        <>
          {' '}
          Connected <TimeAgo at={connected_at} />
          {connected_by && ` by ${connected_by}`}.
        </>
      )}
      {expires_at && (
        <>
          {' '}
          The token ends <TimeAgo at={expires_at} /> and is refreshed before.
        </>
      )}
    </p>
  )
}
