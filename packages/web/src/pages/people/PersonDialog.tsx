import { type AccountRole, routes, type User } from '@bifrost/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useForm, useWatch } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { meQuery } from '../../app/who-is-in.ts'
import { rolesToGive } from '../../role-names.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { SelectField, TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { organizationQueries } from '../organizations/queries.ts'
import { RoleField } from './RoleField.tsx'

/** Changes the name, the role or the organization of a person. */
export function PersonDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const me = useMe()
  const client = useQueryClient()
  const organizations = useQuery(organizationQueries.some(''))
  const form = useForm({
    defaultValues: { name: user.name, role: user.role as AccountRole, organization_id: user.organization.id },
  })
  const { control } = form
  const isSelf = user.id === me.id
  const organization = useWatch({ control, name: 'organization_id' })
  const moves = organization !== user.organization.id
  const places = (organizations.data?.items ?? []).filter((one) => one.is_active)
  const isAtProvider = places.find((one) => one.id === organization)?.is_provider ?? false
  return (
    <FormDialog
      form={form}
      title={`Edit ${user.name}`}
      confirm="Save"
      save={({ name, role, organization_id }) =>
        api(routes.updateUser, {
          params: { id: user.id },
          body: {
            name: name.trim(),
            ...(role === user.role ? {} : { role }),
            ...(moves ? { organization_id } : {}),
          },
        })
      }
      onSaved={async (saved) => {
        await client.invalidateQueries({ queryKey: ['users'] })
        if (isSelf) await client.invalidateQueries({ queryKey: meQuery().queryKey })
        notify.done(`${saved.name} saved`)
        onClose()
      }}
      onClose={onClose}
    >
      <p className="text-sm text-muted">{user.email}</p>
      <TextField control={control} name="name" label="Name" required maxLength={200} focus />
      <RoleField control={control} name="role" choices={rolesToGive(me, isAtProvider)} disabled={isSelf} />
      {!isSelf && places.length > 1 && (
        <SelectField
          control={control}
          name="organization_id"
          label="Organization"
          help={moves ? 'Moving to another organization ends all sessions and API keys.' : undefined}
          wide
          options={(places.some((one) => one.id === user.organization.id)
            ? places
            : [user.organization, ...places]
          ).map(({ id, name }) => ({ value: id, label: name }))}
        />
      )}
    </FormDialog>
  )
}
