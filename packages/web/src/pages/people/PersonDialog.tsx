import { type AccountRole, routes, type User } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { meQuery } from '../../app/who-is-in.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { notify } from '../../components/notices.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { rolesToGive } from '../../role-names.ts'
import { organizationQueries } from '../organizations/queries.ts'
import { RoleField } from './RoleField.tsx'

/** Changes the name, the role or the organization of somebody. */
export function PersonDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const me = useMe()
  const client = useQueryClient()
  const organizations = useQuery(organizationQueries.some(''))
  const [name, setName] = useState(user.name)
  const [role, setRole] = useState<AccountRole>(user.role)
  const [organization, setOrganization] = useState(user.organization.id)
  const isSelf = user.id === me.id
  const moves = organization !== user.organization.id
  const save = useMutation({
    mutationFn: () =>
      api(routes.updateUser, {
        params: { id: user.id },
        body: {
          name: name.trim(),
          ...(role === user.role ? {} : { role }),
          ...(moves ? { organization_id: organization } : {}),
        },
      }),
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: ['users'] })
      if (isSelf) await client.invalidateQueries({ queryKey: meQuery().queryKey })
      notify.done(`${saved.name} saved`)
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const places = (organizations.data?.items ?? []).filter((one) => one.is_active)
  const isAtProvider = places.find((one) => one.id === organization)?.is_provider ?? false
  return (
    <Dialog title={`Edit ${user.name}`} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {save.isError && <InlineProblem>{explain(save.error).message}</InlineProblem>}
        <p className="text-sm text-muted">{user.email}</p>
        <Field label="Name" required>
          {({ id }) => (
            <input
              id={id}
              className="control"
              value={name}
              required
              maxLength={200}
              data-autofocus
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <RoleField
          value={role}
          choices={rolesToGive(me, isAtProvider)}
          disabled={isSelf}
          onChange={setRole}
        />
        {!isSelf && places.length > 1 && (
          <Field
            label="Organization"
            help={moves ? 'Moving to another organization ends all sessions and API keys.' : undefined}
          >
            {({ id, describedBy }) => (
              <select
                id={id}
                aria-describedby={describedBy}
                className="control"
                value={organization}
                onChange={(event) => setOrganization(event.target.value)}
              >
                {!places.some((one) => one.id === user.organization.id) && (
                  <option value={user.organization.id}>{user.organization.name}</option>
                )}
                {places.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.name}
                  </option>
                ))}
              </select>
            )}
          </Field>
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
