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
import { EmptyState, InlineProblem, NoAccess } from '../../components/states.tsx'
import { Tag } from '../../components/Tag.tsx'
import { explain } from '../../errors.ts'
import { paths } from '../../paths.ts'
import type { Column } from '../../ui/columns.ts'
import { ListTable } from '../../ui/ListTable.tsx'
import { defineList } from '../../ui/list-search.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { roleQueries } from './queries.ts'

const roleList = defineList('roles', {})

export function RolesPage() {
  const may = useMay()
  const allowed = may('role:read')
  const canWrite = may('role:write')
  const roles = useQuery({ ...roleQueries.list(), enabled: allowed })
  const list = useListState(roleList)
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
      ) : (
        <QueryView
          query={roles}
          rows={4}
          empty={
            <EmptyState icon={IdCard} title="No roles yet" action={create}>
              Without roles, every member can run every workflow, and guests can run none.
            </EmptyState>
          }
        >
          {({ items }) => (
            <ListTable list={list} label="Roles" rows={items} columns={columns} rowId={({ id }) => id} />
          )}
        </QueryView>
      )}
      {creating && <CreateRoleDialog onClose={() => setCreating(false)} />}
    </Page>
  )
}

const columns: readonly Column<Role>[] = [
  {
    id: 'role',
    label: 'Role',
    show: 'always',
    narrow: 'line',
    sortBy: ({ name }) => name,
    cell: (role) => (
      <>
        <Link data-row-link to="/roles/$id" params={{ id: role.id }} className="font-medium hover:underline">
          {role.name}
        </Link>{' '}
        {role.organization === null ? (
          <Tag tone="accent">Global</Tag>
        ) : (
          !role.can_edit && <Tag>{role.organization.name}</Tag>
        )}
        {role.description && <span className="block truncate text-sm text-muted">{role.description}</span>}
      </>
    ),
  },
  {
    id: 'members',
    label: 'Members',
    width: 'w-28',
    align: 'end',
    narrow: 'labeled',
    className: 'tabular text-sm text-muted',
    sortBy: ({ member_count }) => member_count,
    cell: ({ member_count }) => String(member_count),
  },
  {
    id: 'grants',
    label: 'Grants',
    width: 'w-28',
    align: 'end',
    narrow: 'labeled',
    className: 'tabular text-sm text-muted',
    sortBy: ({ grant_count }) => grant_count,
    cell: ({ grant_count }) => String(grant_count),
  },
]

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
