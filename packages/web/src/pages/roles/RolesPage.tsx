import type { Role } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { IdCard, Plus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import type { Column } from '../../ui/columns.ts'
import { ListTable } from '../../ui/ListTable.tsx'
import { defineList } from '../../ui/list-search.ts'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { CreateRoleDialog } from './CreateRoleDialog.tsx'
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
