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
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { notify } from '../../components/notices.tsx'
import { Section } from '../../components/Page.tsx'
import { Switch } from '../../components/Switch.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { fromFieldText, toFieldText } from './field-text.ts'
import { credentialWords, isOpenCredential } from './integration-words.ts'
import { integrationQueries } from './queries.ts'
import { TextField } from './TextField.tsx'
import { ValueField } from './ValueField.tsx'

/** How the organization is known there, its values, and its credentials; secrets are typed and never shown. */
export function OwnSettings({ integration, canWrite }: { integration: Integration; canWrite: boolean }) {
  const { id, name, auth, own, config_fields, credentials: known } = integration
  const me = useMe()
  const owner = me.acting === 'global' ? 'all organizations' : me.organization.name
  const client = useQueryClient()
  const [entityId, setEntityId] = useState(own?.entity_id ?? '')
  const [entityName, setEntityName] = useState(own?.entity_name ?? '')
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(config_fields.map((field) => [field.name, toFieldText(own?.config[field.name])])),
  )
  const [credentials, setCredentials] = useState<IntegrationCredentials>({})
  const [lend, setLend] = useState(own?.lend_below === true)
  const [problems, setProblems] = useState<Record<string, string>>({})
  const [removing, setRemoving] = useState(false)
  const saved = async (after: Integration | null) => {
    if (after) client.setQueryData(integrationQueries.one(id).queryKey, after)
    else await client.invalidateQueries({ queryKey: integrationQueries.one(id).queryKey })
    await client.invalidateQueries({ queryKey: integrationQueries.list().queryKey })
  }
  const save = useMutation({
    mutationFn: (config: Record<string, Json>) =>
      api(routes.configureIntegration, {
        params: { id },
        body: {
          entity_id: entityId.trim() || null,
          entity_name: entityName.trim() || null,
          config,
          lend_below: lend,
          ...(Object.keys(credentials).length > 0 ? { credentials } : {}),
        },
      }),
    onSuccess: async (after) => {
      setCredentials({})
      await saved(after)
      notify.done(`Settings of ${name} saved`)
    },
  })
  const disconnect = useMutation({
    mutationFn: () => api(routes.disconnectIntegration, { params: { id } }),
    onSuccess: async () => {
      await saved(null)
      notify.done(`Settings of ${name} removed`)
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
      <form onSubmit={submit} aria-label="Settings of the organization" className="mt-4 grid gap-4">
        {save.isError && errors.length === 0 && <InlineProblem>{explain(save.error).message}</InlineProblem>}
        <fieldset disabled={!canWrite} className="grid gap-4">
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label="External ID"
              help="Such as a customer number or tenant ID"
              value={entityId}
              maxLength={500}
              onChange={setEntityId}
            />
            <TextField label="External name" value={entityName} maxLength={500} onChange={setEntityName} />
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
                help={known.includes(credential) ? 'Leave empty to keep the stored value.' : undefined}
                problem={problem(`credentials.${credential}`)}
                value={credentials[credential] ?? ''}
                onChange={(text) =>
                  setCredentials(({ [credential]: _, ...others }) =>
                    text === '' ? others : { ...others, [credential]: text },
                  )
                }
              />
            ))}
          {required.length > 0 && (
            <div className="grid gap-1">
              <div className="flex items-center gap-2.5">
                <Switch id="integration-lend" checked={lend} onChange={setLend} />
                <label htmlFor="integration-lend">Available to organizations below</label>
              </div>
              <p className="text-sm text-faint">
                {lend
                  ? 'Developers of those organizations can write code that reads these credentials, and see them.'
                  : 'Only code of their owner gets these credentials.'}
              </p>
            </div>
          )}
        </fieldset>
        {canWrite && (
          <div className="flex flex-wrap gap-2">
            <Button type="submit" look="primary" busy={save.isPending}>
              Save
            </Button>
            {own && (
              <Button look="danger" onClick={() => setRemoving(true)}>
                Remove these settings
              </Button>
            )}
          </div>
        )}
      </form>
      {removing && (
        <ConfirmDialog
          title={`Remove the settings of ${name}?`}
          confirm="Remove"
          busy={disconnect.isPending}
          onConfirm={() => disconnect.mutate()}
          onClose={() => setRemoving(false)}
        >
          This removes the values, credentials and access of {owner}. Inherited settings apply instead, if
          there are any.
        </ConfirmDialog>
      )}
    </Section>
  )
}

/** Whose credentials count, and since when. */
function Standing({ integration }: { integration: Integration }) {
  const { inherited_from, connected_at, connected_by, expires_at, credentials, auth } = integration
  if (auth === 'none') return <p className="text-sm text-muted">It needs no credentials.</p>
  if (credentials.length === 0) return <p className="text-sm text-muted">No credentials yet.</p>
  return (
    <p className="text-sm text-muted">
      {inherited_from ? `Uses the credentials of ${inherited_from.name}.` : 'Uses its own credentials.'}
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
          The token ends <TimeAgo at={expires_at} /> and is refreshed before then.
        </>
      )}
    </p>
  )
}
