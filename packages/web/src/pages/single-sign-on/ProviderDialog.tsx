import { type IdentityProvider, newPeopleRoles, routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { roleGroups } from '../../role-names.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { SelectField, SwitchField, TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { singleSignOnQueries } from './queries.ts'

type Role = (typeof newPeopleRoles)[number]

/** Adds an identity provider or changes one. */
export function ProviderDialog({
  provider,
  organizations,
  onClose,
}: {
  provider: IdentityProvider | null
  organizations: readonly { id: string; name: string }[]
  onClose: () => void
}) {
  const client = useQueryClient()
  const form = useForm({
    defaultValues: {
      name: provider?.name ?? '',
      issuer: provider?.issuer ?? '',
      client_id: provider?.client_id ?? '',
      client_secret: '',
      organization_id: provider?.organization_id ?? organizations[0]?.id ?? '',
      new_people_role: (provider?.new_people_role ?? '') as Role | '',
      domains: provider?.domains.join(', ') ?? '',
      is_active: provider?.is_active ?? true,
      is_listed: provider?.is_listed ?? true,
      is_email_trusted: provider?.is_email_trusted ?? false,
      may_be_private: provider?.may_be_private ?? false,
    },
  })
  const { control } = form
  return (
    <FormDialog
      form={form}
      title={provider ? `Edit ${provider.name}` : 'Add an identity provider'}
      confirm={provider ? 'Save' : 'Add'}
      className="w-[min(38rem,calc(100vw-2rem))]"
      save={({ client_secret, ...values }) => {
        const body = {
          ...values,
          name: values.name.trim(),
          issuer: values.issuer.trim(),
          client_id: values.client_id.trim(),
          ...(client_secret.trim() ? { client_secret: client_secret.trim() } : {}),
          domains: values.domains
            .toLowerCase()
            .split(/[\s,]+/)
            .filter(Boolean),
          new_people_role: values.new_people_role || null,
        }
        return provider
          ? api(routes.updateIdentityProvider, { params: { id: provider.id }, body })
          : api(routes.createIdentityProvider, { body })
      }}
      onSaved={async () => {
        await client.invalidateQueries({ queryKey: singleSignOnQueries.providers().queryKey })
        notify.done(provider ? 'Provider saved' : 'Provider added')
        onClose()
      }}
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField control={control} name="name" label="Name" placeholder="Contoso" required focus />
        <TextField
          control={control}
          name="issuer"
          label="Issuer"
          type="url"
          placeholder="https://login.example.com"
          required
        />
        <TextField control={control} name="client_id" label="Client ID" required />
        <TextField
          control={control}
          name="client_secret"
          label="Client secret"
          type="password"
          help={provider?.has_client_secret ? 'Leave empty to keep the current secret.' : undefined}
        />
        <SelectField
          control={control}
          name="organization_id"
          label="Organization"
          help="The organization that its people belong to."
          wide
          options={organizations.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <SelectField
          control={control}
          name="new_people_role"
          label="Role of new people"
          wide
          options={[
            { value: '', label: 'None: only people with an account can sign in' },
            ...newPeopleRoles.map((role) => ({ value: role, label: roleGroups[role] })),
          ]}
        />
      </div>
      <TextField
        control={control}
        name="domains"
        label="Domains"
        help="Only email addresses in these domains can sign in with it."
        placeholder="contoso.com, contoso.ch"
        required
      />
      <div className="grid gap-3">
        <SwitchField control={control} name="is_active" label="Enabled" />
        <SwitchField control={control} name="is_listed" label="Shown to everyone on the sign-in page" />
        <SwitchField
          control={control}
          name="is_email_trusted"
          label="Trust email addresses that it does not mark as verified"
        />
        <SwitchField control={control} name="may_be_private" label="Allow a private address and plain HTTP" />
      </div>
    </FormDialog>
  )
}
