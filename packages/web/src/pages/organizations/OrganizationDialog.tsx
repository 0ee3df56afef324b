import { type Organization, routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { SelectField, TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'

const TOP = 'top'

/** Makes an organization, or renames and moves one. */
export function OrganizationDialog({
  organization,
  parent,
  choices,
  onClose,
}: {
  organization: Organization | null
  parent: Organization | null
  choices: readonly Organization[]
  onClose: () => void
}) {
  const me = useMe()
  const client = useQueryClient()
  const first = organization
    ? (organization.parent_id ?? TOP)
    : (parent?.id ?? (me.is_provider ? TOP : me.organization.id))
  const form = useForm({
    defaultValues: { name: organization?.name ?? '', parent_id: first, domain: organization?.domain ?? '' },
  })
  const { control } = form
  const save = (values: { name: string; parent_id: string; domain: string }) => {
    const body = {
      name: values.name.trim(),
      domain: values.domain.trim().toLowerCase() || null,
      parent_id: values.parent_id === TOP ? null : values.parent_id,
    }
    if (!organization) return api(routes.createOrganization, { body })
    return api(routes.updateOrganization, {
      params: { id: organization.id },
      body: values.parent_id === first ? { name: body.name, domain: body.domain } : body,
    })
  }
  // It cannot stand below itself, nor below what is below it.
  const places = choices.filter((one) => one.is_active && !one.path.includes(organization?.id ?? ''))
  const isFixed = organization?.is_provider === true
  const isFirstElsewhere = first !== TOP && !places.some((one) => one.id === first)
  return (
    <FormDialog
      form={form}
      title={organization ? `Edit ${organization.name}` : 'New organization'}
      confirm={organization ? 'Save' : 'Create'}
      save={save}
      onSaved={async (saved) => {
        await client.invalidateQueries({ queryKey: ['organizations'] })
        notify.done(organization ? `${saved.name} saved` : `${saved.name} created`)
        onClose()
      }}
      onClose={onClose}
    >
      <TextField control={control} name="name" label="Name" required maxLength={200} focus />
      <TextField
        control={control}
        name="domain"
        label="Domain"
        aside="optional"
        help="Where its people have their email addresses; workflows can recognize it by this."
        placeholder="contoso.com"
        maxLength={253}
        spellCheck={false}
      />
      {!isFixed && (
        <SelectField
          control={control}
          name="parent_id"
          label="Parent"
          help="It inherits from the organizations above it."
          wide
          options={[
            ...(me.is_provider || first === TOP ? [{ value: TOP, label: 'None (top level)' }] : []),
            ...(isFirstElsewhere ? [{ value: first, label: 'Unchanged' }] : []),
            ...places.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      )}
    </FormDialog>
  )
}
