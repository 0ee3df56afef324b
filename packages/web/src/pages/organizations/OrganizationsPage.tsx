import { type Organization, routes } from '@bifrost/contract'
import {
  type InfiniteData,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { Building2, Plus } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay, useMe } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import type { Column } from '../../ui/columns.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { FilterBar } from '../../ui/FilterBar.tsx'
import { SearchFilter } from '../../ui/filters.tsx'
import { defineList, type FilterOf, text } from '../../ui/list-search.ts'
import { MoreMenu } from '../../ui/MoreMenu.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page } from '../../ui/Page.tsx'
import { PagedView, useItems } from '../../ui/PagedView.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { type ListState, useListState } from '../../ui/use-list-state.ts'
import { OrganizationDialog } from './OrganizationDialog.tsx'
import { organizationQueries } from './queries.ts'

type Editing = { kind: 'new'; parent: Organization | null } | { kind: 'edit'; organization: Organization }
type Asking = { verb: 'deactivate' | 'delete'; organization: Organization }

const organizationList = defineList('organizations', { q: text })

export function OrganizationsPage() {
  const me = useMe()
  const may = useMay()
  const allowed = may('organization:read')
  const canWrite = may('organization:write')
  const list = useListState(organizationList)
  const pages = useInfiniteQuery({ ...organizationQueries.list(list.filter.q ?? ''), enabled: allowed })
  const [editing, setEditing] = useState<Editing | null>(null)
  const items = useItems(pages)
  const create = (
    <Button look="primary" icon={Plus} onClick={() => setEditing({ kind: 'new', parent: null })}>
      New organization
    </Button>
  )
  return (
    <Page
      title="Organizations"
      lead="Each has its own people, runs and data, and inherits from those above it and from what is global."
      actions={canWrite && create}
    >
      {!allowed ? (
        <NoAccess what="organizations" />
      ) : (
        <OrganizationList
          list={list}
          pages={pages}
          canWrite={canWrite}
          ownId={me.acting === 'home' ? me.organization.id : null}
          onEdit={setEditing}
        />
      )}
      {editing && (
        <OrganizationDialog
          organization={editing.kind === 'edit' ? editing.organization : null}
          parent={editing.kind === 'new' ? editing.parent : null}
          choices={items}
          onClose={() => setEditing(null)}
        />
      )}
    </Page>
  )
}

function OrganizationList({
  list,
  pages,
  canWrite,
  ownId,
  onEdit,
}: {
  list: ListState<FilterOf<typeof organizationList>>
  pages: UseInfiniteQueryResult<InfiniteData<{ items: Organization[] }>>
  canWrite: boolean
  ownId: string | null
  onEdit: (editing: Editing) => void
}) {
  const client = useQueryClient()
  const [asking, setAsking] = useState<Asking | null>(null)
  const changed = () => client.invalidateQueries({ queryKey: ['organizations'] })
  const setActive = useMutation({
    mutationFn: ({ id, isActive }: { id: string; isActive: boolean }) =>
      api(routes.updateOrganization, { params: { id }, body: { is_active: isActive } }),
    onSuccess: async ({ name, is_active }) => {
      await changed()
      notify.done(is_active ? `${name} reactivated` : `${name} deactivated`)
    },
    onError: notify.failure,
    onSettled: () => setAsking(null),
  })
  const remove = useMutation({
    mutationFn: ({ id }: Organization) => api(routes.deleteOrganization, { params: { id } }),
    onSuccess: async (_, { name }) => {
      await changed()
      notify.done(`${name} deleted`)
    },
    onError: notify.failure,
    onSettled: () => setAsking(null),
  })
  const items = useItems(pages)
  // What a search finds stands without what is above it.
  const isTree = !list.isFiltered
  const depthOf = (one: Organization) =>
    isTree ? one.path.slice(1).filter((above) => items.some(({ id }) => id === above)).length : 0
  const columns: readonly Column<Organization>[] = [
    {
      id: 'name',
      label: 'Name',
      show: 'always',
      narrow: 'rest',
      cell: (one) => (
        <span className="flex items-center gap-2" style={{ paddingLeft: `${depthOf(one) * 20}px` }}>
          <Building2 size={15} aria-hidden className="shrink-0 text-faint" />
          <span className="truncate font-medium">{one.name}</span>
          {one.is_provider && <Tag title="It runs this installation">Provider</Tag>}
          {!one.is_active && <Tag tone="warn">Deactivated</Tag>}
        </span>
      ),
    },
    {
      id: 'people',
      label: 'People',
      width: 'w-24',
      narrow: 'hidden',
      className: 'tabular text-sm text-muted',
      cell: ({ people }) => String(people),
    },
    {
      id: 'folder',
      label: 'Folder',
      width: 'w-40',
      narrow: 'hidden',
      className: 'truncate font-mono text-xs text-muted',
      cell: ({ slug }) => slug,
    },
    ...(canWrite
      ? [
          {
            id: 'actions',
            label: 'Actions',
            isLabelHidden: true,
            show: 'always',
            width: 'w-12',
            align: 'end',
            narrow: 'end',
            cell: (one) => (
              <OrganizationMenu
                organization={one}
                isOwn={one.id === ownId}
                onEdit={onEdit}
                onAsk={(verb) => setAsking({ verb, organization: one })}
                onReactivate={() => setActive.mutate({ id: one.id, isActive: true })}
              />
            ),
          } satisfies Column<Organization>,
        ]
      : []),
  ]
  return (
    <>
      <FilterBar list={list} columns={columns}>
        <SearchFilter list={list} name="q" label="Search organizations" className="w-full sm:w-72" />
      </FilterBar>
      <PagedView query={pages} empty={<EmptyState icon={Building2} title="No matching organizations" />}>
        {(items) => (
          <DataTable
            list={list}
            label="Organizations"
            rows={items}
            columns={columns}
            rowId={({ id }) => id}
          />
        )}
      </PagedView>
      {asking?.verb === 'deactivate' && (
        <ConfirmDialog
          title={`Deactivate ${asking.organization.name}?`}
          confirm="Deactivate"
          busy={setActive.isPending}
          onConfirm={() => setActive.mutate({ id: asking.organization.id, isActive: false })}
          onClose={() => setAsking(null)}
        >
          Its people, and those of the organizations below it, are signed out and cannot sign in. Schedules
          and endpoints stop working; current runs continue. Nothing is deleted, and it can be reactivated.
        </ConfirmDialog>
      )}
      {asking?.verb === 'delete' && (
        <ConfirmDialog
          title={`Delete ${asking.organization.name}?`}
          confirm="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(asking.organization)}
          onClose={() => setAsking(null)}
        >
          Only an organization that nothing uses can be deleted: no people, no runs, no data. This cannot be
          undone.
        </ConfirmDialog>
      )}
    </>
  )
}

function OrganizationMenu({
  organization: one,
  isOwn,
  onEdit,
  onAsk,
  onReactivate,
}: {
  organization: Organization
  isOwn: boolean
  onEdit: (editing: Editing) => void
  onAsk: (verb: Asking['verb']) => void
  onReactivate: () => void
}) {
  const mayStop = !one.is_provider && !isOwn
  return (
    <MoreMenu label={`Actions for ${one.name}`}>
      <DropdownMenu.Item onSelect={() => onEdit({ kind: 'edit', organization: one })}>Edit</DropdownMenu.Item>
      {one.is_active && (
        <DropdownMenu.Item onSelect={() => onEdit({ kind: 'new', parent: one })}>
          New organization below
        </DropdownMenu.Item>
      )}
      {mayStop &&
        (one.is_active ? (
          <DropdownMenu.Item onSelect={() => onAsk('deactivate')}>Deactivate</DropdownMenu.Item>
        ) : (
          <DropdownMenu.Item onSelect={onReactivate}>Reactivate</DropdownMenu.Item>
        ))}
      {mayStop && (
        <DropdownMenu.Item className="text-bad" onSelect={() => onAsk('delete')}>
          Delete
        </DropdownMenu.Item>
      )}
    </MoreMenu>
  )
}
