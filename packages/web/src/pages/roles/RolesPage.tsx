import { type Role, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { IdCard, Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay, useMe } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { Page } from '../../components/Page.tsx'
import { EmptyState, ErrorState, InlineProblem, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { Tag } from '../../components/Tag.tsx'
import { explain } from '../../errors.ts'
import { paths } from '../../paths.ts'
import { roleQueries } from './queries.ts'

export function RolesPage() {
  const may = useMay()
  const allowed = may('role:read')
  const canWrite = may('role:write')
  const roles = useQuery({ ...roleQueries.list(), enabled: allowed })
  const [creating, setCreating] = useState(false)
  const create = canWrite && (
    <Button look="primary" icon={Plus} onClick={() => setCreating(true)}>
      New role
    </Button>
  )
  return (
    <Page
      title="Roles"
      lead="A role gives its members access to restricted workflows, forms and tables."
      actions={roles.data && roles.data.items.length > 0 && create}
    >
      {!allowed ? (
        <NoAccess what="roles" />
      ) : roles.isPending ? (
        <SkeletonRows rows={4} />
      ) : roles.isError ? (
        <ErrorState error={roles.error} onRetry={() => void roles.refetch()} />
      ) : roles.data.items.length === 0 ? (
        <EmptyState icon={IdCard} title="No roles yet" action={create}>
          Without roles, every member can run every workflow, and guests can run none.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line border-y border-line">
          {roles.data.items.map((role) => (
            <RoleRow key={role.id} role={role} />
          ))}
        </ul>
      )}
      {creating && <CreateRoleDialog onClose={() => setCreating(false)} />}
    </Page>
  )
}

function RoleRow({ role }: { role: Role }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2.5">
      <span className="min-w-0 flex-1 basis-56">
        <Link to="/roles/$id" params={{ id: role.id }} className="font-medium hover:underline">
          {role.name}
        </Link>{' '}
        {role.organization === null ? (
          <Tag tone="accent">Global</Tag>
        ) : (
          !role.can_edit && <Tag>{role.organization.name}</Tag>
        )}
        {role.description && <span className="block truncate text-sm text-muted">{role.description}</span>}
      </span>
      <span className="tabular text-sm text-muted">
        {count(role.member_count, 'member')} · {count(role.grant_count, 'grant')}
      </span>
    </li>
  )
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`

function CreateRoleDialog({ onClose }: { onClose: () => void }) {
  const me = useMe()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const create = useMutation({
    mutationFn: () =>
      api(routes.createRole, { body: { name: name.trim(), description: description.trim() } }),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: ['roles'] })
      onClose()
      await navigate({ href: paths.role(id) })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <Dialog title="New role" onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {create.isError && <InlineProblem>{explain(create.error).message}</InlineProblem>}
        {me.acting === 'global' && (
          <InlineProblem tone="warn">You act globally: every organization will see this role.</InlineProblem>
        )}
        <Field label="Name" required>
          {({ id }) => (
            <input
              id={id}
              className="control"
              value={name}
              required
              maxLength={100}
              data-autofocus
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label="Description">
          {({ id }) => (
            <input
              id={id}
              className="control"
              value={description}
              maxLength={500}
              autoComplete="off"
              onChange={(event) => setDescription(event.target.value)}
            />
          )}
        </Field>
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={create.isPending}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
