import { type Integration, integrationAuths, routes } from '@bifrost/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { SelectField, TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { workflowQueries } from '../workflows/queries.ts'
import { AuthFields } from './AuthFields.tsx'
import { ConfigFieldRows } from './ConfigFieldRows.tsx'
import { bodyOf, formOf, namesInApi } from './definition-form.ts'
import { authWords } from './integration-words.ts'
import { integrationQueries } from './queries.ts'

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
  const form = useForm({ defaultValues: formOf(integration) })
  const { control } = form
  const known = useQuery(workflowQueries.list()).data?.items ?? []
  const current = integration?.mapping_provider ?? ''
  const providers = [
    ...new Set([
      ...(current ? [current] : []),
      ...known.filter(({ type }) => type === 'data_provider').map(({ name }) => name),
    ]),
  ]
  return (
    <FormDialog
      form={form}
      title={integration ? `Edit ${integration.name}` : 'Create an integration'}
      confirm="Save"
      className="w-[min(40rem,calc(100vw-2rem))]"
      names={namesInApi}
      save={(values) =>
        integration
          ? api(routes.updateIntegration, { params: { id: integration.id }, body: bodyOf(values) })
          : api(routes.createIntegration, { body: bodyOf(values) })
      }
      onSaved={async (saved) => {
        client.setQueryData(integrationQueries.one(saved.id).queryKey, saved)
        await client.invalidateQueries({ queryKey: integrationQueries.list().queryKey })
        notify.done(`${saved.name} ${integration ? 'saved' : 'created'}`)
        onClose()
        onSaved(saved.id)
      }}
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          control={control}
          name="name"
          label="Name"
          help="The name that code uses"
          required
          maxLength={100}
          spellCheck={false}
          focus
        />
        <TextField control={control} name="description" label="Description" maxLength={2000} />
        <TextField
          control={control}
          name="base_url"
          label="Base URL"
          type="url"
          placeholder="https://api.example.com/v1"
          required
        />
        <TextField
          control={control}
          name="hosts"
          label="Additional hosts"
          placeholder="*.files.example.com"
          help="Credentials are also sent to these"
          spellCheck={false}
        />
      </div>
      <SelectField
        control={control}
        name="auth"
        label="Authentication"
        wide
        options={integrationAuths.map((auth) => ({ value: auth, label: authWords[auth] }))}
      />
      <AuthFields control={control} />
      <TextField
        control={control}
        name="test_path"
        label="Test path"
        help="What the Test button requests, relative to the base URL"
        spellCheck={false}
      />
      <ConfigFieldRows control={control} />
      <SelectField
        control={control}
        name="mapping_provider"
        label="Data provider of mappings"
        help="Lists what organizations can be at the service: values are external IDs, labels are names"
        wide
        options={[
          { value: '', label: 'None (entered by hand)' },
          ...providers.map((provider) => ({ value: provider, label: provider })),
        ]}
      />
      {integration && (
        <p className="text-sm text-muted">
          Changing the URLs or the authentication deletes the stored credentials, which were entered for the
          old ones.
        </p>
      )}
    </FormDialog>
  )
}
