import { type Organization, routes } from '@bifrost/contract'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Building2, Plus } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useDeferredValue, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay, useMe } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/Dialog.tsx'
import { MoreMenu } from '../../components/MoreMenu.tsx'
import { notify } from '../../components/notices.tsx'
import { Page } from '../../components/Page.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { EmptyState, ErrorState, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { Tag } from '../../components/Tag.tsx'
import { OrganizationDialog } from './OrganizationDialog.tsx'
import { organizationQueries } from './queries.ts'

type Editing = { kind: 'new'; parent: Organization | null } | { kind: 'edit'; organization: Organization }
type Asking = { verb: 'deactivate' | 'delete'; organization: Organization }

export function OrganizationsPage() {
  const me = useMe()
  const may = useMay()
  const allowed = may('organization:read')
  const canWrite = may('organization:write')
  const [search, setSearch] = useState('')
  const asked = useDeferredValue(search.trim())
  const pages = useInfiniteQuery({ ...organizationQueries.list(asked), enabled: allowed })
  const [editing, setEditing] = useState<Editing | null>(null)
  const items = pages.data?.pages.flatMap((page) => page.items) ?? []
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
      ) : pages.isPending ? (
        <SkeletonRows />
      ) : pages.isError ? (
        <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />
      ) : (
        <>
          <SearchInput
            label="Search organizations"
            value={search}
            onChange={setSearch}
            className="mb-3 sm:w-72"
          />
          {items.length === 0 ? (
            <EmptyState icon={Building2} title="No matching organizations" />
          ) : (
            <OrganizationTable
              items={items}
              isTree={asked === ''}
              canWrite={canWrite}
              ownId={me.acting === 'home' ? me.organization.id : null}
              onEdit={setEditing}
            />
          )}
          {pages.hasNextPage && (
            <Button
              className="mt-3"
              busy={pages.isFetchingNextPage}
              onClick={() => void pages.fetchNextPage()}
            >
              Show more
            </Button>
          )}
        </>
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

function OrganizationTable({
  items,
  isTree,
  canWrite,
  ownId,
  onEdit,
}: {
  items: readonly Organization[]
  isTree: boolean
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
  const depthOf = (one: Organization) =>
    isTree ? one.path.slice(1).filter((above) => items.some(({ id }) => id === above)).length : 0
  return (
    <>
      <table className="w-full table-fixed text-left">
        <thead>
          <tr className="border-b border-line text-xs text-faint">
            <th scope="col" className="py-2 pr-3 font-medium">
              Name
            </th>
            <th scope="col" className="w-24 py-2 pr-3 font-medium max-sm:hidden">
              People
            </th>
            <th scope="col" className="w-40 py-2 pr-3 font-medium max-md:hidden">
              Folder
            </th>
            {canWrite && (
              <th scope="col" className="w-12">
                <span className="sr-only">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id} className="border-b border-line transition-colors hover:bg-sunken">
              <td className="py-2 pr-3">
                <span className="flex items-center gap-2" style={{ paddingLeft: `${depthOf(one) * 20}px` }}>
                  <Building2 size={15} aria-hidden className="shrink-0 text-faint" />
                  <span className="truncate font-medium">{one.name}</span>
                  {one.is_provider && <Tag title="It runs this installation">Provider</Tag>}
                  {!one.is_active && <Tag tone="warn">Deactivated</Tag>}
                </span>
              </td>
              <td className="tabular py-2 pr-3 text-sm text-muted max-sm:hidden">{one.people}</td>
              <td className="truncate py-2 pr-3 font-mono text-xs text-muted max-md:hidden">{one.slug}</td>
              {canWrite && (
                <td className="py-1 text-right">
                  <MoreMenu label={`Actions for ${one.name}`}>
                    <DropdownMenu.Item onSelect={() => onEdit({ kind: 'edit', organization: one })}>
                      Edit
                    </DropdownMenu.Item>
                    {one.is_active && (
                      <DropdownMenu.Item onSelect={() => onEdit({ kind: 'new', parent: one })}>
                        New organization below
                      </DropdownMenu.Item>
                    )}
                    {!one.is_provider &&
                      one.id !== ownId &&
                      (one.is_active ? (
                        <DropdownMenu.Item
                          onSelect={() => setAsking({ verb: 'deactivate', organization: one })}
                        >
                          Deactivate
                        </DropdownMenu.Item>
                      ) : (
                        <DropdownMenu.Item onSelect={() => setActive.mutate({ id: one.id, isActive: true })}>
                          Reactivate
                        </DropdownMenu.Item>
                      ))}
                    {!one.is_provider && one.id !== ownId && (
                      <DropdownMenu.Item
                        className="text-bad"
                        onSelect={() => setAsking({ verb: 'delete', organization: one })}
                      >
                        Delete
                      </DropdownMenu.Item>
                    )}
                  </MoreMenu>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
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
