import { type AccountRole, type Invitation, routes, type User } from '@bifrost/contract'
import {
  type InfiniteData,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { MailPlus, Users } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay, useMe } from '../../app/session.ts'
import { roleNames } from '../../role-names.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import type { Column } from '../../ui/columns.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { EmptyList } from '../../ui/EmptyList.tsx'
import { FilterBar } from '../../ui/FilterBar.tsx'
import { SearchFilter, SelectFilter } from '../../ui/filters.tsx'
import { defineList, type FilterOf, oneOf, text } from '../../ui/list-search.ts'
import { MoreMenu } from '../../ui/MoreMenu.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { PagedView, useItems } from '../../ui/PagedView.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { type ListState, useListState } from '../../ui/use-list-state.ts'
import { InviteDialog } from './InviteDialog.tsx'
import { PersonDialog } from './PersonDialog.tsx'
import { peopleQueries } from './queries.ts'
import { type Help, SignInHelp } from './SignInHelp.tsx'

const peopleList = defineList('people', { q: text, role: oneOf(Object.keys(roleNames) as AccountRole[]) })

export function PeoplePage() {
  const may = useMay()
  const allowed = may('user:read')
  const canWrite = may('user:write')
  const list = useListState(peopleList)
  const { q = '', role = '' } = list.filter
  const pages = useInfiniteQuery({ ...peopleQueries.list({ search: q, role }), enabled: allowed })
  const [inviting, setInviting] = useState(false)
  const invite = canWrite && (
    <Button look="primary" icon={MailPlus} onClick={() => setInviting(true)}>
      Invite people
    </Button>
  )
  return (
    <Page title="People" lead="Who has an account here, and what their role allows." actions={invite}>
      {!allowed ? (
        <NoAccess what="people" />
      ) : (
        <>
          {canWrite && <Invitations />}
          <PeopleList list={list} pages={pages} canWrite={canWrite} invite={invite} />
        </>
      )}
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Page>
  )
}

function PeopleList({
  list,
  pages,
  canWrite,
  invite,
}: {
  list: ListState<FilterOf<typeof peopleList>>
  pages: UseInfiniteQueryResult<InfiniteData<{ items: User[] }>>
  canWrite: boolean
  invite: ReactNode
}) {
  const me = useMe()
  const client = useQueryClient()
  const [editing, setEditing] = useState<User | null>(null)
  const [asking, setAsking] = useState<{ verb: 'deactivate' | 'delete'; user: User } | null>(null)
  const [help, setHelp] = useState<Help | null>(null)
  const changed = () => client.invalidateQueries({ queryKey: ['users'] })
  const setActive = useMutation({
    mutationFn: ({ id, isActive }: { id: string; isActive: boolean }) =>
      api(routes.updateUser, { params: { id }, body: { is_active: isActive } }),
    onSuccess: async ({ name, is_active }) => {
      await changed()
      notify.done(is_active ? `${name} reactivated` : `${name} deactivated`)
    },
    onError: notify.failure,
    onSettled: () => setAsking(null),
  })
  const remove = useMutation({
    mutationFn: ({ id }: User) => api(routes.deleteUser, { params: { id } }),
    onSuccess: async (_, { name }) => {
      await changed()
      notify.done(`Account of ${name} deleted`)
    },
    onError: notify.failure,
    onSettled: () => setAsking(null),
  })
  const people = useItems(pages)
  const severalOrganizations = new Set(people.map(({ organization }) => organization.id)).size > 1
  const columns: readonly Column<User>[] = [
    {
      id: 'name',
      label: 'Name',
      show: 'always',
      narrow: 'line',
      cell: (user) => <Person user={user} isMe={user.id === me.id} />,
    },
    { id: 'role', label: 'Role', width: 'w-44', className: 'text-sm', cell: ({ role }) => roleNames[role] },
    ...(severalOrganizations
      ? [
          {
            id: 'organization',
            label: 'Organization',
            width: 'w-44',
            narrow: 'labeled',
            className: 'truncate text-sm text-muted',
            cell: ({ organization }) => organization.name,
          } satisfies Column<User>,
        ]
      : []),
    {
      id: 'seen',
      label: 'Last seen',
      width: 'w-28',
      narrow: 'labeled',
      className: 'text-sm text-muted',
      cell: ({ last_seen_at }) => (last_seen_at ? <TimeAgo at={last_seen_at} /> : 'Never'),
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
            cell: (user) => (
              <PersonMenu
                user={user}
                isMe={user.id === me.id}
                onEdit={() => setEditing(user)}
                onHelp={(what) => setHelp({ what, user })}
                onAsk={(verb) => setAsking({ verb, user })}
                onReactivate={() => setActive.mutate({ id: user.id, isActive: true })}
              />
            ),
          } satisfies Column<User>,
        ]
      : []),
  ]
  return (
    <>
      <FilterBar list={list} columns={columns}>
        <SearchFilter list={list} name="q" label="Search people" className="w-full sm:w-72" />
        <SelectFilter
          list={list}
          name="role"
          label="Role"
          any="All roles"
          options={Object.entries(roleNames)}
        />
      </FilterBar>
      <PagedView
        query={pages}
        empty={
          <EmptyList
            list={list}
            icon={Users}
            noMatch="No people match"
            hint="Try another name, address or role."
          >
            <EmptyState icon={Users} title="No people yet" action={invite}>
              Invite the first person with a link.
            </EmptyState>
          </EmptyList>
        }
      >
        {(people) => (
          <DataTable list={list} label="People" rows={people} columns={columns} rowId={({ id }) => id} />
        )}
      </PagedView>
      {editing && <PersonDialog user={editing} onClose={() => setEditing(null)} />}
      {help && <SignInHelp help={help} onClose={() => setHelp(null)} />}
      {asking?.verb === 'deactivate' && (
        <ConfirmDialog
          title={`Deactivate ${asking.user.name}?`}
          confirm="Deactivate"
          busy={setActive.isPending}
          onConfirm={() => setActive.mutate({ id: asking.user.id, isActive: false })}
          onClose={() => setAsking(null)}
        >
          This ends all sessions and permanently deletes the API keys. Current runs continue without this
          person’s permissions. The account can be reactivated.
        </ConfirmDialog>
      )}
      {asking?.verb === 'delete' && (
        <ConfirmDialog
          title={`Delete the account of ${asking.user.name}?`}
          confirm="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(asking.user)}
          onClose={() => setAsking(null)}
        >
          The history keeps their runs, under “Former user”. This cannot be undone; deactivating can.
        </ConfirmDialog>
      )}
    </>
  )
}

function Person({ user, isMe }: { user: User; isMe: boolean }) {
  return (
    <>
      <span className="flex items-center gap-2">
        <span className="truncate font-medium">{user.name}</span>
        {isMe && <Tag tone="accent">You</Tag>}
        {!user.is_active && <Tag tone="warn">Deactivated</Tag>}
      </span>
      <span className="block truncate text-sm text-muted">{user.email}</span>
      {user.roles.length > 0 && (
        <span className="mt-1 flex flex-wrap gap-1">
          {user.roles.map((role) => (
            <Tag key={role.id}>{role.name}</Tag>
          ))}
        </span>
      )}
    </>
  )
}

function PersonMenu({
  user,
  isMe,
  onEdit,
  onHelp,
  onAsk,
  onReactivate,
}: {
  user: User
  isMe: boolean
  onEdit: () => void
  onHelp: (what: Help['what']) => void
  onAsk: (verb: 'deactivate' | 'delete') => void
  onReactivate: () => void
}) {
  return (
    <MoreMenu label={`Actions for ${user.name}`}>
      <DropdownMenu.Item onSelect={onEdit}>Edit</DropdownMenu.Item>
      {!isMe && (
        <>
          {user.is_active && (
            <>
              <DropdownMenu.Item onSelect={() => onHelp('password')}>Password reset link</DropdownMenu.Item>
              <DropdownMenu.Item onSelect={() => onHelp('factors')}>Remove second factors</DropdownMenu.Item>
              <DropdownMenu.Item onSelect={() => onHelp('sessions')}>Sign out everywhere</DropdownMenu.Item>
            </>
          )}
          {user.is_active ? (
            <DropdownMenu.Item onSelect={() => onAsk('deactivate')}>Deactivate</DropdownMenu.Item>
          ) : (
            <DropdownMenu.Item onSelect={onReactivate}>Reactivate</DropdownMenu.Item>
          )}
          <DropdownMenu.Item className="text-bad" onSelect={() => onAsk('delete')}>
            Delete
          </DropdownMenu.Item>
        </>
      )}
    </MoreMenu>
  )
}

function Invitations() {
  const client = useQueryClient()
  const invitations = useQuery(peopleQueries.invitations())
  const remove = useMutation({
    mutationFn: ({ id }: Invitation) => api(routes.deleteInvitation, { params: { id } }),
    onSuccess: async (_, { email }) => {
      await client.invalidateQueries({ queryKey: peopleQueries.invitations().queryKey })
      notify.done(`Invitation of ${email} revoked`)
    },
    onError: notify.failure,
  })
  const items = invitations.data?.items ?? []
  if (items.length === 0) return null
  return (
    <Section title="Pending invitations" className="mb-6">
      <ul className="divide-y divide-line rounded-lg border border-line">
        {items.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
            <span className="min-w-0 flex-1 basis-56">
              <span className="block truncate font-medium">{one.email}</span>
              <span className="block truncate text-sm text-muted">
                {roleNames[one.role]} of {one.organization.name}
                {one.invited_by && `, invited by ${one.invited_by.name}`}
              </span>
            </span>
            <span className="text-sm text-muted">
              {one.is_expired ? (
                <Tag tone="warn">Expired</Tag>
              ) : (
                <>
                  expires <TimeAgo at={one.expires_at} />
                </>
              )}{' '}
              {one.mail === 'failed' && <Tag tone="bad">Email failed</Tag>}
            </span>
            <Button
              look="quiet"
              size="sm"
              busy={remove.isPending && remove.variables.id === one.id}
              aria-label={`Revoke the invitation of ${one.email}`}
              onClick={() => remove.mutate(one)}
            >
              Revoke
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  )
}
