import { type Organization, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { notify } from '../../components/notices.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'

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
  const [name, setName] = useState(organization?.name ?? '')
  const first = organization
    ? (organization.parent_id ?? TOP)
    : (parent?.id ?? (me.is_provider ? TOP : me.organization.id))
  const [below, setBelow] = useState(first)
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), parent_id: below === TOP ? null : below }
      if (!organization) return api(routes.createOrganization, { body })
      const moves = below !== first
      return api(routes.updateOrganization, {
        params: { id: organization.id },
        body: moves ? body : { name: body.name },
      })
    },
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: ['organizations'] })
      notify.done(organization ? `${saved.name} saved` : `${saved.name} created`)
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  // It cannot stand below itself, nor below what is below it.
  const places = choices.filter((one) => one.is_active && !one.path.includes(organization?.id ?? ''))
  const isFixed = organization?.is_provider === true
  return (
    <Dialog title={organization ? `Edit ${organization.name}` : 'New organization'} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {save.isError && <InlineProblem>{explain(save.error).message}</InlineProblem>}
        <Field label="Name" required>
          {({ id, describedBy }) => (
            <input
              id={id}
              aria-describedby={describedBy}
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
        {!isFixed && (
          <Field label="Parent" help="It inherits from the organizations above it.">
            {({ id, describedBy }) => (
              <select
                id={id}
                aria-describedby={describedBy}
                className="control"
                value={below}
                onChange={(event) => setBelow(event.target.value)}
              >
                {(me.is_provider || first === TOP) && <option value={TOP}>None (top level)</option>}
                {first !== TOP && !places.some((one) => one.id === first) && (
                  <option value={first}>Unchanged</option>
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
            {organization ? 'Save' : 'Create'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
