import { type AccountRole, type Invitation, routes, type User } from '@bifrost/contract'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { MailPlus, Users } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useDeferredValue, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay, useMe } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/Dialog.tsx'
import { MoreMenu } from '../../components/MoreMenu.tsx'
import { notify } from '../../components/notices.tsx'
import { Page, Section } from '../../components/Page.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { EmptyState, ErrorState, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { Tag } from '../../components/Tag.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { roleNames } from '../../role-names.ts'
import { InviteDialog } from './InviteDialog.tsx'
import { PersonDialog } from './PersonDialog.tsx'
import { peopleQueries } from './queries.ts'
import { type Help, SignInHelp } from './SignInHelp.tsx'

export function PeoplePage() {
  const may = useMay()
  const allowed = may('user:read')
  const canWrite = may('user:write')
  const [search, setSearch] = useState('')
  const [role, setRole] = useState<AccountRole | ''>('')
  const asked = useDeferredValue(search.trim())
  const pages = useInfiniteQuery({ ...peopleQueries.list({ search: asked, role }), enabled: allowed })
  const [inviting, setInviting] = useState(false)
  const people = pages.data?.pages.flatMap((page) => page.items) ?? []
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
          <div className="mb-3 flex flex-wrap gap-2">
            <SearchInput
              label="Search people"
              value={search}
              onChange={setSearch}
              className="w-full sm:w-72"
            />
            <select
              aria-label="Role"
              className="control w-auto"
              value={role}
              onChange={(event) => setRole(event.target.value as AccountRole | '')}
            >
              <option value="">All roles</option>
              {Object.entries(roleNames).map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          {pages.isPending ? (
            <SkeletonRows />
          ) : pages.isError ? (
            <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />
          ) : people.length === 0 ? (
            <EmptyState
              icon={Users}
              title={asked || role ? 'No people match' : 'No people yet'}
              action={!asked && !role && invite}
            >
              {asked || role ? 'Try another name, address or role.' : 'Invite the first person with a link.'}
            </EmptyState>
          ) : (
            <PeopleTable people={people} canWrite={canWrite} />
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
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Page>
  )
}

function PeopleTable({ people, canWrite }: { people: readonly User[]; canWrite: boolean }) {
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
  const severalOrganizations = new Set(people.map(({ organization }) => organization.id)).size > 1
  return (
    <>
      <table className="w-full table-fixed text-left">
        <thead>
          <tr className="border-b border-line text-xs text-faint">
            <th scope="col" className="py-2 pr-3 font-medium">
              Name
            </th>
            <th scope="col" className="w-44 py-2 pr-3 font-medium max-sm:hidden">
              Role
            </th>
            {severalOrganizations && (
              <th scope="col" className="w-44 py-2 pr-3 font-medium max-md:hidden">
                Organization
              </th>
            )}
            <th scope="col" className="w-28 py-2 pr-3 font-medium max-md:hidden">
              Last seen
            </th>
            {canWrite && (
              <th scope="col" className="w-12">
                <span className="sr-only">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {people.map((user) => (
            <tr key={user.id} className="border-b border-line transition-colors hover:bg-sunken">
              <td className="py-2 pr-3">
                <span className="flex items-center gap-2">
                  <span className="truncate font-medium">{user.name}</span>
                  {user.id === me.id && <Tag tone="accent">You</Tag>}
                  {!user.is_active && <Tag tone="warn">Deactivated</Tag>}
                </span>
                <span className="block truncate text-sm text-muted">{user.email}</span>
                <span className="block truncate text-xs text-faint sm:hidden">{roleNames[user.role]}</span>
                {user.roles.length > 0 && (
                  <span className="mt-1 flex flex-wrap gap-1">
                    {user.roles.map((role) => (
                      <Tag key={role.id}>{role.name}</Tag>
                    ))}
                  </span>
                )}
              </td>
              <td className="py-2 pr-3 text-sm max-sm:hidden">{roleNames[user.role]}</td>
              {severalOrganizations && (
                <td className="truncate py-2 pr-3 text-sm text-muted max-md:hidden">
                  {user.organization.name}
                </td>
              )}
              <td className="py-2 pr-3 text-sm text-muted max-md:hidden">
                {user.last_seen_at ? <TimeAgo at={user.last_seen_at} /> : 'Never'}
              </td>
              {canWrite && (
                <td className="py-1 text-right">
                  <MoreMenu label={`Actions for ${user.name}`}>
                    <DropdownMenu.Item onSelect={() => setEditing(user)}>Edit</DropdownMenu.Item>
                    {user.id !== me.id && (
                      <>
                        {user.is_active && (
                          <>
                            <DropdownMenu.Item onSelect={() => setHelp({ what: 'password', user })}>
                              Password reset link
                            </DropdownMenu.Item>
                            <DropdownMenu.Item onSelect={() => setHelp({ what: 'factors', user })}>
                              Remove second factors
                            </DropdownMenu.Item>
                            <DropdownMenu.Item onSelect={() => setHelp({ what: 'sessions', user })}>
                              Sign out everywhere
                            </DropdownMenu.Item>
                          </>
                        )}
                        {user.is_active ? (
                          <DropdownMenu.Item onSelect={() => setAsking({ verb: 'deactivate', user })}>
                            Deactivate
                          </DropdownMenu.Item>
                        ) : (
                          <DropdownMenu.Item
                            onSelect={() => setActive.mutate({ id: user.id, isActive: true })}
                          >
                            Reactivate
                          </DropdownMenu.Item>
                        )}
                        <DropdownMenu.Item
                          className="text-bad"
                          onSelect={() => setAsking({ verb: 'delete', user })}
                        >
                          Delete
                        </DropdownMenu.Item>
                      </>
                    )}
                  </MoreMenu>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
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
          The history keeps their runs, under “somebody who left”. This cannot be undone; deactivating can.
        </ConfirmDialog>
      )}
    </>
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
