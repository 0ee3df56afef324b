import { credentialsOf, type Integration, type Json, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { SwitchField, TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { fromFieldText, toFieldText } from './field-text.ts'
import { credentialWords, isOpenCredential } from './integration-words.ts'
import { integrationQueries } from './queries.ts'
import { ValueField } from './ValueField.tsx'

/** As they are typed. */
interface Settings {
  entity_id: string
  entity_name: string
  config: Record<string, string>
  credentials: Record<string, string>
  lend_below: boolean
}

/** How the organization is known there, its values, and its credentials; secrets are typed and never shown. */
export function OwnSettings({ integration, canWrite }: { integration: Integration; canWrite: boolean }) {
  const { id, name, auth, own, config_fields, credentials: known } = integration
  const me = useMe()
  const owner = me.acting === 'global' ? 'all organizations' : me.organization.name
  const client = useQueryClient()
  const { required, optional } = credentialsOf[auth]
  const shownCredentials = [...required, ...optional]
  const empty = Object.fromEntries(shownCredentials.map((credential) => [credential, '']))
  const form = useForm<Settings>({
    defaultValues: {
      entity_id: own?.entity_id ?? '',
      entity_name: own?.entity_name ?? '',
      config: Object.fromEntries(
        config_fields.map((field) => [field.name, toFieldText(own?.config[field.name])]),
      ),
      credentials: empty,
      lend_below: own?.lend_below === true,
    },
  })
  const { control } = form
  const secretNames = config_fields.filter(({ type }) => type === 'secret').map((field) => field.name)
  const lend = useWatch({ control, name: 'lend_below' })
  const { entity_id: entityId, entity_name: entityName } = integration
  const entityText = entityName ? `${entityName} (${entityId})` : entityId
  const [removing, setRemoving] = useState(false)
  const saved = async (after: Integration | null) => {
    if (after) client.setQueryData(integrationQueries.one(id).queryKey, after)
    else await client.invalidateQueries({ queryKey: integrationQueries.one(id).queryKey })
    await client.invalidateQueries({ queryKey: integrationQueries.list().queryKey })
  }
  const save = (values: Settings) => {
    const config: Record<string, Json> = {}
    for (const field of config_fields) {
      if (field.type === 'secret' && !values.config[field.name]) continue
      const read = fromFieldText(field.type, values.config[field.name] ?? '')
      if (read.ok) config[field.name] = read.value
    }
    const credentials = Object.entries(values.credentials).filter(([, text]) => text !== '')
    return api(routes.configureIntegration, {
      params: { id },
      body: {
        entity_id: values.entity_id.trim() || null,
        entity_name: values.entity_name.trim() || null,
        config,
        lend_below: values.lend_below,
        ...(credentials.length > 0 ? { credentials: Object.fromEntries(credentials) } : {}),
      },
    })
  }
  const disconnect = useMutation({
    mutationFn: () => api(routes.disconnectIntegration, { params: { id } }),
    onSuccess: async () => {
      await saved(null)
      notify.done(`Settings of ${name} removed`)
    },
    onError: notify.failure,
    onSettled: () => setRemoving(false),
  })
  return (
    <Section title={`For ${owner}`}>
      <Standing integration={integration} />
      <Form
        form={form}
        label="Settings of the organization"
        className="mt-4"
        save={save}
        onSaved={async (after) => {
          form.setValue('credentials', empty)
          for (const name of secretNames) form.setValue(`config.${name}`, '')
          await saved(after)
          notify.done(`Settings of ${name} saved`)
        }}
      >
        <fieldset disabled={!canWrite} className="grid gap-4">
          {integration.is_mapped && (
            <p className="text-sm text-muted">
              {owner} is mapped to <span className="font-medium text-ink">{entityText}</span>. Runs use that,
              and not the external ID and name below.
            </p>
          )}
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              control={control}
              name="entity_id"
              label="External ID"
              help="Such as a customer number or tenant ID"
              maxLength={500}
              spellCheck={false}
            />
            <TextField control={control} name="entity_name" label="External name" maxLength={500} />
          </div>
          {config_fields.map((field) => (
            <ValueField
              key={field.name}
              control={control}
              name={`config.${field.name}`}
              field={field}
              inherited={own?.config[field.name] === undefined ? integration.config[field.name] : undefined}
              stored={integration.secrets.includes(field.name)}
            />
          ))}
          {canWrite &&
            shownCredentials.map((credential) => (
              <TextField
                key={credential}
                control={control}
                name={`credentials.${credential}`}
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
                spellCheck={false}
              />
            ))}
          {(required.length > 0 || secretNames.length > 0) && (
            <div className="grid gap-1">
              <SwitchField control={control} name="lend_below" label="Available to organizations below" />
              <p className="text-sm text-faint">
                {lend
                  ? 'Developers of those organizations can write code that reads these credentials and secrets, and see them.'
                  : 'Only their owner’s code gets these credentials and secrets.'}
              </p>
            </div>
          )}
        </fieldset>
        {canWrite && (
          <div className="flex flex-wrap gap-2">
            <SubmitButton>Save</SubmitButton>
            {own && (
              <Button look="danger" onClick={() => setRemoving(true)}>
                Remove these settings
              </Button>
            )}
          </div>
        )}
      </Form>
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
  if (auth === 'none') return <p className="text-sm text-muted">This integration needs no credentials.</p>
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
          The token expires <TimeAgo at={expires_at} /> and is refreshed before then.
        </>
      )}
    </p>
  )
}
