import { type GrantKind, type RoleDetail, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { paths } from '../../paths.ts'
import { Button, IconButton } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { peopleQueries } from '../people/queries.ts'
import { workflowQueries } from '../workflows/queries.ts'
import { roleQueries } from './queries.ts'

const route = getRouteApi('/shell/roles/$id')
const kindNames: Record<GrantKind, string> = { workflow: 'Workflow', form: 'Form', table: 'Table' }

export function RolePage() {
  const { id } = route.useParams()
  const { data: role } = useSuspenseQuery(roleQueries.one(id))
  const may = useMay()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [deleting, setDeleting] = useState(false)
  const canManage = may('role:write')
  const changed = (now: RoleDetail) => {
    client.setQueryData(roleQueries.one(id).queryKey, now)
    return Promise.all([
      client.invalidateQueries({ queryKey: roleQueries.list().queryKey }),
      client.invalidateQueries({ queryKey: ['users'] }),
      client.invalidateQueries({ queryKey: ['workflows'] }),
    ])
  }
  const change = useMutation({
    mutationFn: (work: () => Promise<RoleDetail>) => work(),
    onSuccess: changed,
    onError: notify.failure,
  })
  const remove = useMutation({
    mutationFn: () => api(routes.deleteRole, { params: { id } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: roleQueries.list().queryKey })
      notify.done(`${role.name} deleted`)
      await navigate({ href: paths.roles() })
    },
    onError: notify.failure,
    onSettled: () => setDeleting(false),
  })
  return (
    <Page
      title={role.name}
      width="narrow"
      lead={
        <>
          {role.description}{' '}
          {role.organization === null ? (
            <Tag tone="accent">Global</Tag>
          ) : (
            !role.can_edit && <Tag>{role.organization.name}</Tag>
          )}
        </>
      }
      actions={
        canManage &&
        role.can_edit && (
          <Button icon={Trash2} onClick={() => setDeleting(true)}>
            Delete
          </Button>
        )
      }
    >
      <div className="grid gap-8">
        <Section title="Members">
          <Rows empty="No members yet.">
            {role.members.map((member) => (
              <Row
                key={member.id}
                name={member.name}
                note={member.email}
                tag={member.is_active ? undefined : 'Deactivated'}
                onRemove={
                  canManage
                    ? () =>
                        change.mutate(() =>
                          api(routes.removeRoleMember, { params: { id, user_id: member.id } }),
                        )
                    : undefined
                }
              />
            ))}
          </Rows>
          {canManage && (
            <AddMember
              role={role}
              onAdd={(user) =>
                change.mutate(() => api(routes.addRoleMember, { params: { id, user_id: user } }))
              }
            />
          )}
        </Section>
        <Section title="Grants">
          <Rows empty="No grants yet.">
            {role.grants.map(({ kind, resource_id: resource, name }) => (
              <Row
                key={`${kind}${resource}`}
                name={name ?? resource}
                note={name ? kindNames[kind] : `${kindNames[kind]} that was deleted, or that you can’t see`}
                onRemove={
                  canManage && role.can_edit
                    ? () =>
                        change.mutate(() =>
                          api(routes.removeRoleGrant, { params: { id, kind, resource_id: resource } }),
                        )
                    : undefined
                }
              />
            ))}
          </Rows>
          {canManage && role.can_edit ? (
            <AddGrant
              role={role}
              onAdd={(kind, resource) =>
                change.mutate(() => api(routes.addRoleGrant, { params: { id, kind, resource_id: resource } }))
              }
            />
          ) : (
            canManage && (
              <p className="mt-2 text-sm text-muted">
                Its grants are edited in the organization that owns the role.
              </p>
            )
          )}
        </Section>
      </div>
      {deleting && (
        <ConfirmDialog
          title={`Delete ${role.name}?`}
          confirm="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate()}
          onClose={() => setDeleting(false)}
        >
          Its members lose the access that it gives. A role that still has grants cannot be deleted. This
          cannot be undone.
        </ConfirmDialog>
      )}
    </Page>
  )
}

function Rows({ empty, children }: { empty: string; children: React.ReactNode[] }) {
  if (children.length === 0) return <p className="text-muted">{empty}</p>
  return <ul className="divide-y divide-line rounded-lg border border-line">{children}</ul>
}

function Row({
  name,
  note,
  tag,
  onRemove,
}: {
  name: string
  note: string
  tag?: string | undefined
  onRemove: (() => void) | undefined
}) {
  return (
    <li className="flex min-h-11 items-center gap-3 py-1 pr-2 pl-4">
      <span className="min-w-0 flex-1">
        <span className="flex items-center gap-2">
          <span className="truncate font-medium">{name}</span>
          {tag && <Tag tone="warn">{tag}</Tag>}
        </span>
        <span className="block truncate text-sm text-muted">{note}</span>
      </span>
      {onRemove && <IconButton size="sm" icon={X} label={`Remove ${name}`} onClick={onRemove} />}
    </li>
  )
}

function AddMember({ role, onAdd }: { role: RoleDetail; onAdd: (id: string) => void }) {
  const people = useQuery(peopleQueries.some())
  const members = new Set(role.members.map(({ id }) => id))
  const choices = (people.data?.items ?? []).filter((one) => one.is_active && !members.has(one.id))
  return (
    <Adder
      label="Add a member"
      choices={choices.map((one) => ({ value: one.id, label: `${one.name} (${one.email})` }))}
      onAdd={onAdd}
    />
  )
}

function AddGrant({ role, onAdd }: { role: RoleDetail; onAdd: (kind: GrantKind, id: string) => void }) {
  const workflows = useQuery(workflowQueries.list())
  const granted = new Set(role.grants.map(({ resource_id: id }) => id))
  const choices = (workflows.data?.items ?? []).filter(({ id }) => !granted.has(id))
  return (
    <Adder
      label="Grant a workflow"
      choices={choices.map((one) => ({ value: one.id, label: one.name }))}
      onAdd={(id) => onAdd('workflow', id)}
    />
  )
}

function Adder({
  label,
  choices,
  onAdd,
}: {
  label: string
  choices: readonly { value: string; label: string }[]
  onAdd: (value: string) => void
}) {
  const [chosen, setChosen] = useState('')
  if (choices.length === 0) return null
  return (
    <div className="mt-3 flex flex-wrap gap-2">
      <select
        aria-label={label}
        className="control w-full min-w-0 sm:w-80"
        value={chosen}
        onChange={(event) => setChosen(event.target.value)}
      >
        <option value="">{label} …</option>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      <Button
        disabled={chosen === ''}
        onClick={() => {
          onAdd(chosen)
          setChosen('')
        }}
      >
        Add
      </Button>
    </div>
  )
}
