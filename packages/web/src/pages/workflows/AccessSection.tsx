import { routes, type Workflow, type WorkflowAccess } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { api } from '../../app/api.ts'
import { useMay, useMe } from '../../app/session.ts'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { SegmentedControl } from '../../ui/SegmentedControl.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { roleQueries } from '../roles/queries.ts'
import { workflowQueries } from './queries.ts'

const levels: { value: WorkflowAccess['access']; label: string }[] = [
  { value: 'authenticated', label: 'Everyone' },
  { value: 'role_based', label: 'By role' },
]

/** Who may use the workflow, for those who decide about it. */
export function AccessSection({ workflow }: { workflow: Workflow }) {
  const may = useMay()
  const me = useMe()
  const client = useQueryClient()
  const access = useQuery(workflowQueries.access(workflow.name))
  const roles = useQuery({ ...roleQueries.list(), enabled: may('role:read') })
  const canDecide = may('role:write')
  const save = useMutation({
    mutationFn: (body: { access?: WorkflowAccess['access']; role_ids?: string[] }) =>
      api(routes.setWorkflowAccess, { params: { id: workflow.name }, body }),
    onSuccess: (now) => {
      client.setQueryData(workflowQueries.access(workflow.name).queryKey, now)
      return client.invalidateQueries({ queryKey: ['roles'] })
    },
    onError: notify.failure,
  })
  return (
    <QueryView query={access} pending={<Skeleton className="h-16" />} isInline>
      {(now) => {
        // What was chosen is shown at once, and undone should the server refuse it.
        const asked = save.isPending ? save.variables : undefined
        const level = asked?.access ?? now.access
        const ids = asked?.role_ids ?? now.roles.map(({ id }) => id)
        return (
          <Section title="Who can use it">
            {canDecide ? (
              <SegmentedControl
                label="Who can use it"
                value={level}
                options={levels}
                onChange={(next) => save.mutate({ access: next })}
              />
            ) : (
              <p>{levels.find(({ value }) => value === level)?.label}</p>
            )}
            <p className="mt-2 max-w-2xl text-sm text-muted">
              {level === 'authenticated'
                ? 'Everyone in the organization except guests, who need a role.'
                : 'Members of the roles below, and people who can edit workflows. No one else can see it.'}
            </p>
            {roles.data && roles.data.items.length > 0 ? (
              <ul className="mt-3 grid gap-1.5" aria-label="Roles">
                {roles.data.items.map((role) => (
                  <li key={role.id} className="flex items-center gap-2.5">
                    <input
                      type="checkbox"
                      id={`access-${role.id}`}
                      className="size-4 accent-accent"
                      checked={ids.includes(role.id)}
                      disabled={!canDecide || !role.can_edit || save.isPending}
                      onChange={(event) =>
                        save.mutate({
                          role_ids: event.target.checked
                            ? [...ids, role.id]
                            : ids.filter((one) => one !== role.id),
                        })
                      }
                    />
                    <label htmlFor={`access-${role.id}`}>{role.name}</label>
                    {!role.can_edit && (
                      <span className="text-sm text-faint">
                        {role.organization === null
                          ? me.is_provider
                            ? 'global: switch to Global to change it'
                            : 'global'
                          : `of ${role.organization.name}`}
                      </span>
                    )}
                  </li>
                ))}
              </ul>
            ) : (
              may('role:read') &&
              roles.data && (
                <p className="mt-3 text-sm text-muted">
                  No roles yet. <Link to="/roles">Create one</Link>
                </p>
              )
            )}
          </Section>
        )
      }}
    </QueryView>
  )
}
